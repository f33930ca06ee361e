"""Frames for tests of analyses: rows told by customer, day and score, without a store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np

from surveys.analyses.columns import (
    ANSWER,
    ASK,
    EVENT,
    Frame,
    Names,
    Spot,
    hashed,
    micros,
)
from surveys.analyses.reading import REST
from surveys.stored_analyses import Version

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""A Sunday, noon in Seoul; a row of day 0 is of this instant."""

TODAY = date(2026, 11, 22)
YEAR = 365

CHECKOUT = Spot("purchase", "checkout", "csat", "csat:1-5:up:std1")
DELIVERY = Spot("purchase", "delivery", "csat", "csat:1-5:up:std1")
SUPPORT = Spot("retention", "support", "ces2", "ces2:1-7:up:std1")
RELATION = Spot("advocacy", "relationship", "nps", "nps:0-10:up:std1")


@dataclass(slots=True)
class Told:
    """Collects rows; ``ago`` counts days back from NOW and may be broken."""

    as_of: datetime = NOW
    since: date = TODAY - timedelta(days=YEAR)
    versions: tuple[Version, ...] = ()
    axes: tuple[str, ...] = ()
    _answers: list[tuple[object, ...]] = field(default_factory=list)
    _events: list[tuple[object, ...]] = field(default_factory=list)
    _asks: list[tuple[object, ...]] = field(default_factory=list)
    _spots: Names[Spot] = field(default_factory=Names)
    _reasons: Names[tuple[str, ...]] = field(default_factory=Names)
    _groups: Names[tuple[str, ...]] = field(default_factory=Names)
    _types: Names[str] = field(default_factory=Names)
    _held: Names[tuple[str, ...]] = field(default_factory=Names)
    _stages: Names[str] = field(default_factory=Names)

    def answer(
        self,
        customer: object,
        spot: Spot,
        ago: float,
        score: int,
        *reasons: str,
        imported: bool = False,
        group: tuple[str, ...] = (),
    ) -> None:
        at = self.as_of - timedelta(days=ago)
        self._answers.append(
            (
                hashed(f"answer {len(self._answers)}"),
                hashed(str(customer)),
                micros(at),
                (at + timedelta(hours=9)).date().toordinal(),
                self._spots.number(spot),
                self._reasons.number(tuple(sorted(reasons))),
                self._groups.number(group),
                score,
                imported,
            )
        )

    def event(
        self,
        customer: object,
        kind: str,
        ago: float,
        *triggers: str,
        occasion: str = "",
        group: tuple[str, ...] | None = None,
    ) -> None:
        at = micros(self.as_of - timedelta(days=ago))
        about = hashed(occasion or f"{customer} {kind} {ago}")
        values = tuple(REST for _ in self.axes) if group is None else group
        numbers = (
            self._types.number(kind),
            self._held.number(tuple(triggers)),
            self._groups.number(values),
        )
        self._events.append((hashed(str(customer)), about, at, *numbers))

    def ask(self, customer: object, stage: str, ago: float) -> None:
        at = micros(self.as_of - timedelta(days=ago))
        self._asks.append((hashed(str(customer)), at, self._stages.number(stage)))

    def frame(self) -> Frame:
        def sorted_by(rows: Sequence[object], dtype: np.dtype[np.void], *order: str) -> object:
            return np.sort(np.array(rows, dtype=dtype), order=list(order), kind="stable")

        return Frame(
            since=self.since,
            until=(self.as_of + timedelta(hours=9)).date(),
            as_of=self.as_of,
            answers=sorted_by(self._answers, ANSWER, "at", "ident"),  # type: ignore[arg-type]  # a column
            events=sorted_by(self._events, EVENT, "at", "occasion"),  # type: ignore[arg-type]  # a column
            asks=sorted_by(self._asks, ASK, "at"),  # type: ignore[arg-type]  # a column
            spots=self._spots.all,
            reasons=self._reasons.all,
            types=self._types.all,
            held=self._held.all,
            stages=self._stages.all,
            versions=self.versions,
            digest="0" * 64,
            axes=self.axes,
            groups=self._groups.all,
        )
