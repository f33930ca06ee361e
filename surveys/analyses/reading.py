"""Reads what a run needs, a page at a time, and packs it; whoever holds the storage turns the pages.

A page may be read again: numbering a name twice changes nothing, and a page is kept only when it has come back whole.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from surveys.analyses.columns import (
    ANSWER,
    ASK,
    EVENT,
    Column,
    Frame,
    Names,
    Spot,
    hashed,
    micros,
)
from surveys.carrying import value_held
from surveys.conditions import evaluate
from surveys.model import HANDLER, OTHER, SEGMENT, Json
from surveys.ports import UnitOfWork
from surveys.program import Program, Trigger
from surveys.reports import AnswerRow, Place
from surveys.stored_analyses import Happening, Version

DAYS: Final = 365
"""How far back answers are read."""

MOST_ROWS: Final = 2_000_000
"""Of answers, events and asks each: the newest that many are kept, a few hundred megabytes in all."""

REST: Final = "\x00"
"""The value of what has none: nobody handled it, or the segment was declared later, or events do not hold it."""

Read = Callable[[UnitOfWork, Any], "Page"]
"""Reads a page from a cursor on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A few rows, packed; ``after`` is where the next page begins, None behind the last."""

    rows: Column
    after: Any
    said: bytes = b""


@dataclass(slots=True)
class Pile:
    """Pages on top of each other; beyond ``most`` rows the oldest pages go."""

    most: int = MOST_ROWS
    pages: list[Column] = field(default_factory=list)
    count: int = 0
    dropped: bool = False

    def add(self, rows: Column) -> None:
        """Put a page on top."""
        self.pages.append(rows)
        self.count += len(rows)
        while self.count > self.most and len(self.pages) > 1:
            self.count -= len(self.pages.pop(0))
            self.dropped = True

    def whole(self, dtype: np.dtype[Any], *order: str) -> Column:
        """Return all rows as one column, in the order of these fields; the pages are given up."""
        rows = np.concatenate([np.zeros(0, dtype), *self.pages])
        self.pages.clear()
        sorting = np.lexsort([rows[name] for name in reversed(order)])
        ordered: Column = rows[sorting]
        return ordered


class Gathering:
    """What one run has read so far: ``page`` rows at a time, at most ``most`` of each kind."""

    def __init__(
        self,
        program: Program,
        as_of: datetime,
        today: date,
        *,
        page: int,
        most: int = MOST_ROWS,
        axes: tuple[str, ...] = (),
    ) -> None:
        self._page = page
        self._axes = axes
        self._as_of = as_of
        self._today = today
        self._since = today - timedelta(days=DAYS)
        self._program = program
        self._triggers = _by_type(program)
        self._spots: Names[Spot] = Names()
        self._reasons: Names[tuple[str, ...]] = Names()
        self._groups: Names[tuple[str, ...]] = Names()
        self._types: Names[str] = Names()
        self._held: Names[tuple[str, ...]] = Names()
        self._stages: Names[str] = Names()
        self._answers, self._events, self._asks = Pile(most), Pile(most), Pile(most)
        self._digest = hashlib.sha256()

    def reads(self) -> tuple[tuple[Read, Callable[[Page], None], Any], ...]:
        """Return, one after another: how a page is read from a cursor on, how it is kept, and the first cursor."""
        return (
            (self._read_answers, self._keep_answers, None),
            (self._read_events, lambda page: self._events.add(page.rows), 0),
            (self._read_asks, lambda page: self._asks.add(page.rows), 0),
        )

    def frame(self, versions: Sequence[Version] = ()) -> Frame:
        """Return everything read; nothing can be added after it."""
        answers = self._answers.whole(ANSWER, "at", "ident")
        since = self._since
        if self._answers.dropped:
            since = date.fromordinal(int(answers["day"].min())) + timedelta(days=1)
            answers = answers[answers["day"] >= since.toordinal()]
        frame = Frame(
            since=since,
            until=self._today,
            as_of=self._as_of,
            answers=answers,
            events=self._events.whole(EVENT, "at", "occasion"),
            asks=self._asks.whole(ASK, "at"),
            spots=self._spots.all,
            reasons=self._reasons.all,
            types=self._types.all,
            held=self._held.all,
            stages=self._stages.all,
            versions=tuple(versions),
            digest=self._digest.hexdigest(),
            axes=self._axes,
            groups=self._groups.all,
        )
        return frame.of(answers)

    def _keep_answers(self, page: Page) -> None:
        self._answers.add(page.rows)
        self._digest.update(page.said)

    def _read_answers(self, tx: UnitOfWork, after: Place | None) -> Page:
        rows = tx.reports.answer_rows(self._since, self._today, after, self._page)
        scored = [row for row in rows if not row.choice]
        packed = np.array([self._answer(row) for row in scored], dtype=ANSWER)
        said = "".join(f"{row.id} {row.version} {row.score}\n" for row in scored)
        return Page(
            rows=packed,
            after=rows[-1].place if len(rows) == self._page else None,
            said=said.encode(),
        )

    def _answer(self, row: AnswerRow) -> tuple[object, ...]:
        tags = row.dimensions
        spot = Spot(tags.stage, tags.touchpoint, tags.instrument, tags.series)
        return (
            hashed(row.id),
            hashed(row.subject_id),
            micros(row.answered_at),
            row.day.toordinal(),
            self._spots.number(spot),
            self._reasons.number(tuple(sorted(row.reasons))),
            self._groups.number(tuple(_value(row, axis) for axis in self._axes)),
            row.score,
            row.imported,
        )

    def _read_events(self, tx: UnitOfWork, after: int) -> Page:
        rows = tx.analyses.happenings(after, self._page)
        named = {axis: frozenset(_named(tx, axis)) for axis in self._axes}
        packed = [
            (
                hashed(row.subject_id),
                hashed(row.occasion),
                micros(row.at),
                self._types.number(row.type),
                self._held.number(self._starting(row)),
                self._groups.number(tuple(self._held_by(row, *axis) for axis in named.items())),
            )
            for row in rows
            if row.at <= self._as_of
        ]
        return Page(rows=np.array(packed, dtype=EVENT), after=self._behind(rows))

    def _held_by(self, row: Happening, axis: str, named: frozenset[str]) -> str:
        """Return the event's value of a filter, by the name under which answers count it."""
        value = value_held(self._program, axis, row.handler, row.data)
        if value is None:
            return REST
        return OTHER if value and value not in named and OTHER in named else value

    def _starting(self, row: Happening) -> tuple[str, ...]:
        """Return the triggers that the event meets, leaving aside the customer's how manieth it is."""
        return tuple(t.id for t in self._triggers.get(row.type, ()) if _meets(t, row.data))

    def _read_asks(self, tx: UnitOfWork, after: int) -> Page:
        rows = tx.analyses.asks(after, self._page)
        packed = [
            (hashed(row.subject_id), micros(row.sent_at), self._stages.number(row.stage))
            for row in rows
        ]
        return Page(rows=np.array(packed, dtype=ASK), after=self._behind(rows))

    def _behind(self, rows: Sequence[Any]) -> int | None:
        return rows[-1].number if len(rows) == self._page else None


def _value(row: AnswerRow, axis: str) -> str:
    """Return the answer's value of a filter; REST of one that has none."""
    if axis == HANDLER:
        return row.handler or REST
    segment = axis.removeprefix(SEGMENT)
    if segment != axis:
        return row.segments.get(segment, REST)
    value: str = getattr(row.dimensions, axis)
    return value


def _named(tx: UnitOfWork, axis: str) -> tuple[str, ...]:
    """Return the values of a segment that have names of their own, and OTHER once there are others."""
    segment = axis.removeprefix(SEGMENT)
    return tx.reports.side_values(segment) if segment != axis else ()


def _by_type(program: Program) -> dict[str, list[Trigger]]:
    found: dict[str, list[Trigger]] = {}
    for trigger in program.triggers:
        found.setdefault(trigger.on or "", []).append(trigger)
    return found


def _meets(trigger: Trigger, data: Mapping[str, Json]) -> bool:
    return trigger.where is None or evaluate(trigger.where, data).holds
