"""How each series of a stage went, by week and by month, and when the program changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from surveys.analyses.columns import Column, Frame, Spot
from surveys.analyses.cut import Cut, hidden_of, once
from surveys.analyses.markers import markers
from surveys.analyses.measuring import Measured, blanked, indicative, measured
from surveys.analyses.spots import series_of
from surveys.instruments import Instrument
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW, INDICATIVE_BELOW
from surveys.statistics.suppression import hide

WEEK: Final = 7

Start = Callable[[date], date]


def trend(
    frame: Frame, program: Program, stage: str, k: int = HIDDEN_BELOW, cut: Cut | None = None
) -> dict[str, Json]:
    """Return the content of a stage, of everybody or of the part that a cut is of."""
    by_series = [
        spots
        for spots in series_of(frame, stage).values()
        if cut is None or len(cut.mine(frame.at(spots)))
    ]
    return {
        "series": [line for spots in by_series for line in _lines(frame, spots, k, cut)],
        "markers": markers(frame.versions, program, stage, frame.since),
    }


def _lines(frame: Frame, spots: Sequence[Spot], k: int, cut: Cut | None) -> list[dict[str, Json]]:
    """Return a series of the whole stage, then of each of its touchpoints where it has several.

    A part has the lines and the periods that everybody has: a first week of its own would tell of whom it is.
    """
    days = frame.at(spots)["day"]
    weeks = _Calendar.of(frame, days, _monday)
    months = _Calendar.of(frame, days, _first_of_month)
    lines = [(None, spots), *((s.touchpoint, (s,)) for s in spots if len(spots) > 1)]
    told = [
        _shown(frame, [at for _, at in lines], calendar, k, cut) for calendar in (weeks, months)
    ]
    return [
        {
            "instrument": spots[0].instrument,
            "series": spots[0].series,
            "touchpoint": touchpoint,
            "only": spots[0].touchpoint if len(spots) == 1 else None,
            "weeks": told[0][place],
            "months": told[1][place],
        }
        for place, (touchpoint, _) in enumerate(lines)
    ]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """First days of periods, ascending, and the day behind the last."""

    starts: tuple[date, ...]
    end: date

    @classmethod
    def of(cls, frame: Frame, days: Column, start_of: Start) -> "_Calendar":
        """Return every whole period from the first with an answer to the one that is running."""
        start = start_of(max(frame.since, date.fromordinal(int(days.min()))))
        starts = []
        while start <= frame.until:
            if start >= frame.since:
                starts.append(start)
            start = _next(start, start_of)
        return cls(tuple(starts), frame.until + timedelta(days=1))

    def measured(self, kind: Instrument, rows: Column) -> list[Measured]:
        """Score the rows of each period."""
        return [measured(kind, each) for each in self._apart(rows)]

    def customers(self, rows: Column) -> list[int]:
        """Count the customers of each period."""
        return [len(np.unique(each["subject"])) for each in self._apart(rows)]

    def placed(self, rows: Column) -> tuple[Column, Column]:
        """Return the rows of these periods, and the place of each one's."""
        firsts = [day.toordinal() for day in self.starts]
        places: Column = np.searchsorted(firsts, rows["day"], side="right") - 1
        return rows[places >= 0], places[places >= 0]

    def _apart(self, rows: Column) -> list[Column]:
        rows = rows[np.argsort(rows["day"], kind="stable")]
        edges = np.searchsorted(rows["day"], [day.toordinal() for day in (*self.starts, self.end)])
        return [rows[low:high] for low, high in pairwise(edges)]

    def lasts(self) -> list[date]:
        """Return the last day of each period."""
        return [after - timedelta(days=1) for after in (*self.starts, self.end)[1:]]


def _next(start: date, start_of: Start) -> date:
    """Return the first day of the period after the one that begins here."""
    beyond = start + timedelta(days=WEEK)
    while start_of(beyond) == start:
        beyond += timedelta(days=WEEK)
    return start_of(beyond)


def _shown(
    frame: Frame, lines: Sequence[Sequence[Spot]], calendar: _Calendar, k: int, cut: Cut | None
) -> list[list[dict[str, Json]]]:
    """Return the points of each line; the first line is all of the others together."""
    rows = [frame.at(at) for at in lines]
    kind = lines[0][0].kind
    points = [calendar.measured(kind, each if cut is None else cut.mine(each)) for each in rows]
    hidden = _hidden(calendar, rows[0], [frame.spots.index(at[0]) for at in lines[1:]], k)
    if cut is not None:
        hidden = _hidden_beside(cut, calendar, rows[0], hidden, k)
    return [_points(calendar, line, gone) for line, gone in zip(points, hidden, strict=True)]


def _hidden(calendar: _Calendar, rows: Column, spots: Sequence[int], k: int) -> list[set[int]]:
    """Return the hidden places of a series and of each of its spots, so that the whole does not give these away.

    Who answered at several touchpoints in a week weighs at one: hidden together they are as many as they weigh.
    """
    counts = calendar.customers(rows)
    if not spots:
        return [set(hide(counts, k))]
    rows, columns = calendar.placed(rows)
    order = np.argsort(spots)
    parts = order[np.searchsorted(spots, rows["spot"], sorter=order)]
    weighed = once(parts, columns, rows["subject"], (len(spots), len(counts)))
    found = hidden_of(weighed, k)
    gone = [{place for row, place in found.cells if row == part} for part in range(len(spots))]
    small = {place for place, count in enumerate(counts) if 0 < count < k}
    return [set(found.columns) | small, *gone]


def _hidden_beside(
    cut: Cut, calendar: _Calendar, rows: Column, hidden: Sequence[set[int]], k: int
) -> list[set[int]]:
    """Return the hidden places of each line of a part, from those of everybody's and all rows of the series."""
    rows, columns = calendar.placed(rows)
    width, gone = len(calendar.starts), set().union(*hidden)
    every = gone if cut.is_of_place else hidden[0]
    whole = every | cut.hidden(rows, columns, width, k)
    if not hidden[1:]:
        return [whole]
    inside = whole | cut.mixed(rows, columns, width, k, spots=rows["spot"], gone=gone)
    return [whole, *(inside for _ in hidden[1:])]


def _points(
    calendar: _Calendar, points: Sequence[Measured], hidden: set[int]
) -> list[dict[str, Json]]:
    smooth = _smoothed(points, hidden)
    ends = zip(calendar.starts, calendar.lasts(), points, strict=True)
    return [
        blanked(
            {
                "start": start.isoformat(),
                "until": last.isoformat(),
                "customers": point.customers,
                "n": point.n,
                "score": point.to_json(),
                "smooth": smooth[place],
                "indicative": indicative(point.customers),
            },
            hidden=place in hidden,
            keep=("start", "until"),
        )
        for place, (start, last, point) in enumerate(ends)
    ]


def _smoothed(points: Sequence[Measured], hidden: set[int]) -> list[float | None]:
    """Return the mean of each point and its neighbours by n; None wherever one of the three is thin."""
    return [_mean(points, place, hidden) for place in range(len(points))]


def _mean(points: Sequence[Measured], place: int, hidden: set[int]) -> float | None:
    near = range(place - 1, place + 2)
    if near[0] < 0 or near[-1] >= len(points) or hidden & set(near):
        return None
    three = [points[each] for each in near]
    if min(point.n for point in three) < INDICATIVE_BELOW:
        return None
    return sum((point.value or 0.0) * point.n for point in three) / sum(p.n for p in three)
