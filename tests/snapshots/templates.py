"""Every message that a customer can get, as the prompts from which the channels make it."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from surveys.language import texts
from surveys.language.texts import template
from surveys.model import Channel, Delivery, DeliveryClass, DeliveryState, Layout, Prompt
from surveys.ports import UnitOfWork
from surveys.program import Survey
from surveys.rendering import Page, consent_text, render
from surveys.service.notices import prompt_of_notice
from surveys.service.stopping import UNDONE
from surveys.service.telling import DELETE, LANGUAGES, MY_DATA, PRIVACY, STOPPED
from tests.programs import rewarding, standard
from tests.world import NOON, World

TOKEN = "7Qk2mZpX4Lr9AbCdEfGh_-"
LAYOUTS = (
    ("recommend-nps", Layout.ROOMY),
    ("delivery-csat", Layout.LABELS),
    ("support-ces", Layout.LABELS),
    ("delivery-csat", Layout.FACES),
)
MENUS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("", STOPPED, {}),
    (".in-a-survey", STOPPED, {"asked": "invitation"}),
    (".pause", STOPPED, {"scope": "pause"}),
    (".survey", STOPPED, {"scope": "survey", "asked": "invitation"}),
    (".undone", STOPPED, {"scope": UNDONE}),
    ("", DELETE, {}),
    (".kept", DELETE, {"state": "kept"}),
    ("", LANGUAGES, {}),
    (".chosen", LANGUAGES, {"state": "chosen"}),
    ("", MY_DATA, {}),
    ("", PRIVACY, {}),
)
"""What follows the kind in the name, the kind, and what a tap has made of it."""

ELSEWHERE = frozenset({"notice.scale", "notice.words", "notice.kept", "notice.language"})
"""Notices that are a part of a survey's dialogue, or what a menu shows after a tap."""

_FIELD = re.compile(r"\{(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One message: new, or in the place of an earlier one, or (Slack's form) beside the chat."""

    name: str
    prompt: Prompt
    edits: bool = False
    is_form: bool = False


Templates = tuple[Template, ...]


def pages() -> Mapping[str, Callable[[str], Awaitable[Templates]]]:
    """Return what fills each file, by its name, for a language."""
    surveys = {survey.id: partial(_of_survey, survey) for survey in standard().surveys}
    drawn = {"any-survey": _of_any, "layouts": _of_layouts, "notices": _of_notices}
    return {**surveys, **drawn, "advertising": _of_advertising}


async def kinds() -> set[str]:
    """Return the kinds of messages of an interview that are drawn somewhere here."""
    drawn = [await draw(texts.DEFAULT) for draw in pages().values()]
    return {one.name.split(".", maxsplit=1)[0] for templates in drawn for one in templates}


def _page(survey: Survey, language: str) -> Page:
    return Page(program=standard(), survey=survey, language=language, token=TOKEN)


def _drawn(page: Page, name: str, *, edits: bool = False, **args: Any) -> Template:
    """Draw the kind that ``name`` begins with."""
    prompt = render(page, name.split(".", maxsplit=1)[0], args)
    return Template(name=name, prompt=prompt, edits=edits)


async def _of_survey(survey: Survey, language: str) -> Templates:
    return tuple(_dialogue(_page(survey, language)))


def _dialogue(page: Page) -> Iterator[Template]:
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
    chips = page.survey.reasons["low"].chips
    chip = chips[0].id if chips else None
    yield _drawn(page, "reason.picked", edits=True, score=score, chip=chip)
    yield replace(_drawn(page, "reason.form", score=score, chip=chip), is_form=True)
    yield _drawn(page, "reason_done.picked", edits=True, score=score, chip=chip)
    yield _drawn(page, "reason_done.commented", edits=True, score=score, commented=True)
    yield _drawn(page, "reason_done.silent", edits=True, score=score)


async def _of_any(language: str) -> Templates:
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
        _drawn(page, "confirm", score=4),
        _drawn(page, "confirmed", edits=True, score=4),
        _drawn(bare, "reason.plain", score=1),
        replace(_drawn(bare, "reason.plain_form", score=1), is_form=True),
    )


async def _of_layouts(language: str) -> Templates:
    return tuple(
        replace(_drawn(page, kind, edits=edits, **args), name=f"{kind}.{layout}.{survey_id}")
        for survey_id, layout in LAYOUTS
        for page in (_laid_out(survey_id, layout, language),)
        for kind, edits, args in (
            ("question", False, {}),
            ("question.changing", True, {"score": page.instrument.high}),
        )
    )


async def _of_advertising(language: str) -> Templates:
    """Draw what is advertising since its answers are rewarded with the company's own goods."""
    live = rewarding()
    page = replace(_page(live.survey("checkout-csat"), language), program=live)
    return (
        _drawn(page, "question"),
        _drawn(page, "question.changing", edits=True, score=page.instrument.high),
        _drawn(page, "chosen", edits=True, score=page.instrument.high),
    )


def _laid_out(survey_id: str, layout: Layout, language: str) -> Page:
    survey = standard().survey(survey_id).model_copy(update={"layout": layout})
    return _page(survey, language)


async def _of_notices(language: str) -> Templates:
    """Draw them as a customer would get them who agreed and has answered nothing."""
    world = World()
    person = await world.customer("kim", locale=language)
    keys = sorted(k for k in texts._keys(language, texts.CUSTOMERS) if k.startswith("notice."))
    plain = set(keys) - ELSEWHERE - {kind for _, kind, _ in MENUS}
    values = {key: dict(_values(language, key)) for key in sorted(plain)}

    def draw(tx: UnitOfWork) -> Iterator[Template]:
        for key, given in values.items():
            told = _told(person, key, {"language": language, **given})
            yield Template(name=key, prompt=prompt_of_notice(tx, world.ctx, told))
        for state, kind, shown in MENUS:
            menu = replace(_told(person, kind, {"language": language, **shown}), token=TOKEN)
            prompt = prompt_of_notice(tx, world.ctx, menu)
            yield Template(name=f"{kind}{state}", prompt=prompt, edits=bool(state))

    return await world.storage.read(lambda tx: tuple(draw(tx)))


def _values(language: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield something for each field that the sentence has, the consent in full."""
    known = {"consent": consent_text(standard(), language)}
    for field in sorted(set(_FIELD.findall(template(language, key) or "")) - {"company"}):
        yield field, known.get(field, f"<{field}>")


def _told(person: str, kind: str, args: Mapping[str, str]) -> Delivery:
    return Delivery(
        id="d1",
        key="d1",
        person_id=person,
        address_id="a1",
        channel=Channel.TELEGRAM,
        delivery_class=DeliveryClass.RECEIPT,
        kind=kind,
        state=DeliveryState.PENDING,
        created_at=NOON,
        due_at=NOON,
        args=args,
    )
