"""Turns a message's kind and small arguments into a Prompt, from the pinned survey and the texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surveys.instruments import Instrument, instrument
from surveys.language.josa import fill
from surveys.language.texts import say
from surveys.model import Button, Layout, Prompt
from surveys.program import Program, Reason, Survey
from surveys.program import say as choose

Renderer = Callable[["Page", Mapping[str, Any]], Prompt]
_FACES = "😠🙁😐🙂😀"
_HEADED = ("question", "chosen", "menu", "skipped", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every message of one invitation is rendered from; ``trial`` says that staff try it out."""

    program: Program
    survey: Survey
    language: str
    token: str | None = None
    trial: bool = False

    @property
    def instrument(self) -> Instrument:
        """The survey's instrument."""
        return instrument(self.survey.instrument)

    def text(self, key: str, **values: str) -> str:
        """Return an interface sentence in the page's language."""
        return say(self.language, key, **values)

    def choose(self, texts: Mapping[str, str]) -> str:
        """Return the program's text in the page's language, else in the company's."""
        return choose(texts, self.language, self.program.company.language)

    @property
    def company(self) -> str:
        """The company's name."""
        return self.choose(self.program.company.name)


def render(page: Page, kind: str, args: Mapping[str, Any]) -> Prompt:
    """Return the prompt of an interview message; raises KeyError for an unknown kind."""
    return _KINDS[kind](page, args)


def question_text(page: Page) -> str:
    """Return the question sentence, with particles chosen."""
    about = page.choose(page.survey.about)
    if page.survey.question is not None:
        return fill(page.choose(page.survey.question), about=about)
    return fill(page.instrument.wording(page.language).question, about=about)


def notice(
    program: Program,
    language: str,
    key: str,
    *,
    token: str | None = None,
    controls: tuple[Button, ...] = (),
    **values: str,
) -> Prompt:
    """Return a message that belongs to no survey, perhaps with buttons of its own."""
    company = choose(program.company.name, language, program.company.language)
    text = say(language, key, company=company, **values)
    return Prompt(kind="notice", text=text, language=language, token=token, controls=controls)


def consent_text(program: Program, language: str) -> str:
    """Return the consent text that a customer sees when she joins."""
    return choose(program.consent.text, language, program.company.language)


def _ends(page: Page) -> dict[str, str]:
    scale = page.instrument
    wording = scale.wording(page.language)
    return {
        "low_score": str(scale.low),
        "high_score": str(scale.high),
        "low": wording.low,
        "high": wording.high,
    }


def _scale(page: Page, chosen: int | None) -> tuple[Button, ...]:
    scale, words = page.instrument, page.instrument.wording(page.language).labels
    buttons = tuple(
        Button(
            value=str(score),
            label=_marked(_label(page, score, word), chosen=score == chosen),
            spoken=_marked(_spoken(page, score, word), chosen=score == chosen),
        )
        for score, word in zip(scale.scores, words, strict=True)
    )
    return buttons[::-1] if scale.words else buttons  # people say "yes or no"


def _label(page: Page, score: int, word: str) -> str:
    """Return what stands on a score's button: its digit, so that a typed reply is understood as well, or its word."""
    if page.instrument.words:
        return word
    match page.survey.layout:
        case Layout.LABELS:
            return f"{score} · {word}"
        case Layout.FACES:
            return f"{_FACES[score - 1]} {score}"
        case _:
            return str(score)


def _marked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def _spoken(page: Page, score: int, word: str) -> str:
    if page.instrument.words:
        return word
    if word:
        return page.text("ask.spoken_labelled", score=str(score), label=word)
    return page.text("ask.spoken", score=str(score), high_score=str(page.instrument.high))


def _question(page: Page, args: Mapping[str, Any]) -> Prompt:
    ends = "" if page.instrument.words else page.text("ask.hint", **_ends(page))
    return _message(
        page,
        "question",
        question_text(page),
        hint="\n".join(filter(None, (ends, _small_print(page)))),
        scale=_scale(page, args.get("score")),
        layout=page.survey.layout,
        controls=_buttons(page, skip="ask.skip", stop="ask.stop"),
        typing=True,
    )


def _small_print(page: Page) -> str:
    """Return who sends advertising and how to refuse it, which must stand in it; "" in what is none."""
    written = page.program.advertising
    if not page.survey.advertises or written is None:
        return ""
    sender, opt_out = page.choose(written.sender), page.choose(written.opt_out)
    return page.text("ad.small_print", sender=sender, opt_out=opt_out)


def _chosen(page: Page, args: Mapping[str, Any]) -> Prompt:
    scale, score = page.instrument, args["score"]
    if scale.words:
        word = scale.wording(page.language).labels[score - scale.low]
        chosen, change = page.text("chosen.word", word=word), "chosen.change_word"
    else:
        chosen, change = page.text("chosen", score=str(score)), "chosen.change"
    return _message(
        page,
        "chosen",
        question_text(page),
        hint=chosen,
        controls=_buttons(page, change=change),
    )


def _reason_of(page: Page, score: int) -> Reason | None:
    return page.survey.reasons.get(page.instrument.band(score))


def _reason(page: Page, args: Mapping[str, Any]) -> Prompt:
    reason = _reason_of(page, args["score"])
    question = page.choose(reason.question) if reason else page.text("reason.default")
    picked = args.get("chip")
    chips = tuple(
        Button(
            value=f"c.{chip.id}",
            label=_marked(page.choose(chip.label), chosen=chip.id == picked),
        )
        for chip in (reason.chips if reason else ())
    )
    return _message(
        page,
        "reason",
        question,
        hint=page.text("reason.hint"),
        chips=chips,
        controls=_buttons(page, finish="reason.finish"),
        typing=True,
    )


def _reason_done(page: Page, args: Mapping[str, Any]) -> Prompt:
    reason = _reason_of(page, args["score"])
    label = next(
        (
            page.choose(c.label)
            for c in (reason.chips if reason else ())
            if c.id == args.get("chip")
        ),
        "",
    )
    hint = page.text("reason.chosen", chip=label) if label else page.text("reason.done")
    question = page.choose(reason.question) if reason else page.text("reason.default")
    return _message(
        page, "reason_done", question, hint=hint if label or args.get("commented") else ""
    )


def _thanks(page: Page, args: Mapping[str, Any]) -> Prompt:
    own = page.survey.thanks
    text = page.choose(own) if own else page.text("thanks")
    return _message(page, "thanks", text, hint=page.text("thanks.more"), typing=True)


def _menu(page: Page, args: Mapping[str, Any]) -> Prompt:
    controls = {
        "stop.survey": "menu.survey",
        "stop.pause": "menu.pause",
        "stop.all": "menu.all",
        "back": "menu.back",
    }
    return _message(page, "menu", page.text("menu"), controls=_buttons(page, **controls))


def _stopped(page: Page, args: Mapping[str, Any]) -> Prompt:
    text = page.text(f"stopped.{args['scope']}")
    return _message(page, "stopped", text, controls=_buttons(page, undo="stopped.undo"))


def _skipped(page: Page, args: Mapping[str, Any]) -> Prompt:
    controls = _buttons(page, change="skipped.answer")
    return _message(page, "skipped", page.text("skipped"), controls=controls)


def _confirm(page: Page, args: Mapping[str, Any]) -> Prompt:
    score = str(args["score"])
    controls = (
        Button(value=f"yes.{score}", label=page.text("confirm.yes", score=score)),
        Button(value="pick", label=page.text("confirm.pick")),
    )
    return _message(page, "confirm", page.text("confirm", score=score), controls=controls)


def _confirmed(page: Page, args: Mapping[str, Any]) -> Prompt:
    return _message(page, "confirmed", page.text("chosen", score=str(args["score"])))


def _scale_notice(page: Page, args: Mapping[str, Any]) -> Prompt:
    if page.instrument.words:
        words = ", ".join(reversed(page.instrument.wording(page.language).labels))
        return _message(page, "notice", page.text("notice.words", words=words), typing=True)
    return _message(page, "notice", page.text("notice.scale", **_ends(page)), typing=True)


def _plain(key: str) -> Renderer:
    def plain(page: Page, args: Mapping[str, Any]) -> Prompt:
        return _message(page, key, page.text(key))

    return plain


def _buttons(page: Page, **keys: str) -> tuple[Button, ...]:
    return tuple(Button(value=value, label=page.text(key)) for value, key in keys.items())


def _message(page: Page, kind: str, text: str, **parts: Any) -> Prompt:
    has_buttons = any(parts.get(name) for name in ("scale", "chips", "controls"))
    token = page.token if has_buttons else None
    heading = page.company if kind in _HEADED else ""
    if heading and page.trial:
        heading = page.text("trial.heading", company=heading)
    if heading and page.survey.advertises:
        heading = page.text("ad.heading", heading=heading)
    return Prompt(
        kind=kind, text=text, heading=heading, language=page.language, token=token, **parts
    )


_KINDS: Mapping[str, Renderer] = {
    "question": _question,
    "chosen": _chosen,
    "reason": _reason,
    "reason_done": _reason_done,
    "thanks": _thanks,
    "menu": _menu,
    "stopped": _stopped,
    "skipped": _skipped,
    "scale_notice": _scale_notice,
    "confirm": _confirm,
    "confirmed": _confirmed,
    "noted": _plain("noted"),
    "edited": _plain("edited"),
    "closed": _plain("closed"),
    "moved": _plain("moved"),
    "withdrawn": _plain("withdrawn"),
}
