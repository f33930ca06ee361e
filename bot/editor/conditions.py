"""A condition as a form shows it: rows and groups, each with its fields; what no row can show is kept as written.

Walk of one: ``shown`` makes nodes of a condition's JSON -> ``fields`` names what each node's inputs hold, by where the
node stands (``where.0.1.path``) -> the browser sends them back, changed -> ``found`` makes the nodes again ->
``written`` makes the JSON. ``written(found(fields(shown(condition))))`` says what the condition said, whichever it is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final, Literal

from surveys.conditions.tree import DEPTH, OPERATORS
from surveys.program.editing import same
from surveys.seen_events import is_time

Json = Any
Kind = Literal["all", "any", "not"]
GROUPS: Final[tuple[Kind, ...]] = ("all", "any", "not")
TYPES: Final = ("auto", "text", "number", "yesno", "time")
"""What kind of value an operand is. A time is a text that is written as ISO 8601.

``auto`` goes by what the field's values are, where events tell (``settled``); else by how it looks.
"""

ROOT: Final = "where"
_DEEPEST: Final = 2 * DEPTH
_LEVELS: Final = 2 * DEPTH + 3
"""Levels of brackets that a condition has at most: two for each group, and those of a list of values."""

_MOST: Final = 256
_NUMBER: Final = re.compile(
    r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[-+]?[0-9]+)?", re.ASCII | re.IGNORECASE
)
_THOUSANDS: Final = re.compile(r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
"""A number as it is written for people, e.g. 30,000."""
_YES_NO: Final = {
    "true": True,
    "yes": True,
    "예": True,
    "false": False,
    "no": False,
    "아니오": False,
}
_TEXT_ONLY: Final = ("starts_with", "matches")
_BY_SIZE: Final = ("gt", "gte", "lt", "lte")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison, as typed; ``path`` is dotted, ``value`` has an item a line where the operator is ``in``."""

    path: str = ""
    operator: str = "eq"
    value: str = ""
    type: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What no row can show, as JSON: a name with a dot in it, texts of several lines, values of several types."""

    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Conditions held together; ``not`` holds where none of its members does."""

    kind: str
    members: "tuple[Node, ...]" = ()


Node = Row | Kept | Group


# --- a condition's JSON ---------------------------------------------------------------------------


def shown(raw: Json) -> Node:
    """Return the nodes of a condition, also of one with faults."""
    if isinstance(raw, Mapping) and len(raw) == 1:
        kind, inner = next(iter(raw.items()))
        if kind == "not":
            return Group(kind="not", members=(shown(inner),))
        if kind in ("all", "any") and isinstance(inner, list | tuple) and inner:
            return Group(kind=kind, members=tuple(shown(each) for each in inner))
    row = _row(raw) if isinstance(raw, Mapping) else None
    if row is not None and same(written(row), _by_names(raw)):
        return row
    return Kept(written=json.dumps(raw))


def _by_names(raw: Mapping[str, Json]) -> Json:
    path = raw["path"]
    return {**raw, "path": path.split(".") if isinstance(path, str) else path}


def _row(raw: Mapping[str, Json]) -> Row | None:
    operator = next((name for name in OPERATORS if name in raw), None)
    path = _by_names(raw)["path"] if "path" in raw else None
    if (
        operator is None
        or len(raw) != len(("path", operator))
        or not isinstance(path, list | tuple)
    ):
        return None
    dotted, operand = ".".join(map(str, path)), raw[operator]
    items = list(operand) if isinstance(operand, list | tuple) else [operand]
    types = {_type(item) for item in items}
    if types == {"text"} and operator not in _TEXT_ONLY and all(map(is_time, items)):
        types = {"time"}
    if len(types) != 1 or not _typable(dotted, *map(_text, items)):
        return None
    value = _listed(items) if operator == "in" else _text(operand)
    return Row(path=dotted, operator=operator, value=value, type=types.pop())


def _listed(items: list[Json]) -> str:
    texts = [_text(item) for item in items]
    return f"{texts[0]}\n" if len(texts) == 1 and "," in texts[0] else "\n".join(texts)


def _typable(*texts: str) -> bool:
    """Say whether one line of a form gives the texts back as they are."""
    return all(text.isprintable() and text == text.strip() for text in texts)


def _type(value: Json) -> str:
    if isinstance(value, bool):
        return "yesno"
    return "number" if isinstance(value, int | float) else "text"


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def written(node: Node) -> Json:
    """Return the condition's JSON; what was typed wrongly stands in it as a text."""
    match node:
        case Kept():
            return _loaded(node.written)
        case Row():
            return {"path": node.path.split("."), node.operator: _operand(node)}
        case Group(kind="not", members=(only,)):
            return {"not": written(only)}
        case Group(kind="not"):
            return {"not": {"any": [written(each) for each in node.members]}}
        case _:
            return {node.kind: [written(each) for each in node.members]}


def _loaded(text: str) -> Json:
    """Return what a kept condition says; the text itself where it says none that could be looked at."""
    try:
        raw = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        return text
    return raw if _fits(raw, _LEVELS) else text


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    return float(text) if isfinite(float(text)) else _refused(text)


def _fits(raw: Json, levels: int) -> bool:
    inner = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else ()
    return levels > 0 and all(_fits(each, levels - 1) for each in inner)


def _operand(row: Row) -> Json:
    if row.operator == "in":
        return [_value(item, row.type) for item in _items(row.value)]
    if row.operator == "exists":
        return _value(row.value, "yesno")
    kind = "text" if row.operator in _TEXT_ONLY else row.type
    return _value(row.value if kind == "text" else row.value.strip(), kind)


def _items(value: str) -> list[str]:
    parts = value.split("\n") if "\n" in value else value.split(",")
    return [part.strip() for part in parts if part.strip()]


def _value(text: str, kind: str) -> Json:
    number = _number(text) if kind in ("number", "auto") else None
    if number is not None:
        return number
    return _YES_NO.get(text.strip().lower(), text) if kind == "yesno" else text


def _number(text: str) -> int | float | None:
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text) or len(text) > len("-1.7976931348623157e+308"):
        return None
    if text.lstrip("-").isdigit():
        return int(text)
    return float(text) if isfinite(float(text)) else None


# --- the fields of a form -------------------------------------------------------------------------


def fields(node: Node | None, at: str = ROOT) -> dict[str, str]:
    """Return what the inputs of a node and all below it hold, by name."""
    match node:
        case None:
            return {}
        case Kept():
            return {f"{at}.kind": "kept", f"{at}.written": node.written}
        case Row():
            return {
                f"{at}.kind": "row",
                f"{at}.path": node.path,
                f"{at}.operator": node.operator,
                f"{at}.value": node.value,
                f"{at}.type": node.type,
            }
    found = {f"{at}.kind": node.kind}
    for place, member in enumerate(node.members):
        found |= fields(member, f"{at}.{place}")
    return found


def found(given: Mapping[str, str], at: str = ROOT) -> Node | None:
    """Return the nodes that a form tells of; None where it has no condition.

    A group that is nested absurdly deep is read as an empty one, which is told as a fault where it stands.
    """
    kind = given.get(f"{at}.kind", "")
    if kind == "kept":
        return Kept(written=given.get(f"{at}.written", ""))
    if kind == "row":
        return _typed_row(given, at)
    if kind not in GROUPS:
        return None
    most = _MOST if at.count(".") < _DEEPEST else 0
    inner = (
        found(given, f"{at}.{place}") for place in range(most) if f"{at}.{place}.kind" in given
    )
    return Group(kind=kind, members=tuple(each for each in inner if each is not None))


def _typed_row(given: Mapping[str, str], at: str) -> Row:
    operator, kind = given.get(f"{at}.operator", ""), given.get(f"{at}.type", "")
    return Row(
        path=given.get(f"{at}.path", "").strip(),
        operator=operator if operator in OPERATORS else "eq",
        value=given.get(f"{at}.value", ""),
        type=kind if kind in TYPES else "auto",
    )


def settled(node: Node | None, kinds: Mapping[str, tuple[str, ...]]) -> Node | None:
    """Return the nodes with ``auto`` made what a field's values are, by path, where all of them are of one kind."""
    if isinstance(node, Group):
        members = (settled(each, kinds) for each in node.members)
        return replace(node, members=tuple(each for each in members if each is not None))
    if not isinstance(node, Row) or node.type != "auto":
        return node
    known = kinds.get(node.path, ())
    return replace(node, type=known[0]) if len(known) == 1 and known[0] in TYPES else node


# --- its buttons ----------------------------------------------------------------------------------


def added(node: Node | None, at: str, new: Node) -> Node:
    """Return the condition with a node more in the group at a place; beside anything else a group grows round both."""
    if node is None:
        return new
    return _changed(node, at, lambda old: _beside(old, new)) or new


def _beside(old: Node, new: Node) -> Node:
    if isinstance(old, Group):
        return replace(old, members=(*old.members, new))
    return Group(kind="all", members=(old, new))


def dropped(node: Node | None, at: str) -> Node | None:
    """Return the condition without the node at a place; a group that is left empty goes as well."""
    return node and _changed(node, at, lambda _: None)


def _changed(node: Node, at: str, change: Any, here: str = ROOT) -> Node | None:
    if here == at:
        result: Node | None = change(node)
        return result
    if not isinstance(node, Group):
        return node
    inner = (_changed(each, at, change, f"{here}.{n}") for n, each in enumerate(node.members))
    members = tuple(each for each in inner if each is not None)
    return replace(node, members=members) if members or not node.members else None


# --- what is wrong with it ------------------------------------------------------------------------


def unfinished(node: Node | None, at: str = ROOT) -> Iterator[tuple[str, str]]:
    """Yield the fields that say nothing yet, or not what they are to say, with why.

    Why is ``path``, ``value``, ``number``, ``yesno`` or ``time``; ``deep`` for a group that is nested too deep, ``kept``
    for something kept that cannot be read.
    """
    if isinstance(node, Group):
        if at.count(".") >= DEPTH - 1:
            yield at, "deep"
            return
        for place, member in enumerate(node.members):
            yield from unfinished(member, f"{at}.{place}")
    if isinstance(node, Kept) and isinstance(_loaded(node.written), str):
        yield at, "kept"
    if not isinstance(node, Row):
        return
    if not node.path:
        yield f"{at}.path", "path"
    if not node.value.strip() and (node.type != "text" or node.operator == "in"):
        yield f"{at}.value", "value"
    elif wrong := _misfit(node):
        yield f"{at}.value", wrong


def _misfit(row: Row) -> str:
    operand = _operand(row)
    if row.operator == "exists":
        return "" if isinstance(operand, bool) else "yesno"
    if row.operator in _BY_SIZE and row.type == "auto":
        return "" if _type(operand) == "number" or is_time(operand) else "number"
    if row.operator in _TEXT_ONLY or row.type in ("text", "auto"):
        return ""
    values = operand if row.operator == "in" else [operand]
    fits = is_time if row.type == "time" else lambda value: _type(value) == row.type
    return "" if all(map(fits, values)) else row.type


def field_of(node: Node | None, key: str) -> str:
    """Return the input that a fault's key means, e.g. ``where.all.1.gte`` ``where.1.value``; the nearest where none is.

    A group, and what is kept as it is written, are told of as a whole.
    """
    places = dict(_places(node, ROOT, ROOT)) if node else {}
    near = key
    while near not in places and "." in near:
        near = near.rpartition(".")[0]
    at, found_there = places.get(near, (ROOT, node))
    rest = key[len(near) + 1 :]
    if not rest or not isinstance(found_there, Row):
        return at
    return f"{at}.path" if rest.startswith("path") else f"{at}.value"


def _places(node: Node, key: str, at: str) -> Iterator[tuple[str, tuple[str, Node]]]:
    yield key, (at, node)
    if isinstance(node, Group):
        inner = "not" if len(node.members) == 1 else "not.any.{}"
        step = inner if node.kind == "not" else f"{node.kind}.{{}}"
        for place, member in enumerate(node.members):
            yield from _places(member, f"{key}.{step.format(place)}", f"{at}.{place}")


def rows(node: Node | None) -> Iterator[Row]:
    """Yield all rows, in reading order."""
    if isinstance(node, Row):
        yield node
    elif isinstance(node, Group):
        for member in node.members:
            yield from rows(member)
