"""Statements that sum counts over a window, from whole months and the days that these have too many or too few."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, reduce
from operator import add
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.sql.counting import FUNNEL, HISTOGRAM, SIDE_FUNNEL, SIDE_HISTOGRAM, Cube
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.counting import SideRow
from storage.tables.cubes import SCORES, STEPS
from surveys.model import CountRule

Named = Mapping[str, ColumnElement[Any]]
_DAY: Final = timedelta(days=1)
_NO_DAYS: Final = (date.max, date.min)
_WEEK: Final = timedelta(days=7)
_AT_ONCE: Final = 64
"""How many weeks one statement tells apart."""
_NONE, _ONE = literal_column("0", Integer), literal_column("1", Integer)
_side = table_of(SideRow)


# --- the days ---------------------------------------------------------------------------------------


def spans(since: date, until: date) -> dict[str, date]:
    """Return the binds of a window's sums: its months, by their first days, and what days correct them.

    A month that lies in the window in part is read by its days, or whole and less its other days: at most fifteen days
    are read at either end. Any part may be empty.
    """
    if since > until:
        return _binds({})
    first, begins = _border(since)
    behind, ends = _border(min(until, date.max - _DAY) + _DAY)
    if first >= behind:
        return _binds({"added_first": (since, until)})
    return _binds(
        {
            "months": (first, behind - _DAY),
            "added_first" if begins.early else "taken_first": begins.days,
            "taken_last" if ends.early else "added_last": ends.days,
        }
    )


@dataclass(frozen=True, slots=True)
class _Odd:
    """Days between a day and the border of a month nearest to it, which is ahead of the day where ``early``."""

    early: bool
    days: tuple[date, date]


def _border(day: date) -> tuple[date, _Odd]:
    """Return the first of a month that is nearest to a day, and the days between."""
    before = day.replace(day=1)
    after = (before + 31 * _DAY).replace(day=1) if before < _LAST_MONTH else day
    if day - before <= after - day:
        return before, _Odd(early=False, days=(before, day - _DAY))
    return after, _Odd(early=True, days=(day, after - _DAY))


_LAST_MONTH: Final = date.max.replace(day=1)
_PARTS: Final = ("months", "added_first", "added_last", "taken_first", "taken_last")


def _binds(parts: Mapping[str, tuple[date, date]]) -> dict[str, date]:
    found = {}
    for part in _PARTS:
        found[f"{part}_since"], found[f"{part}_until"] = parts.get(part, _NO_DAYS)
    return found


class _Among(FunctionElement[bool]):
    """Says whether a number is among those that a select finds.

    PostgreSQL finds these first and then the rows of each by the index: of ``IN`` it thinks that they are half of all
    rows, and reads them all.
    """

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        """Return itself: compared with 1, as SQLite's truths are, it would use no index."""
        return self


@compiles(_Among)
def _in_select(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    number, found = element.clauses
    return compiler.process(number.in_(found), **more)


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    number, found = (compiler.process(each, **more) for each in element.clauses)
    return f"{number} = ANY (ARRAY{found})"


# --- the statements ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sums:
    """Named sums of a cube's counts; with ``each_value`` apart by the values of an attribute, else of one of them."""

    cube: Cube
    counts: Callable[[Table], Named]
    each_value: bool = False

    @property
    def apart(self) -> tuple[str, ...]:
        """The columns that sums are apart by."""
        return ("dimension_id", "side_id") if self.each_value else ("dimension_id",)

    def rows(self, table: Table, part: str, *, taken: bool = False) -> Select[Any]:
        """Return the rows of a part of the window, negative where they are taken away."""
        counts = self.counts(table).items()
        return select(
            *(table.c[name] for name in self.apart),
            *((-count if taken else count).label(name) for name, count in counts),
        ).where(*self.of(table, f"{part}_since", f"{part}_until"))

    def of(self, table: Table, since: str, until: str) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions: all that names a row before its tags, and the days."""
        row = table.c
        yield row.day >= bindparam(since)
        yield row.day <= bindparam(until)
        yield from (row[name] == bindparam(name) for name in ("rule", "period") if name in row)
        if "side_id" in row:
            names = ("attribute",) if self.each_value else ("attribute", "value")
            named = (_side.c[name] == bindparam(name) for name in names)
            yield _Among(row.side_id, select(_side.c.id).where(*named).scalar_subquery())


def _summing(sums: _Sums) -> Statement:
    assert sums.cube.months is not None  # noqa: S101 every cube that is summed has its months
    days, months = sums.cube.table, sums.cube.months.table
    found = union_all(
        *(
            sums.rows(months if part == "months" else days, part, taken=part.startswith("taken"))
            for part in _PARTS
        )
    ).subquery("anon_found")
    apart = [found.c[name] for name in sums.apart]
    totals = (func.sum(column) for name, column in found.c.items() if name not in sums.apart)
    return Statement(select(*apart, *totals).group_by(*apart))


def _by_day(sums: _Sums) -> Statement:
    table = sums.cube.table
    counts = (count.label(name) for name, count in sums.counts(table).items())
    days = select(table.c.dimension_id, table.c.day, *counts)
    return Statement(days.where(*sums.of(table, "since", "until")))


def _plain(names: tuple[str, ...]) -> Callable[[Table], Named]:
    return lambda table: {name: table.c[name] for name in names}


def _ruled(rule: CountRule) -> Callable[[Table], Named]:
    return lambda table: {name: table.c[f"{rule.value}_{name}"] for name in SCORES}


def _answers(scores: Callable[[Table], Named]) -> Callable[[Table], Named]:
    return lambda table: {"answers": reduce(add, scores(table).values())}


SCORES_OF_ALL: Final = _summing(_Sums(HISTOGRAM, _plain(SCORES)))
DAYS_OF_ALL: Final = _by_day(_Sums(HISTOGRAM, _plain(SCORES)))
STEPS_OF_ALL: Final = _summing(_Sums(FUNNEL, _plain(STEPS)))
SCORES_OF_SIDE: Final = {rule: _summing(_Sums(SIDE_HISTOGRAM, _ruled(rule))) for rule in CountRule}
DAYS_OF_SIDE: Final = {rule: _by_day(_Sums(SIDE_HISTOGRAM, _ruled(rule))) for rule in CountRule}
STEPS_OF_SIDE: Final = _summing(_Sums(SIDE_FUNNEL, _plain(STEPS)))
ANSWERS_BY_SIDE: Final = {
    rule: _summing(_Sums(SIDE_HISTOGRAM, _answers(_ruled(rule)), each_value=True))
    for rule in CountRule
}
STEPS_BY_SIDE: Final = _summing(_Sums(SIDE_FUNNEL, _plain(STEPS), each_value=True))


# --- months alone -----------------------------------------------------------------------------------


def _spreading(sums: _Sums) -> Statement:
    """Return, of each count: its sum in one month and in all, and of how many values it is doubtful."""
    assert sums.cube.months is not None  # noqa: S101 every cube that is summed has its months
    table = sums.cube.months.table
    in_one = table.c.day == bindparam("one")
    counts = sums.counts(table)
    apart = [table.c[name] for name in sums.apart]
    values = (
        select(
            *apart,
            *(
                func.sum(amount).label(f"{name}_{amount_of}")
                for name, count in counts.items()
                for amount_of, amount in (
                    ("least", case((in_one, count), else_=_NONE)),
                    ("most", count),
                )
            ),
        )
        .where(*sums.of(table, "since", "until"))
        .group_by(*apart)
        .subquery("anon_value")
    )
    told = [column for name in counts for column in _spread_of(values.c, name)]
    return Statement(select(values.c.dimension_id, *told).group_by(values.c.dimension_id))


def _spread_of(row: Any, name: str) -> Iterator[ColumnElement[Any]]:
    least, most = row[f"{name}_least"], row[f"{name}_most"]
    yield _whole_sum(least)
    yield _whole_sum(most)
    yield _whole_sum(case((and_(least < bindparam("enough"), most > _NONE), _ONE), else_=_NONE))


def _whole_sum(count: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum of sums: PostgreSQL makes these numeric, which the driver reads slowly."""
    return cast(func.sum(count), BigInteger)


SPREAD_OF_ANSWERS: Final = {
    rule: _spreading(_Sums(SIDE_HISTOGRAM, _answers(_ruled(rule)), each_value=True))
    for rule in CountRule
}
SPREAD_OF_STEPS: Final = _spreading(_Sums(SIDE_FUNNEL, _plain(STEPS), each_value=True))
ANSWERS_IN_MONTHS: Final = _spreading(_Sums(HISTOGRAM, _answers(_plain(SCORES))))
STEPS_IN_MONTHS: Final = _spreading(_Sums(FUNNEL, _plain(STEPS)))


# --- weeks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weeks:
    """Some weeks on end by their Mondays, and the days of them that are asked for."""

    mondays: Sequence[date]
    since: date
    until: date

    @property
    def binds(self) -> dict[str, date]:
        """Return the binds of ``week_of``."""
        return {f"behind_{number}": day + _WEEK for number, day in enumerate(self.mondays)}

    @property
    def sums(self) -> Statement:
        """Return the sum of everybody's histograms by week, of a rule, a period, and the days."""
        return _by_week(len(self.mondays))


def weeks(since: date, until: date) -> Iterator[Weeks]:
    """Yield the weeks that have any of these days, as many at once as one statement takes."""
    monday = since - since.weekday() * _DAY
    mondays = [monday + n * _WEEK for n in range((until - monday).days // 7 + 1)]
    for begin in range(0, len(mondays), _AT_ONCE):
        some = mondays[begin : begin + _AT_ONCE]
        yield Weeks(some, max(some[0], since), min(some[-1] + _WEEK - _DAY, until))


def week_of(day: ColumnElement[Any], count: int) -> ColumnElement[Any]:
    """Return which of so many weeks a day lies in: the place of its Monday."""
    return case(*((day < bindparam(f"behind_{n}"), literal_column(str(n))) for n in range(count)))


@cache
def _by_week(count: int) -> Statement:
    row = HISTOGRAM.table.c
    week = week_of(row.day, count).label("week")
    days = select(row.dimension_id, week, *(row[score] for score in SCORES)).where(
        *(row[name] == bindparam(name) for name in ("rule", "period")),
        row.day >= bindparam("since"),
        row.day <= bindparam("until"),
    )
    found = days.subquery("anon_day").c
    apart = (found.dimension_id, found.week)
    sums = (func.sum(found[score]) for score in SCORES)
    return Statement(select(*apart, *sums).group_by(*apart))
