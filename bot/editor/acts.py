"""What the buttons of the form do to what is typed, before anything is stored: rows, groups and chips come and go."""

from collections.abc import Mapping
from typing import Final

from bot.editor.bench import SURVEY, TRIGGER
from bot.editor.conditions import ROOT, Group, Node, Row, added, dropped, fields, found
from bot.editor.parts import BUDGET_PLACES, CHIP_PLACES, VARIANT_PLACES
from surveys.program.parts import ROWS
from surveys.stored_programs import BUDGET

_CONDITION: Final = f"{TRIGGER}.{ROOT}"


def changed(form: Mapping[str, str], act: str, at: str) -> dict[str, str] | None:
    """Return the form after a button such as ``row:trigger.where``; None for one that changes nothing in it."""
    if act in ("row", "group", "drop"):
        return _with_condition(form, _after(_condition(form), act, _inside(at)))
    if act == "unchip":
        return {name: text for name, text in form.items() if not name.startswith(f"{at}.")}
    line = _line(act, at)
    return _with_line(form, *line) if line else None


def _after(node: Node | None, act: str, at: str) -> Node | None:
    """Return the condition with a row or a group more, or without what stood at a place."""
    if act == "drop":
        return dropped(node, at)
    new = Row() if act == "row" else Group(kind="any", members=(Row(),))
    return added(node, at, new)


def _line(act: str, at: str) -> tuple[str, str, int] | None:
    """Return the list that a button gives a line to: its place, the first field of a line, and how many may be."""
    if act == "chip" and at.startswith(f"{SURVEY}.reasons."):
        return f"{at}.chips", "id", CHIP_PLACES
    lists = {
        "variant": (f"{SURVEY}.variants", "wording", VARIANT_PLACES),
        "budget": (f"{BUDGET}.{ROWS}", "stage", BUDGET_PLACES),
    }
    return lists.get(act)


def _inside(at: str) -> str:
    return at.removeprefix(f"{TRIGGER}.")


def _condition(form: Mapping[str, str]) -> Node | None:
    return found({n.removeprefix(f"{TRIGGER}."): text for n, text in form.items()})


def _with_condition(form: Mapping[str, str], node: Node | None) -> dict[str, str]:
    rest = {n: text for n, text in form.items() if not f"{n}.".startswith(f"{_CONDITION}.")}
    return rest | {f"{TRIGGER}.{name}": text for name, text in fields(node).items()}


def _with_line(form: Mapping[str, str], at: str, first: str, most: int) -> dict[str, str]:
    """Give a list an empty line below those it has; ``at`` is its place, e.g. ``survey.reasons.low.chips``."""
    taken = [place for place in range(most) if f"{at}.{place}.{first}" in form]
    below = range(max(taken, default=-1) + 1, most)
    free = next((place for place in (*below, *range(most)) if place not in taken), None)
    return dict(form) | ({} if free is None else {f"{at}.{free}.{first}": ""})
