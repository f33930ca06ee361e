"""Reads from storage what one table needs, and no more."""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import product
from zoneinfo import ZoneInfo

from surveys.errors import InvalidInput
from surveys.model import HANDLER, SEGMENT, CountRule, Side
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.reports import Cluster
from surveys.results.counted import Counted, Part, People, crowds_of, parts_of
from surveys.results.crowds import Crowds, Place
from surveys.results.hiding import axes_of
from surveys.results.naming import NOTHING_NAMED, Naming, naming
from surveys.results.others import beside_combinations, beside_values
from surveys.results.query import FILTERS, Query
from surveys.results.weeks import NO_WEEKS, Weeks, weeks_of
from surveys.results.windows import Window
from surveys.timing import day_of

MOST_SCANS = 60
MOST_READ = 20_000
"""Answers of which it is read who gave them, beside a table that was not asked for their days: a tenth of a second."""

SERIES = ("stage", "instrument", "scale", "polarity", "wording")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What was read for a table, and for the one it is compared with.

    Attributes:
        weeks: the twelve weeks up to today, or the last that ended in the window; none by side.
        themes: what customers named, of every answer of the window.
        programs: the program versions but the first, and the day (company zone) each first went live.
    """

    counted: Counted
    before: Counted | None = None
    weeks: Weeks = NO_WEEKS
    themes: Naming = NOTHING_NAMED
    programs: tuple[tuple[str, date], ...] = ()


class Source:
    """Reads the parts of tables, each once, however many tables of one transaction need it."""

    def __init__(self, tx: UnitOfWork, program: Program) -> None:
        self.tx = tx
        self.zone = ZoneInfo(program.company.zone)
        self.segments = tuple(segment.id for segment in program.segments)
        self.everybody = cache(partial(_everybody, tx))
        self.side = cache(partial(_side, tx))
        self.values = cache(tx.reports.side_values)
        self.crowds = cache(partial(_crowds, self))
        self.weeks = cache(partial(weeks_of, tx.reports))
        self.themes = cache(partial(_themes, tx))
        self.given = cache(tx.reports.given)
        self.clusters = cache(partial(_clusters, self))
        self.programs = cache(self._programs)

    def _programs(self) -> tuple[tuple[str, date], ...]:
        known = self.tx.programs.history()[1:]
        return tuple((each.version, day_of(each.at, self.zone)) for each in known)


def read(source: Source, query: Query, today: date) -> Material:
    """Read everything; raises InvalidInput for a side nobody was counted under, and TooMuch."""
    window, other = query.window(today), query.compared(today)
    return Material(
        counted=count(source, query, window),
        before=None if other is None else count(source, query, other),
        weeks=NO_WEEKS if query.sides else source.weeks(window.weeks_until(today)),
        themes=NOTHING_NAMED if query.sides else source.themes(window, _apart(query)),
        programs=source.programs(),
    )


def count(source: Source, query: Query, window: Window) -> Counted:
    """Count a window: by the sides that the query names, and everybody beside them."""
    sides = tuple(Side(attribute, value) for attribute, value in query.sides.items())
    for side in sides:
        check_side(source, side)
    return Counted(
        window=window,
        parts=source.side(window, sides) if sides else source.everybody(window),
        beside=source.crowds(window, tuple(query.sides)),
        people=_people(source, query, window) if _often(source, query, window) else None,
        asked=len(query.sides) <= 1,
        months=tuple(count(source, query, month) for month in window.months()),
    )


def _often(source: Source, query: Query, window: Window) -> bool:
    """Say whether who answered is read: wherever every answer counts, but of no great many for a mere comparison."""
    if window.rule is not CountRule.ALL:
        return False
    return query.days is not None or _few(source, window)


def _few(source: Source, window: Window) -> bool:
    return sum(each.n for each in source.everybody(window)) <= MOST_READ


def _everybody(tx: UnitOfWork, window: Window) -> tuple[Part, ...]:
    days = (window.since, window.until)
    return parts_of(tx.reports.scores(window.rule, *days, window.period), tx.reports.funnel(*days))


def _crowds(source: Source, window: Window, attributes: Place) -> Crowds:
    """Count everybody by the values of some attributes, and who has none; raises InvalidInput."""
    everybody = source.everybody(window)
    if not attributes:
        return crowds_of(everybody)
    if len(attributes) == 1:
        (attribute,) = attributes
        values = len(source.values(attribute))
        return beside_values(source.tx.reports, window, attribute, everybody, values)
    sides = (tuple(map(Side, attributes, each)) for each in _combined(source, attributes))
    told = [part for each in sides for part in source.side(window, each)]
    return beside_combinations(told, attributes, everybody)


def _combined(source: Source, attributes: Place) -> list[Place]:
    """Return every combination of several attributes' values: the answers are read for each."""
    combinations = list(product(*(source.values(attribute) for attribute in attributes)))
    if len(combinations) > MOST_SCANS:
        where = [attribute for attribute in attributes if attribute != HANDLER][-1]
        problem = "has too many values to be combined with another segment"
        raise InvalidInput(f"{SEGMENT}{where}", problem)
    return combinations


def check_side(source: Source, side: Side) -> None:
    """Raise InvalidInput for a side that nothing was counted under."""
    attribute, values = side.attribute, source.values(side.attribute)
    if side.value in values:
        return
    where = attribute if attribute == HANDLER else f"{SEGMENT}{attribute}"
    if attribute != HANDLER and not values and attribute not in source.segments:
        known = ", ".join(source.segments) or "none"
        problem = f"the program declares no segment {attribute!r}; it declares: {known}"
        raise InvalidInput(where, problem)
    known = ", ".join(repr(value) for value in values) or "none yet"
    raise InvalidInput(where, f"must be a value that was counted: {known}")


def _side(tx: UnitOfWork, window: Window, sides: tuple[Side, ...]) -> tuple[Part, ...]:
    """Count one side from its own cube; of several at once the answers alone, which must be read."""
    days, values = (window.since, window.until), tuple(side.value for side in sides)
    if len(sides) > 1:
        return parts_of(tx.reports.scan(window.rule, *days, sides), (), values)
    scores = tx.reports.scores(window.rule, *days, window.period, sides[0])
    return parts_of(scores, tx.reports.funnel(*days, sides[0]), values)


def _people(source: Source, query: Query, window: Window) -> People:
    axes = tuple(axis for axis in axes_of(query) if axis not in query.sides)
    point = ("touchpoint",) if query.by == "touchpoint" else ()
    where = tuple((name, v) for name in FILTERS if (v := getattr(query, name)) is not None)
    sides = tuple(Side(name, value) for name, value in query.sides.items())
    return People(
        cells=source.clusters(window, (*SERIES, *axes), (), ()),
        rows=source.clusters(window, (*SERIES, *point), where, sides),
    )


def _clusters(
    source: Source,
    window: Window,
    by: Place,
    where: tuple[tuple[str, str], ...],
    sides: tuple[Side, ...],
) -> tuple[Cluster, ...]:
    """Count customers, of few answers read once for all ways of counting them, of many where they lie."""
    days = (window.since, window.until)
    if _few(source, window):
        return source.given(*days, sides).clusters(by, dict(where))
    return source.tx.reports.clusters(*days, by, dict(where), sides)


def _apart(query: Query) -> bool:
    return query.channel is not None or query.language is not None


def _themes(tx: UnitOfWork, window: Window, apart: bool) -> Naming:
    """Read what customers named, of everybody; beside a side nothing is told, for the rest is not known."""
    return naming(tx.themes, window.since, window.until, apart=apart)
