"""What a run has read, as columns of numbers: forty bytes an answer, so that a million fit in little memory.

Customers, occasions and answers go by 64-bit hashes of their ids; two of a million share one with a probability
below 1e-7. Places and chosen reasons are numbered by ``Names``.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from surveys.instruments import Instrument, instrument
from surveys.stored_analyses import Version

T = TypeVar("T", bound=Hashable)
Column = NDArray[Any]

DAY: Final = 86_400_000_000
"""Microseconds in 24 hours; all instants here are microseconds since 1970."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Return an instant as a number."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(number: int) -> datetime:
    """Return the instant of a number."""
    return _EPOCH + timedelta(microseconds=int(number))


def hashed(name: str) -> int:
    """Return 64 bits in an id's place."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


@dataclass(slots=True)
class Names(Generic[T]):
    """Numbers things in the order in which they are first met; asking again gives the same number."""

    known: dict[T, int] = field(default_factory=dict)

    def number(self, thing: T) -> int:
        """Return the thing's number."""
        return self.known.setdefault(thing, len(self.known))

    @property
    def all(self) -> tuple[T, ...]:
        """Everything that has a number, in its order."""
        return tuple(self.known)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was answered, and in which comparable line."""

    stage: str
    touchpoint: str
    instrument: str
    series: str

    @property
    def kind(self) -> Instrument:
        """The instrument itself."""
        return instrument(self.instrument)


ANSWER: Final = np.dtype(
    [
        ("ident", "u8"),
        ("subject", "u8"),
        ("at", "i8"),
        ("day", "i4"),
        ("spot", "i4"),
        ("reasons", "i4"),
        ("group", "i4"),
        ("score", "i1"),
        ("imported", "?"),
    ]
)
EVENT: Final = np.dtype(
    [
        ("subject", "u8"),
        ("occasion", "u8"),
        ("at", "i8"),
        ("type", "i4"),
        ("held", "i4"),
        ("group", "i4"),
    ]
)
ASK: Final = np.dtype([("subject", "u8"), ("at", "i8"), ("stage", "i4")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything that one run has read.

    Attributes:
        since, until: the days read of answers, both inclusive, in the company's zone.
        answers: rows of ANSWER by (at, ident). events: rows of EVENT by at. asks: rows of ASK.
        spots, reasons, types, held, stages: what the numbers in the columns stand for; ``held`` are the
            triggers whose type and condition an event meets.
        digest: SHA-256 over the rows as they were read.
        axes: what answers and events are told apart by besides; ``groups`` are the values, in their order.
    """

    since: date
    until: date
    as_of: datetime
    answers: Column
    events: Column
    asks: Column
    spots: tuple[Spot, ...]
    reasons: tuple[tuple[str, ...], ...]
    types: tuple[str, ...]
    held: tuple[tuple[str, ...], ...]
    stages: tuple[str, ...]
    versions: tuple[Version, ...] = ()
    digest: str = ""
    axes: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ((),)

    def by(self, names: Sequence[str]) -> "dict[tuple[str, ...], Frame]":
        """Return the answers of each combination of values that these axes have, with all events and asks."""
        places = [self.axes.index(name) for name in names]
        numbers: dict[tuple[str, ...], list[int]] = {}
        for number, values in enumerate(self.groups):
            numbers.setdefault(tuple(values[place] for place in places), []).append(number)
        parts = {
            values: self.answers[np.isin(self.answers["group"], each)]
            for values, each in numbers.items()
        }
        return {values: self.of(rows) for values, rows in parts.items() if len(rows)}

    def of(self, answers: Column) -> "Frame":
        """Return the frame of these of its answers; its spots are those where any of them was given."""
        met = np.unique(answers["spot"])
        rows = answers.copy()
        rows["spot"] = np.searchsorted(met, answers["spot"])
        return replace(self, answers=rows, spots=tuple(self.spots[number] for number in met))

    def at(self, spots: Sequence[Spot]) -> Column:
        """Return the answers at any of the spots, oldest first."""
        wanted = set(spots)
        numbers = [number for number, spot in enumerate(self.spots) if spot in wanted]
        rows: Column = self.answers[np.isin(self.answers["spot"], numbers)]
        return rows

    def of_types(self, types: Sequence[str]) -> Column:
        """Return the events of any of the types, oldest first."""
        numbers = [number for number, name in enumerate(self.types) if name in types]
        rows: Column = self.events[np.isin(self.events["type"], numbers)]
        return rows

    def asked(self, stage: str) -> Column:
        """Return the asks of a stage."""
        number = self.stages.index(stage) if stage in self.stages else -1
        rows: Column = self.asks[self.asks["stage"] == number]
        return rows


def newest(rows: Column) -> Column:
    """Return each customer's last row, in the order of the customers' hashes; rows come oldest first."""
    _, places = np.unique(rows["subject"][::-1], return_index=True)
    last: Column = rows[len(rows) - 1 - places]
    return last


def first(rows: Column) -> Column:
    """Return each customer's first row, in the order of the customers' hashes; rows come oldest first."""
    _, places = np.unique(rows["subject"], return_index=True)
    earliest: Column = rows[places]
    return earliest


def preceding(rows: Column, others: Column) -> Column:
    """Return for each row the place in ``others`` of its customer's last one strictly before it, or -1."""
    return _neighbour(rows, others, step=-1)


def following(rows: Column, others: Column) -> Column:
    """Return for each row the place in ``others`` of its customer's first one strictly after it, or -1."""
    return _neighbour(rows, others, step=+1)


def _neighbour(rows: Column, others: Column, *, step: int) -> Column:
    """Sort both by customer and time; going on in the direction, the next of ``others`` is the neighbour.

    Of one instant, rows come on the side from which their neighbour is not of the same instant.
    """
    count = len(others)
    subject = np.concatenate([others["subject"], rows["subject"]])
    at = np.concatenate([others["at"], rows["at"]])
    is_row = np.arange(len(subject)) >= count
    tie = ~is_row if step < 0 else is_row
    order = np.lexsort((tie, at, subject))[::-step]
    places = np.where(is_row[order], -1, np.arange(len(order)))
    seen = np.maximum.accumulate(places)
    found = np.where(seen >= 0, order[seen], 0)
    fits = (seen >= 0) & (subject[found] == subject[order])
    result = np.full(len(subject), -1)
    result[order] = np.where(fits, found, -1)
    neighbours: Column = result[count:]
    return neighbours


def within(rows: Column, others: Column, days: int) -> Column:
    """Say for each row whether its customer has one of ``others`` after it, within so many times 24 hours."""
    places = following(rows, others)
    if not len(others):
        return np.zeros(len(rows), dtype=bool)
    met: Column = (places >= 0) & (others["at"][places] <= rows["at"] + days * DAY)
    return met
