"""What the days that are over told of each stage: how many answer, and how far their answers lie apart."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from surveys.instruments import instrument
from surveys.model import CountRule
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.rehearsing import Closed
from surveys.results import headline
from surveys.service.context import Context
from surveys.service.turns import TARGET_HALF_WIDTH

DAYS: Final = timedelta(days=90)
STILL_OPEN: Final = timedelta(days=4)
"""Asks of the newest days may still be answered: within three days with a reminder, and the day itself."""

Place = tuple[str, str]
"""A stage and an instrument."""


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """The ninety days before those whose asks may still be answered."""

    program: Program
    places: Mapping[Place, Closed]

    def of(self, stage: str, unit: str) -> Closed:
        """Return what they told; nothing where nobody was asked."""
        return self.places.get((stage, unit), Closed())

    def precision(self, stage: str, unit: str) -> tuple[float | None, float]:
        """Return half the interval of a stage's score, None without answers, and what it is to be."""
        budgets: dict[Place, float] = {
            (each.stage, each.unit): each.target for each in self.program.budget
        }
        scores = self.of(stage, unit).scores
        found = headline(instrument(unit), scores) if scores else None
        width = found.half_width if found else None
        return width, budgets.get((stage, unit), TARGET_HALF_WIDTH)


def closed_days(tx: UnitOfWork, ctx: Context, program: Program, until: datetime) -> ClosedDays:
    """Read the days before ``until``."""
    last = ctx.day(until - STILL_OPEN)
    first = ctx.day(until - STILL_OPEN - DAYS)
    cohorts = defaultdict[Place, list[int]](lambda: [0, 0, 0])
    for cohort in tx.reports.funnel(first, last):
        sums = cohorts[cohort.dimensions.stage, cohort.dimensions.instrument]
        for at, count in enumerate((cohort.invited, cohort.delivered, cohort.answered)):
            sums[at] += count
    scores = _scores(tx, (first, last))
    places = {
        place: Closed(
            invited=invited, delivered=delivered, answered=answered, scores=scores.get(place, ())
        )
        for place, (invited, delivered, answered) in cohorts.items()
    }
    return ClosedDays(program, places)


def _scores(tx: UnitOfWork, days: tuple[date, date]) -> dict[Place, tuple[int, ...]]:
    """Return the answers of those days by scale point."""
    found: dict[Place, list[int]] = {}
    for row in tx.reports.scores(CountRule.ALL, *days):
        place = row.dimensions.stage, row.dimensions.instrument
        own = [row.counts[score] for score in instrument(place[1]).scores]
        sums = found.setdefault(place, [0] * len(own))
        found[place] = [a + b for a, b in zip(sums, own, strict=True)]
    return {place: tuple(sums) for place, sums in found.items()}
