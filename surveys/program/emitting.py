"""Writes plain values as YAML that the program's reader takes back as they were."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from surveys.program.document import plain
from surveys.program.schema import Program

Json = Any

WIDTH: Final = 110
"""Columns within which a small list or mapping stays on one line."""

_STEP: Final = 2
_SMALL: Final = 3
"""Entries of a mapping that still reads well on one line."""

_BARE: Final = re.compile(r"[^\W_][\w./@+~-]*( [\w./@+~()%!?…‘’-]+)*[.!?]?")
"""Texts that need no quotes wherever they stand, in flow or block; all others are quoted."""


def scalar(value: Json) -> str:
    """Return a number, a text, true, false or null as one line."""
    if isinstance(value, str) and _BARE.fullmatch(value) and plain(value) == value:
        return value
    written = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)


def inline(value: Json) -> str:
    """Return any value as one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{scalar(name)}: {inline(item)}" for name, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(inline(item) for item in value)}]"
    return scalar(value)


def block(value: Json, indent: int) -> list[str]:
    """Return the lines of a list or mapping, each indented; an empty one, or a scalar, is one line."""
    if isinstance(value, Mapping) and value:
        return [line for name, item in value.items() for line in entry(name, item, indent)]
    if isinstance(value, list) and value:
        return [line for item in value for line in listed(item, indent)]
    return [" " * indent + inline(value)]


def entry(name: str, value: Json, indent: int) -> list[str]:
    """Return the lines of ``name: value`` in a mapping."""
    head = " " * indent + scalar(name) + ":"
    if fits(value, len(head) + 1):
        return [f"{head} {inline(value)}"]
    return [head, *block(value, indent + _STEP)]


def listed(value: Json, indent: int) -> list[str]:
    """Return the lines of ``- value`` in a list."""
    head = " " * indent + "-"
    if fits(value, len(head) + 1):
        return [f"{head} {inline(value)}"]
    first, *rest = block(value, indent + _STEP)
    return [f"{head} {first.lstrip()}", *rest]


def fits(value: Json, column: int) -> bool:
    """Say whether a value is to stand on one line that begins at a column."""
    if not isinstance(value, Mapping | list) or not value:
        return True
    within = column + len(inline(value)) <= WIDTH
    return (
        within and len(value) <= _SMALL + isinstance(value, list) and all(map(_low, _items(value)))
    )


def _low(value: Json) -> bool:
    """Say whether it holds nothing that holds something."""
    inner = _items(value) if isinstance(value, Mapping | list) else ()
    return not any(isinstance(item, Mapping | list) and item for item in inner)


def _items(value: Mapping[str, Json] | Sequence[Json]) -> Iterator[Json]:
    yield from value.values() if isinstance(value, Mapping) else value


def write_program(program: Program) -> str:
    """Return a program file that says the same; what has its default is left out."""
    content = program.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return "\n".join(block(content, 0)) + "\n"
