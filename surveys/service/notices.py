"""How a message that belongs to no survey reads now, with the buttons of its menu."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from surveys.interview import Scope
from surveys.language.dates import day
from surveys.language.texts import languages, say
from surveys.model import Button, Delivery, Prompt, Purpose
from surveys.ports import UnitOfWork
from surveys.rendering import consent_text, notice
from surveys.service.context import Context
from surveys.service.exporting import export, in_words
from surveys.service.stopping import UNDONE
from surveys.service.telling import DELETE, LANGUAGES, MY_DATA, PRIVACY, STOPPED
from surveys.timing import zone_of

_Labels = Mapping[str, str]
_STOPPED_AS: Final = {
    Scope.ALL.value: STOPPED,
    Scope.PAUSE.value: "stopped.pause",
    Scope.SURVEY.value: "stopped.survey",
    UNDONE: "notice.restarted",
}


def prompt_of_notice(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> Prompt:
    """Return the message as it is to be shown; what it tells of the customer is read only now."""
    args = {name: str(value) for name, value in delivery.args.items()}
    language = args.pop("language")
    if delivery.kind in _READ_NOW:
        return _READ_NOW[delivery.kind](tx, ctx, delivery, language)
    key, labels = _MENUS.get(delivery.kind, _plain)(delivery.kind, args, language)
    shown = labels if delivery.token else {}
    controls = tuple(Button(value=value, label=label) for value, label in shown.items())
    token = delivery.token if controls else None
    return notice(ctx.program, language, key, token=token, controls=controls, **args)


def is_on(delivery: Delivery, value: str) -> bool:
    """Say whether the menu has, or had, a button of this value."""
    if delivery.kind == LANGUAGES:
        return value.removeprefix("lang.") in languages()
    return value in _VALUES.get(delivery.kind, ())


def _my_data(tx: UnitOfWork, ctx: Context, delivery: Delivery, language: str) -> Prompt:
    text = in_words(
        export(tx, delivery.person_id, program=ctx.program, now=ctx.now()), ctx.program, language
    )
    if ctx.base:
        text += "\n" + say(language, "mydata.file", url=f"{ctx.base}/mydata#t={delivery.token}")
    return Prompt(kind="notice", text=text, language=language)


def _privacy(tx: UnitOfWork, ctx: Context, delivery: Delivery, language: str) -> Prompt:
    """Tell what answers are for, what she agreed to in which version, and what she may ask for."""
    told = notice(ctx.program, language, delivery.kind)
    agreed = _agreement(tx, ctx, delivery.person_id, language)
    parts = (
        told.text,
        consent_text(ctx.program, language),
        agreed,
        say(language, "privacy.rights"),
    )
    return replace(told, text="\n\n".join(parts))


def _agreement(tx: UnitOfWork, ctx: Context, person_id: str, language: str) -> str:
    """Say to which version of the consent text the customer agreed, and when."""
    entries = [c for c in tx.consents.of_person(person_id) if c.purpose is Purpose.SERVICE_SURVEY]
    if not entries:
        return say(language, "privacy.never", version=ctx.program.consent.version)
    zone, _ = zone_of(ctx.program.company.zone, "UTC")
    at = day(entries[-1].at, zone, language, now=ctx.now())
    if not entries[-1].granted:
        version = ctx.program.consent.version
        return say(language, "privacy.withdrawn", day=at, version=version)
    return say(language, "privacy.agreed", day=at, version=entries[-1].text_version)


def _plain(kind: str, args: Mapping[str, str], language: str) -> tuple[str, _Labels]:
    return kind, {}


def _stopped(kind: str, args: Mapping[str, str], language: str) -> tuple[str, _Labels]:
    """Offer every other scope, and to undo it; to stop only one question where one was open."""
    scope = args.get("scope", Scope.ALL.value)
    offered = {
        Scope.SURVEY.value: ("stop.survey", "menu.survey"),
        Scope.PAUSE.value: ("stop.pause", "menu.pause"),
        Scope.ALL.value: ("stop.all", "menu.all"),
        UNDONE: ("undo", "stopped.undo"),
    }
    left_out = {scope} if args.get("asked") else {scope, Scope.SURVEY.value}
    labels = {v: say(language, key) for each, (v, key) in offered.items() if each not in left_out}
    return _STOPPED_AS[scope], labels


def _delete(kind: str, args: Mapping[str, str], language: str) -> tuple[str, _Labels]:
    if args.get("state") == "kept":
        return "notice.kept", {}
    labels = {"erase.yes": "delete.yes", "erase.no": "delete.no"}
    return kind, {value: say(language, key) for value, key in labels.items()}


def _languages(kind: str, args: Mapping[str, str], language: str) -> tuple[str, _Labels]:
    if args.get("state") == "chosen":
        return "notice.language", {}
    return kind, {f"lang.{each}": say(each, "language.name") for each in languages()}


_READ_NOW: Final[Mapping[str, Callable[[UnitOfWork, Context, Delivery, str], Prompt]]] = {
    MY_DATA: _my_data,
    PRIVACY: _privacy,
}
_MENUS: Final[Mapping[str, Callable[[str, Mapping[str, str], str], tuple[str, _Labels]]]] = {
    STOPPED: _stopped,
    DELETE: _delete,
    LANGUAGES: _languages,
}
_VALUES: Final[Mapping[str, frozenset[str]]] = {
    STOPPED: frozenset({"stop.survey", "stop.pause", "stop.all", "undo"}),
    DELETE: frozenset({"erase.yes", "erase.no"}),
}
