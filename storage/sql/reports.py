"""Reads counts back."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, bindparam, func, select, union_all

from storage.sql.changes import changes
from storage.sql.counting import FUNNEL, HISTOGRAM, SIDE_FUNNEL, SIDE_HISTOGRAM, Cube
from storage.sql.numbers import all_tags, read_tags
from storage.sql.reading import answer_rows, clusters, scan
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.counting import AnswerRow, DimensionRow, SideRow
from storage.tables.cubes import SCORES, STEPS
from surveys.model import CountRule, DayScores, Dimensions, FunnelCount, ScoreCount, Side
from surveys.reports import AnswerRow as RawAnswer
from surveys.reports import Changed, Cluster, Place
from surveys.timing import days_of_period

T = TypeVar("T")
_dimension = table_of(DimensionRow)
_answer = table_of(AnswerRow)
_side = table_of(SideRow)
_DAY = timedelta(days=1)


def _of(table: Table, since: str, until: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a query: all that names a row before its tags, and the days."""
    row = table.c
    found = [row.day >= bindparam(since), row.day <= bindparam(until)]
    found += [row[name] == bindparam(name) for name in ("rule", "period") if name in row]
    if "side_id" in row:
        names = (_side.c[name] == bindparam(name) for name in ("attribute", "value"))
        found.append(row.side_id == select(_side.c.id).where(*names).scalar_subquery())
    return found


def _counted_in(table: Table, columns: Mapping[str, str]) -> list[ColumnElement[Any]]:
    return [table.c[column].label(name) for name, column in columns.items()]


def _summing(cube: Cube, columns: Mapping[str, str]) -> Statement:
    """Return the sums of a window: of its whole months by month, of the days before and after by day."""
    assert cube.months is not None  # noqa: S101 every cube that is summed has its months
    days, months = cube.table, cube.months.table
    parts = [(days, "head"), (months, "months"), (days, "tail")]
    found = union_all(
        *(
            select(table.c.dimension_id, *_counted_in(table, columns)).where(
                *_of(table, f"{part}_since", f"{part}_until")
            )
            for table, part in parts
        )
    ).subquery("anon_found")
    sums = (func.sum(found.c[name]) for name in columns)
    return Statement(select(found.c.dimension_id, *sums).group_by(found.c.dimension_id))


def _by_day(cube: Cube, columns: Mapping[str, str]) -> Statement:
    row = cube.table
    return Statement(
        select(row.c.dimension_id, row.c.day, *_counted_in(row, columns)).where(
            *_of(row, "since", "until")
        )
    )


_PLAIN = dict(zip(SCORES, SCORES, strict=True))
_RULED = {rule: {name: f"{rule.value}_{name}" for name in SCORES} for rule in CountRule}
_WALKED = dict(zip(STEPS, STEPS, strict=True))
_SUM_SCORES, _DAYS = _summing(HISTOGRAM, _PLAIN), _by_day(HISTOGRAM, _PLAIN)
_SUM_SIDE_SCORES = {rule: _summing(SIDE_HISTOGRAM, names) for rule, names in _RULED.items()}
_SIDE_DAYS = {rule: _by_day(SIDE_HISTOGRAM, names) for rule, names in _RULED.items()}
_SUM_STEPS, _SUM_SIDE_STEPS = _summing(FUNNEL, _WALKED), _summing(SIDE_FUNNEL, _WALKED)
_VALUES = Statement(select(_side.c.value).where(_side.c.attribute == bindparam("attribute")))
_RECOUNT = Statement(
    select(_answer.c.dimension_id, _answer.c.score, func.count())
    .where(
        _answer.c.score.is_not(None),
        _answer.c.day >= bindparam("since"),
        _answer.c.day <= bindparam("until"),
    )
    .group_by(_answer.c.dimension_id, _answer.c.score)
)


class SqlReports:
    """See surveys.reports.Reports."""

    def __init__(self, session: Session) -> None:
        self._db = session

    def scores(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms."""
        if side is None:
            spans = _spans(since, until)
            rows = self._db.rows(_SUM_SCORES, rule=rule, period=period, **spans)
        else:
            spans = _spans(*_within(rule, period, since, until))
            rows = self._db.rows(_SUM_SIDE_SCORES[rule], **_named(side), **spans)
        return self._score_counts(rows)

    def daily(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[DayScores, ...]:
        """Return the histograms of each day."""
        if side is None:
            rows = self._db.rows(_DAYS, rule=rule, period=period, since=since, until=until)
        else:
            first, last = _within(rule, period, since, until)
            rows = self._db.rows(_SIDE_DAYS[rule], **_named(side), since=first, until=last)
        found = [
            (row[1], tags, counts)
            for row, (tags, counts) in zip(rows, self._counted(rows, 2), strict=True)
            if any(counts)
        ]
        return tuple(
            DayScores(day=day, dimensions=tags, counts=counts)  # type: ignore[arg-type]  # eleven columns
            for day, tags, counts in sorted(found, key=lambda each: (each[0], read_tags(each[1])))
        )

    def funnel(self, since: date, until: date, side: Side | None = None) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""
        spans = _spans(since, until)
        if side is None:
            rows = self._db.rows(_SUM_STEPS, **spans)
        else:
            rows = self._db.rows(_SUM_SIDE_STEPS, **_named(side), **spans)
        return tuple(
            FunnelCount(dimensions=tags, **dict(zip(STEPS, counts, strict=True)))
            for tags, counts in self._in_order(rows)
        )

    def side_values(self, attribute: str) -> tuple[str, ...]:
        """Return the attribute's values."""
        return tuple(sorted(row[0] for row in self._db.rows(_VALUES, attribute=attribute)))

    def recount(self, since: date, until: date) -> tuple[ScoreCount, ...]:
        """Return the histograms counted anew."""
        return self._score_counts(_by_score(self._db.rows(_RECOUNT, since=since, until=until)))

    def scan(
        self, rule: CountRule, since: date, until: date, sides: Sequence[Side]
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms, read from the answers."""
        return self._score_counts(_by_score(scan(self._db, rule, since, until, sides)))

    def clusters(
        self,
        since: date,
        until: date,
        by: Sequence[str],
        where: Mapping[str, str],
        sides: Sequence[Side] = (),
    ) -> tuple[Cluster, ...]:
        """Return how many customers gave which answers."""
        return clusters(self._db, since, until, by, where, sides)

    def answer_rows(
        self, since: date, until: date, after: Place | None, limit: int
    ) -> tuple[RawAnswer, ...]:
        """Return one page of answers by time."""
        return answer_rows(self._db, since, until, after, limit)

    def changes(self, after: int, limit: int) -> tuple[Changed, ...]:
        """Return one page of answers by change."""
        return changes(self._db, after, limit)

    def _score_counts(self, rows: Sequence[Sequence[Any]]) -> tuple[ScoreCount, ...]:
        return tuple(
            ScoreCount(dimensions=tags, counts=counts)  # type: ignore[arg-type]  # eleven columns
            for tags, counts in self._in_order(rows)
        )

    def _in_order(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Dimensions, tuple[int, ...]]]:
        """Return tags and counts, sorted by the tags, without what counts nothing."""
        found = (each for each in self._counted(rows, 1) if any(each[1]))
        return sorted(found, key=lambda each: read_tags(each[0]))

    def _counted(
        self, rows: Sequence[Sequence[Any]], width: int
    ) -> list[tuple[Dimensions, tuple[int, ...]]]:
        """Return the tags of the number at the beginning of each row, and the counts behind its first columns."""
        tags = all_tags(self._db, {row[0] for row in rows})
        return [(tags[row[0]], tuple(map(int, row[width:]))) for row in rows]


def _spans(since: date, until: date) -> dict[str, date]:
    """Return a window's whole months, by their first days, and the days before and after them; a part may be empty."""
    if since > until:
        return {**_span("head"), **_span("months"), **_span("tail")}
    first = since if since.day == 1 else _next_month(since)
    behind = (min(until, date.max - _DAY) + _DAY).replace(day=1)
    if first >= behind:
        return {**_span("head", since, until), **_span("months"), **_span("tail")}
    return {
        **_span("head", since, first - _DAY),
        **_span("months", first, behind - _DAY),
        **_span("tail", behind, until),
    }


def _span(part: str, since: date = date.max, until: date = date.min) -> dict[str, date]:
    return {f"{part}_since": since, f"{part}_until": until}


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _within(rule: CountRule, period: str, since: date, until: date) -> tuple[date, date]:
    """Return the days of a window that lie in the period of a rule; none where the rule has other periods."""
    if (rule in (CountRule.MONTH, CountRule.QUARTER)) != bool(period):
        return date.max, date.min
    if not period:
        return since, until
    first, last = days_of_period(period)
    return max(since, first), min(until, last)


def _named(side: Side) -> dict[str, str]:
    return {"attribute": side.attribute, "value": side.value}


def _by_score(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Spread rows of a number of tags, a score and a count over one column per score."""
    spread: dict[int, list[int]] = {}
    for number, score, count in rows:
        spread.setdefault(number, [0] * len(SCORES))[score] += int(count)
    return [(number, *counts) for number, counts in spread.items()]
