"""The parts of a program file, each of which has one owner; see surveys.stored_programs."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from surveys.errors import InvalidInput
from surveys.stored_programs import CONTACT_RULES, HOUSE

Json = Any

_SECTIONS: Final = {"survey": "surveys", "trigger": "triggers"}


def parts_of(value: Mapping[str, Json]) -> dict[str, Json]:
    """Return what each part of a program's plain values says; parts that are not there are left out."""
    apart = {CONTACT_RULES, *_SECTIONS.values()}
    found = {HOUSE: {name: item for name, item in value.items() if name not in apart}}
    for kind, section in _SECTIONS.items():
        found |= {f"{kind}:{entry['id']}": entry for entry in value.get(section) or ()}
    if CONTACT_RULES in value:
        found[CONTACT_RULES] = value[CONTACT_RULES]
    return found


def with_parts(value: Mapping[str, Json], parts: Mapping[str, Json]) -> dict[str, Json]:
    """Return a program's plain values with these parts as given; None takes a part away.

    An entry that is there keeps its place; a new one comes last.
    """
    result = dict(value)
    for part, content in parts.items():
        kind, _, name = part.partition(":")
        if part == HOUSE:
            kept = {CONTACT_RULES, *_SECTIONS.values()}
            result = {**(content or {}), **{n: v for n, v in result.items() if n in kept}}
        elif part == CONTACT_RULES:
            result[CONTACT_RULES] = content
            if content is None:
                del result[CONTACT_RULES]
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
        return (part,) if part == CONTACT_RULES else ()
    section = _SECTIONS[kind]
    entries = value.get(section) or ()
    return next(((section, at) for at, each in enumerate(entries) if each.get("id") == name), ())
