"""What a form does to the text of a program: an edit with its faults by field, and the patch that git would need."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from enum import Enum
from io import StringIO
from typing import Any, Final

from surveys.program.document import Fault, Key, read
from surveys.program.editing import rewritten
from surveys.program.loading import lint
from surveys.program.parts import (
    field_named,
    fields_of,
    of_fields,
    parts_of,
    place_of,
    with_parts,
)
from surveys.stored_programs import HOUSE

Json = Any


class Null(Enum):
    """What is written as null, where None takes a field out."""

    NULL = "null"


NULL: Final = Null.NULL

_BOM: Final = "\ufeff"
_HEADER: Final = re.compile(r"# aftertouch program version ([0-9]{1,9})\b[^\n]*\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One thing wrong with what was typed. ``field`` is dotted within the part, ``""`` for the part itself."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The text of a program after an edit.

    Attributes:
        text: the whole program as it would be.
        faults: what is wrong with the edited part, by field.
        elsewhere: what the edit breaks in other parts.
    """

    text: str
    faults: tuple[FieldFault, ...] = ()
    elsewhere: tuple[Fault, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it may be published."""
        return not self.faults and not self.elsewhere


def edit(text: str, part: str, changes: Mapping[str, Json]) -> Edited:
    """Return a sound program's text with fields of a part changed; None takes a field out, ``NULL`` writes null.

    A survey or trigger that is not there is added, as its last one; a shared part without a field left is taken away.
    Nothing is refused: faults are told, by field.
    """
    value = read(text).value
    entry = fields_of(part, parts_of(value).get(part))
    for name, item in changes.items():
        entry[name] = None if item is NULL else item
        if item is None:
            del entry[name]
    return _looked_over(rewritten(text, with_parts(value, {part: of_fields(part, entry)})), part)


def removed(text: str, part: str) -> Edited:
    """Return a sound program's text without a part; ``elsewhere`` tells what still needs it."""
    return _looked_over(rewritten(text, with_parts(read(text).value, {part: None})), part)


def patch(old: str, new: str, name: str = "program.yaml") -> str:
    """Return the unified diff from one text to another, as ``git apply`` takes it; "" where nothing differs."""
    lines = unified_diff(_lines(old), _lines(new), fromfile=f"a/{name}", tofile=f"b/{name}")
    whole = (
        f"{line}\n\\ No newline at end of file\n" if line[-1:] != "\n" else line for line in lines
    )
    return "".join(whole)


def _lines(text: str) -> list[str]:
    """Return the lines as git counts them: U+2028 and the like, which end one for Python, do not for git."""
    return list(StringIO(text, newline="\n"))


def with_header(text: str, number: int) -> str:
    """Return the text with a first line that says which version it is."""
    return f"# aftertouch program version {number}\n{without_header(text)}"


def without_header(text: str) -> str:
    """Return the text without that line."""
    found = _HEADER.match(text)
    return text[found.end() :] if found else text


def renumbered(text: str, number: int) -> str:
    """Return the text with another number in that line, where it has one; a byte order mark may stand before it."""
    found = _HEADER.match(text.removeprefix(_BOM))
    if not found:
        return text
    before = len(text) - len(found.string)
    return f"{text[: before + found.start(1)]}{number}{text[before + found.end(1) :]}"


def version_named(text: str) -> int | None:
    """Return which version a text says it is."""
    found = _HEADER.match(text)
    return int(found[1]) if found else None


def _looked_over(text: str, part: str) -> Edited:
    at = place_of(read(text).value, part)
    own, elsewhere = list[FieldFault](), list[Fault]()
    for fault in lint(text, "program"):
        key: Key = tuple(int(p) if p.isdigit() else p for p in fault.key.split("."))
        if part == HOUSE or (at and key[: len(at)] == at):
            field = field_named(part, ".".join(str(each) for each in key[len(at) :]))
            own.append(FieldFault(field=field, problem=fault.problem))
        else:
            elsewhere.append(fault)
    return Edited(text=text, faults=tuple(own), elsewhere=tuple(elsewhere))
