"""Every message that a customer can get, as the prompts from which the channels make it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from surveys.language import texts
from surveys.language.texts import languages, template
from surveys.model import Layout, Prompt
from surveys.program import Survey
from surveys.rendering import Page, consent_text, notice, render
from tests.programs import standard

TOKEN = "7Qk2mZpX4Lr9AbCdEfGh_-"
LAYOUTS = (
    ("recommend-nps", Layout.ROOMY),
    ("delivery-csat", Layout.LABELS),
    ("support-ces", Layout.LABELS),
    ("delivery-csat", Layout.FACES),
)
_FIELD = re.compile(r"\{(\w+)")
ELSEWHERE = frozenset({"notice.scale"})
"""Notices that are a part of a survey's dialogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One message: new, or in the place of an earlier one, or (Slack's form) beside the chat."""

    name: str
    prompt: Prompt
    edits: bool = False
    is_form: bool = False


Templates = tuple[Template, ...]


def pages() -> Mapping[str, Callable[[str], Templates]]:
    """Return what fills each file, by its name, for a language."""
    surveys = {
        survey.id: lambda language, survey=survey: tuple(_of_survey(_page(survey, language)))
        for survey in standard().surveys
    }
    return {**surveys, "any-survey": _of_any, "layouts": _of_layouts, "notices": _of_notices}


def kinds() -> set[str]:
    """Return the kinds of messages of an interview that are drawn somewhere here."""
    files = pages()
    return {one.name.split(".")[0] for name in files for one in files[name](languages()[0])}


def _page(survey: Survey, language: str) -> Page:
    return Page(program=standard(), survey=survey, language=language, token=TOKEN)


def _drawn(page: Page, name: str, *, edits: bool = False, **args: Any) -> Template:
    """Draw the kind that ``name`` begins with."""
    prompt = render(page, name.split(".", maxsplit=1)[0], args)
    return Template(name=name, prompt=prompt, edits=edits)


def _of_survey(page: Page) -> Iterator[Template]:
    scale = page.instrument
    scores = {"low": scale.low, "mid": scale.low_until + 1, "high": scale.high}
    yield _drawn(page, "question")
    yield _drawn(page, "question.changing", edits=True, score=scale.high)
    yield _drawn(page, "chosen", edits=True, score=scale.high)
    for band, score in scores.items():
        yield _drawn(page, f"reason.{band}", score=score)
    yield from _of_reason(page, scale.low)
    yield _drawn(page, "thanks", score=scale.high)
    yield _drawn(page, "scale_notice")


def _of_reason(page: Page, score: int) -> Iterator[Template]:
    chip = page.survey.reasons["low"].chips[0].id
    yield _drawn(page, "reason.picked", edits=True, score=score, chip=chip)
    yield replace(_drawn(page, "reason.form", score=score, chip=chip), is_form=True)
    yield _drawn(page, "reason_done.picked", edits=True, score=score, chip=chip)
    yield _drawn(page, "reason_done.commented", edits=True, score=score, commented=True)
    yield _drawn(page, "reason_done.silent", edits=True, score=score)


def _of_any(language: str) -> Templates:
    survey = standard().survey("checkout-csat")
    page = _page(survey, language)
    bare = replace(page, survey=survey.model_copy(update={"reasons": {}}))
    in_place = ("menu", "skipped", "closed", "moved", "withdrawn")
    return (
        *(_drawn(page, kind, edits=True) for kind in in_place),
        *(
            _drawn(page, f"stopped.{scope}", edits=True, scope=scope)
            for scope in ("survey", "pause", "all")
        ),
        *(_drawn(page, kind) for kind in ("noted", "edited")),
        _drawn(bare, "reason.plain", score=1),
        replace(_drawn(bare, "reason.plain_form", score=1), is_form=True),
    )


def _of_layouts(language: str) -> Templates:
    return tuple(
        replace(_drawn(page, kind, edits=edits, **args), name=f"{kind}.{layout}.{survey_id}")
        for survey_id, layout in LAYOUTS
        for page in (_laid_out(survey_id, layout, language),)
        for kind, edits, args in (
            ("question", False, {}),
            ("question.changing", True, {"score": page.instrument.high}),
        )
    )


def _laid_out(survey_id: str, layout: Layout, language: str) -> Page:
    survey = standard().survey(survey_id).model_copy(update={"layout": layout})
    return _page(survey, language)


def _of_notices(language: str) -> Templates:
    keys = [key for key in texts._keys(language, texts.CUSTOMERS) if key.startswith("notice.")]
    return tuple(
        Template(name=key, prompt=_notice(language, key)) for key in sorted(set(keys) - ELSEWHERE)
    )


def _notice(language: str, key: str) -> Prompt:
    known = {"consent": consent_text(standard(), language)}
    fields = set(_FIELD.findall(template(language, key) or "")) - {"company"}
    values = {field: known.get(field, f"<{field}>") for field in fields}
    return notice(standard(), language, key, **values)
