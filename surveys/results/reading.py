"""Reads from storage what one table needs, and no more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from surveys.errors import InvalidInput
from surveys.model import HANDLER, CountRule, Side
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results.counted import REST, Counted, Part, People, parts_of, rest_of
from surveys.results.hiding import axes_of
from surveys.results.query import FILTERS, Query
from surveys.results.windows import Window
from surveys.themes.tags import ThemeCount
from surveys.timing import day_of

WEEKS = 12
MOST_SCANS = 60
SERIES = ("stage", "instrument", "scale", "polarity", "wording")

_WEEK, _ONE_DAY = timedelta(days=7), timedelta(days=1)
Weekly = tuple[tuple[Part, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What was read for a table, and for the one it is compared with.

    Attributes:
        weeks: every answer of the twelve weeks up to the window's end, by the week's Monday; none by side.
        themes: what customers named, of every answer of the window.
        programs: the program versions and the day (company zone) each first went live, oldest first.
    """

    counted: Counted
    before: Counted | None = None
    weeks: Weekly = ()
    themes: tuple[ThemeCount, ...] = ()
    programs: tuple[tuple[str, date], ...] = ()


def read(tx: UnitOfWork, program: Program, query: Query, today: date) -> Material:
    """Read everything; raises InvalidInput for a side nobody was counted under, and TooMuch."""
    window, other = query.window(today), query.compared(today)
    return Material(
        counted=count(tx, query, window),
        before=None if other is None else count(tx, query, other),
        weeks=_weeks(tx, query, min(window.until, today)),
        themes=_themes(tx, query, window),
        programs=tuple(_programs(tx, ZoneInfo(program.company.zone))),
    )


def count(tx: UnitOfWork, query: Query, window: Window) -> Counted:
    """Count a window: everybody's, and by the sides that the query names also everybody else's."""
    days = (window.since, window.until)
    everybody = parts_of(
        tx.reports.scores(window.rule, *days, window.period), tx.reports.funnel(*days)
    )
    return Counted(
        window=window,
        parts=tuple(_by_side(tx, query, window, everybody)),
        attributes=tuple(query.sides),
        people=_people(tx, query, window) if window.rule is CountRule.ALL else None,
        asked=len(query.sides) <= 1,
    )


def mondays(until: date) -> tuple[date, ...]:
    """Return the Mondays of the twelve weeks up to a day's, oldest first."""
    last = until - timedelta(days=until.weekday())
    return tuple(last - _WEEK * back for back in reversed(range(WEEKS)))


def _by_side(
    tx: UnitOfWork, query: Query, window: Window, everybody: tuple[Part, ...]
) -> Iterable[Part]:
    if not query.sides:
        return everybody
    values = [_values(tx, attribute, value) for attribute, value in query.sides.items()]
    combinations = list(product(*values))
    if len(values) > 1 and len(combinations) > MOST_SCANS:
        where = list(query.filters)[-1]
        raise InvalidInput(where, "has too many values to be combined with another segment")
    told = [part for sides in combinations for part in _side(tx, query, window, sides)]
    return (*told, *rest_of(everybody, told, (REST,) * len(values)))


def _values(tx: UnitOfWork, attribute: str, wanted: str) -> tuple[str, ...]:
    values = tx.reports.side_values(attribute)
    if wanted not in values:
        where = attribute if attribute == HANDLER else f"segment.{attribute}"
        known = ", ".join(repr(value) for value in values) or "none yet"
        raise InvalidInput(where, f"must be a value that was counted: {known}")
    return values


def _side(
    tx: UnitOfWork, query: Query, window: Window, values: tuple[str, ...]
) -> tuple[Part, ...]:
    """Count one side from its own cube; of several at once the answers alone, which must be read."""
    days = (window.since, window.until)
    sides = tuple(map(Side, query.sides, values))
    if len(sides) > 1:
        return parts_of(tx.reports.scan(window.rule, *days, sides), (), values)
    scores = tx.reports.scores(window.rule, *days, window.period, sides[0])
    return parts_of(scores, tx.reports.funnel(*days, sides[0]), values)


def _people(tx: UnitOfWork, query: Query, window: Window) -> People:
    axes = tuple(axis for axis in axes_of(query) if axis not in query.sides)
    point = ("touchpoint",) if query.by == "touchpoint" else ()
    where = {name: value for name in FILTERS if (value := getattr(query, name)) is not None}
    sides = tuple(Side(name, value) for name, value in query.sides.items())
    days = (window.since, window.until)
    return People(
        cells=tx.reports.clusters(*days, (*SERIES, *axes), {}, ()),
        rows=tx.reports.clusters(*days, (*SERIES, *point), where, sides),
    )


def _weeks(tx: UnitOfWork, query: Query, until: date) -> Weekly:
    """Sum each week where it is stored: a tenth of the work of adding up days here."""
    if query.sides:
        return ()
    weeks = ((monday, min(until, monday + _WEEK - _ONE_DAY)) for monday in mondays(until))
    return tuple(
        (Part(count.dimensions, (), count.counts), monday.isoformat())
        for monday, last in weeks
        for count in tx.reports.scores(CountRule.ALL, monday, last)
    )


def _programs(tx: UnitOfWork, zone: ZoneInfo) -> Iterator[tuple[str, date]]:
    return ((known.version, day_of(known.at, zone)) for known in tx.programs.history())


def _themes(tx: UnitOfWork, query: Query, window: Window) -> tuple[ThemeCount, ...]:
    """Read what customers named, of everybody; beside a side nothing is told, for the rest is not known."""
    days = (window.since, window.until)
    if query.sides:
        return ()
    apart = query.channel is not None or query.language is not None
    return tx.themes.counts_apart(*days) if apart else tx.themes.counts(*days)
