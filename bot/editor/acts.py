"""What the buttons of the form do to what is typed, before anything is stored: rows, groups and chips come and go."""

from collections.abc import Mapping
from typing import Final

from bot.editor.bench import SURVEY, TRIGGER
from bot.editor.conditions import ROOT, Group, Node, Row, added, dropped, fields, found
from bot.editor.parts import CHIP_PLACES

_CONDITION: Final = f"{TRIGGER}.{ROOT}"


def changed(form: Mapping[str, str], act: str, at: str) -> dict[str, str] | None:
    """Return the form after a button such as ``row:trigger.where``; None for one that changes nothing in it."""
    match act:
        case "row":
            return _with_condition(form, added(_condition(form), _inside(at), Row()))
        case "group":
            new = Group(kind="any", members=(Row(),))
            return _with_condition(form, added(_condition(form), _inside(at), new))
        case "drop":
            return _with_condition(form, dropped(_condition(form), _inside(at)))
        case "chip":
            return _with_chip(form, at)
        case "unchip":
            return {name: text for name, text in form.items() if not name.startswith(f"{at}.")}
        case _:
            return None


def _inside(at: str) -> str:
    return at.removeprefix(f"{TRIGGER}.")


def _condition(form: Mapping[str, str]) -> Node | None:
    return found({n.removeprefix(f"{TRIGGER}."): text for n, text in form.items()})


def _with_condition(form: Mapping[str, str], node: Node | None) -> dict[str, str]:
    rest = {n: text for n, text in form.items() if not f"{n}.".startswith(f"{_CONDITION}.")}
    return rest | {f"{TRIGGER}.{name}": text for name, text in fields(node).items()}


def _with_chip(form: Mapping[str, str], at: str) -> dict[str, str]:
    """Give a band an empty chip; ``at`` is the band's place, e.g. ``survey.reasons.low``."""
    if not at.startswith(f"{SURVEY}.reasons."):
        return dict(form)
    places = (f"{at}.chips.{place}.id" for place in range(CHIP_PLACES))
    free = next((name for name in places if name not in form), None)
    return dict(form) | ({free: ""} if free else {})
