"""The parts of a program file, each of which has one owner; see surveys.stored_programs."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from surveys.errors import InvalidInput
from surveys.stored_programs import BUDGET, CHANNELS, HOUSE, SHARED

Json = Any

ROWS: Final = "rows"
"""What the entries of a part that is a list are called among its fields."""

_LISTS: Final = frozenset({BUDGET, CHANNELS})
_SECTIONS: Final = {"survey": "surveys", "trigger": "triggers"}
_APART: Final = frozenset({*SHARED, *_SECTIONS.values()})


def parts_of(value: Mapping[str, Json]) -> dict[str, Json]:
    """Return what each part of a program's plain values says; parts that are not there are left out."""
    found = {HOUSE: {name: item for name, item in value.items() if name not in _APART}}
    for kind, section in _SECTIONS.items():
        found |= {f"{kind}:{entry['id']}": entry for entry in value.get(section) or ()}
    return found | {part: value[part] for part in SHARED if part in value}


def with_parts(value: Mapping[str, Json], parts: Mapping[str, Json]) -> dict[str, Json]:
    """Return a program's plain values with these parts as given; None takes a part away.

    An entry that is there keeps its place; a new one comes last.
    """
    result = dict(value)
    for part, content in parts.items():
        kind, _, name = part.partition(":")
        if part == HOUSE:
            result = {**(content or {}), **{n: v for n, v in result.items() if n in _APART}}
        elif part in SHARED:
            result[part] = content
            if content is None:
                del result[part]
        else:
            section = _SECTIONS[kind]
            result[section] = _with_entry(result.get(section) or [], name, content)
    return result


def _with_entry(entries: Iterable[Json], name: str, content: Json) -> list[Json]:
    there = list(entries)
    kept = [content if each.get("id") == name else each for each in there]
    if content is not None and all(each.get("id") != name for each in there):
        kept.append(content)
    return [each for each in kept if each is not None]


def fields_of(part: str, content: Json) -> dict[str, Json]:
    """Return the fields of a part; those of one that is not there are none, but for its id."""
    kind, _, name = part.partition(":")
    if content is None:
        return {"id": name} if kind in _SECTIONS else {}
    return {ROWS: content} if part in _LISTS else dict(content)


def of_fields(part: str, fields: Mapping[str, Json]) -> Json:
    """Return the content that has these fields; None where nothing is left of it."""
    return fields.get(ROWS) or None if part in _LISTS else dict(fields) or None


def field_named(part: str, key: str) -> str:
    """Return the field of a part that a key within its content means, e.g. ``0.target`` in a list ``rows.0.target``."""
    return f"{ROWS}.{key}".rstrip(".") if part in _LISTS else key


def part_named(name: str, among: Iterable[str]) -> str:
    """Return the part that somebody means by ``delivery-csat``, ``survey:delivery-csat`` or ``contact_rules``.

    Raises InvalidInput for none, and for a name that a survey and a trigger share.
    """
    known = sorted(among)
    found = [part for part in known if name in (part, part.partition(":")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput("", f"{name!r} may be {' or '.join(found)}: write which")
    raise InvalidInput("", f"there is no {name!r}; there are: {', '.join(known)}")


def place_of(value: Mapping[str, Json], part: str) -> tuple[str | int, ...]:
    """Return under which key of the file a part's content stands, e.g. ``("surveys", 3)``; () for none."""
    kind, _, name = part.partition(":")
    if kind not in _SECTIONS:
        return (part,) if part in SHARED else ()
    section = _SECTIONS[kind]
    entries = value.get(section) or ()
    return next(((section, at) for at, each in enumerate(entries) if each.get("id") == name), ())
