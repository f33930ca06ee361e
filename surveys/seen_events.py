"""What kinds of events really come, and what they say: what a form offers, and what a condition is tried on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

Json = Any

_SAMPLES: Final = 3
_SHOWN: Final = 40
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9:.+Z-]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenType:
    """A type of event that came: how many of them, and when the newest did."""

    type: str
    count: int
    newest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenField:
    """A field of events that came.

    Attributes:
        path: dotted; a name with a dot in it makes no field here.
        types: what its values are: ``text``, ``number``, ``yesno``, ``time``, ``list``.
        samples: a few of its values, as they read.
    """

    path: str
    types: tuple[str, ...]
    samples: tuple[str, ...]


class SeenEvent(NamedTuple):
    """What an event said, as far as the program in force let it be kept, and when it was received."""

    received_at: datetime
    data: Mapping[str, Json]


class SeenEvents(Protocol):
    """The stored events, by type."""

    def types(self, since: datetime) -> tuple[SeenType, ...]:
        """Return the types of the events received at ``since`` or later, the most frequent first, then by name."""

    def newest(self, event_type: str, since: datetime, limit: int) -> tuple[SeenEvent, ...]:
        """Return the newest events of a type that were received at ``since`` or later, the newest first."""


def fields_of(data: Sequence[Mapping[str, Json]]) -> tuple[SeenField, ...]:
    """Return the fields that the data of events have, by path."""
    values: dict[str, list[Json]] = {}
    for each in data:
        for path, value in _leaves(each, ""):
            values.setdefault(path, []).append(value)
    return tuple(_field(path, values[path]) for path in sorted(values))


def _leaves(data: Mapping[str, Json], above: str) -> Iterator[tuple[str, Json]]:
    for name, value in data.items():
        if "." in name or value is None:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield above + name, value


def _field(path: str, values: Sequence[Json]) -> SeenField:
    samples = dict.fromkeys(
        _sample(value) for value in values if not isinstance(value, list | tuple)
    )
    return SeenField(
        path=path,
        types=tuple(sorted({_type(value) for value in values})),
        samples=tuple(samples)[:_SAMPLES],
    )


def _sample(value: Json) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _type(value: Json) -> str:
    if isinstance(value, bool):
        return "yesno"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "time" if is_time(value) else "text"
    return "list"


def is_time(value: Json) -> bool:
    """Say whether it is a day or an instant as ISO 8601 writes them: ``2026-11-22``, ``2026-11-22T09:00:00Z``.

    Such texts are ordered as the times are where all of them are written alike, in one zone.
    """
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
