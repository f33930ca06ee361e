"""The last weeks beside a score: every answer counts, and they are hidden by customers where these were read."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from surveys.model import CountRule, Dimensions
from surveys.reports import Repeated, Reports
from surveys.results.counted import Part, crowds_by_tags
from surveys.results.crowds import ANSWERS, Cells, Crowds, Group, Place, group_of, placing
from surveys.results.hiding import WEEK, Veil, veil, veil_of
from surveys.results.once import ENOUGH_ANSWERS
from surveys.statistics.tiers import HIDDEN_BELOW

K = TypeVar("K", bound=Hashable)
WEEKS = 12
MOST_IN_WEEKS = 5_000
"""Answers of the weeks of which it is read who gave several: some five milliseconds of a page."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Every answer of some weeks: parts by their tags, the side of each the Monday of its week.

    ``repeated`` are the answers of customers who gave several in a week; empty, too, where nobody read who did, and
    ``enough`` is what is shown of a week: customers, or of those nobody read about answers (surveys.results.once).
    """

    parts: Mapping[Dimensions, tuple[Part, ...]]
    crowds: Crowds
    repeated: tuple[Repeated, ...] = ()
    enough: int = HIDDEN_BELOW

    @classmethod
    def of(
        cls, parts: Mapping[Dimensions, tuple[Part, ...]], repeated: Iterable[Repeated] | None = ()
    ) -> "Weeks":
        """Return the weeks of parts; None where nobody read who answered more than once."""
        enough = ENOUGH_ANSWERS if repeated is None else HIDDEN_BELOW
        return cls(parts, crowds_by_tags(parts, (WEEK,)), tuple(repeated or ()), enough)

    def veil(self, axes: Place) -> Veil:
        """Decide which weeks are shown of cells that are apart by axes."""
        if not self.repeated and self.enough == HIDDEN_BELOW:
            return veil(self.crowds, axes, ANSWERS)
        place = placing(axes, (WEEK,))
        return self.crowds.once(
            ("veil of customers", axes),
            lambda: veil_of(self.cells(axes), axes, place, ANSWERS, self.enough),
        )

    def cells(self, axes: Place) -> Mapping[Group, Cells]:
        """Return how many customers there are in each cell that holds anybody, per stage and series."""
        place = placing(axes, (WEEK,))
        fewer = self.fewer(lambda tags, week: (group_of(tags), place(tags, (week,))))
        return {
            group: {where: n - fewer[group, where] for where, n in cells.items()}
            for group, cells in self.crowds.cells(axes, ANSWERS).items()
        }

    def fewer(
        self,
        place: Callable[[Dimensions, str], K],
        admits: Callable[[Dimensions], bool] = lambda _: True,
    ) -> Counter[K]:
        """Return by how much customers are fewer than answers, wherever tags and week are placed."""
        given: Counter[tuple[str, K]] = Counter()
        for each in self.repeated:
            if admits(each.dimensions):
                where = place(each.dimensions, each.monday.isoformat())
                given[each.customer, where] += each.answers
        fewer: Counter[K] = Counter()
        for (_, where), answers in given.items():
            fewer[where] += answers - 1
        return fewer


NO_WEEKS = Weeks.of({})


def mondays(until: date) -> tuple[date, ...]:
    """Return the Mondays of the twelve weeks up to a day's, oldest first."""
    last = until - timedelta(days=until.weekday())
    return tuple(last - _WEEK * back for back in reversed(range(WEEKS)))


def weeks_of(reports: Reports, until: date) -> Weeks:
    """Read the twelve weeks up to a day; raises TooMuch."""
    days = mondays(until)
    names = {day: (day.isoformat(),) for day in days}
    counts = reports.weekly(CountRule.ALL, days[0], until)
    parts = {
        each.dimensions: tuple(
            [Part(each.dimensions, names[day], scores) for day, scores in each.weeks.items()]
        )
        for each in counts
    }
    answers = sum(part.n for each in parts.values() for part in each)
    return Weeks.of(parts, reports.repeated(days[0], until) if answers <= MOST_IN_WEEKS else None)
