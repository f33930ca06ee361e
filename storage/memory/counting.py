"""Counts in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from storage.memory.table import Table, UndoLog
from surveys.model import OTHER, CountRule, Dimensions, FunnelStep, Side
from surveys.reports import ScoreChange, StepChange

MOST_VALUES: Final = 50
"""How many values of a segment count under their own names."""


@dataclass(frozen=True, slots=True)
class ScoreBucket:
    """How many answers of one day had one score: all of them, or those of one side."""

    rule: CountRule
    period: str
    side: Side | None
    day: date
    dimensions: Dimensions
    score: int
    count: int = 0


@dataclass(frozen=True, slots=True)
class FunnelBucket:
    """How many invitations sent on one day came as far as one step: all of them, or those of one side."""

    step: FunnelStep
    side: Side | None
    day: date
    dimensions: Dimensions
    count: int = 0


@dataclass(frozen=True, slots=True)
class Buckets:
    """What is counted, for MemoryCounts to write and MemoryReports to read."""

    scores: Table[ScoreBucket]
    funnel: Table[FunnelBucket]
    sides: Table[Side]

    @classmethod
    def empty(cls, log: UndoLog) -> "Buckets":
        """Return buckets without any count."""
        return cls(
            Table("score", log, key=("rule", "period", "side", "day", "dimensions", "score")),
            Table("cohort", log, key=("step", "side", "day", "dimensions")),
            Table("side", log, key=("attribute", "value"), groups=("attribute",)),
        )


@dataclass(frozen=True, slots=True)
class MemoryCounts:
    """See surveys.reports.Counts."""

    buckets: Buckets

    def add_scores(self, changes: Sequence[ScoreChange]) -> None:
        """Add to the buckets of the scores."""
        for each in changes:
            for side in (None, *self._noted(each.sides)):
                key = (each.rule, each.period, side, each.day, each.dimensions, each.score)
                bucket = self.buckets.scores.get(key) or ScoreBucket(*key)
                self.buckets.scores.put(replace(bucket, count=bucket.count + each.by))

    def add_steps(self, changes: Sequence[StepChange]) -> None:
        """Add to the cohort counts of the steps."""
        for each in changes:
            for side in (None, *self._noted(each.sides)):
                key = (each.step, side, each.day, each.dimensions)
                bucket = self.buckets.funnel.get(key) or FunnelBucket(*key)
                self.buckets.funnel.put(replace(bucket, count=bucket.count + each.by))

    def segment(self, attribute: str, value: str) -> Side:
        """Return under which value it counts."""
        side, sides = Side(attribute, value), self.buckets.sides
        if not value or sides.get((attribute, value)) is not None:
            return side
        named = [each for each in sides.of("attribute", attribute) if each.value not in ("", OTHER)]
        if len(named) >= MOST_VALUES:
            return Side(attribute, OTHER)
        sides.add(side)
        return side

    def _noted(self, sides: Sequence[Side]) -> Sequence[Side]:
        for side in sides:
            self.buckets.sides.put(side)
        return sides
