"""Reads counts back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, bindparam, func, select

from storage.sql.changes import changes
from storage.sql.counting import (
    FUNNEL,
    HISTOGRAM,
    SCORES,
    SIDE_FUNNEL,
    SIDE_HISTOGRAM,
    STEPS,
    Cube,
)
from storage.sql.numbers import TAG_COLUMNS, TAGS, tags_of
from storage.sql.reading import answer_rows, clusters, scan
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.counting import AnswerRow, DimensionRow, SideRow
from surveys.model import CountRule, DayScores, FunnelCount, ScoreCount, Side
from surveys.reports import AnswerRow as RawAnswer
from surveys.reports import Changed, Cluster, Place

T = TypeVar("T")
_dimension = table_of(DimensionRow)
_answer = table_of(AnswerRow)
_side = table_of(SideRow)
_WIDTH = len(TAGS)


def _of(cube: Cube) -> list[ColumnElement[bool]]:
    """Return the conditions of a query: all that names a row before its tags, and the days."""
    row = cube.table.c
    found = [row.day >= bindparam("since"), row.day <= bindparam("until")]
    found += [row[name] == bindparam(name) for name in ("rule", "period") if name in row]
    if "side_id" in row:
        names = (_side.c[name] == bindparam(name) for name in ("attribute", "value"))
        found.append(row.side_id == select(_side.c.id).where(*names).scalar_subquery())
    return found


def _summing(cube: Cube) -> Statement:
    row = cube.table.c
    sums = select(row.dimension_id, *(func.sum(row[name]).label(name) for name in cube.columns))
    total = sums.where(*_of(cube)).group_by(row.dimension_id).subquery()
    return Statement(
        select(*TAG_COLUMNS, *(total.c[name] for name in cube.columns)).where(
            total.c.dimension_id == _dimension.c.id
        )
    )


def _by_day(cube: Cube) -> Statement:
    row = cube.table.c
    columns = (row[name] for name in cube.columns)
    return Statement(
        select(row.day, *TAG_COLUMNS, *columns).where(
            *_of(cube), row.dimension_id == _dimension.c.id
        )
    )


_SUM_SCORES, _SUM_SIDE_SCORES = _summing(HISTOGRAM), _summing(SIDE_HISTOGRAM)
_SUM_STEPS, _SUM_SIDE_STEPS = _summing(FUNNEL), _summing(SIDE_FUNNEL)
_DAYS, _SIDE_DAYS = _by_day(HISTOGRAM), _by_day(SIDE_HISTOGRAM)
_VALUES = Statement(select(_side.c.value).where(_side.c.attribute == bindparam("attribute")))
_RECOUNT = Statement(
    select(*TAG_COLUMNS, _answer.c.score, func.count())
    .where(
        _answer.c.dimension_id == _dimension.c.id,
        _answer.c.score.is_not(None),
        _answer.c.day >= bindparam("since"),
        _answer.c.day <= bindparam("until"),
    )
    .group_by(*TAG_COLUMNS, _answer.c.score)
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
        wanted = {"rule": rule, "since": since, "until": until, "period": period}
        return _score_counts(self._read(_SUM_SCORES, _SUM_SIDE_SCORES, side, wanted))

    def daily(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[DayScores, ...]:
        """Return the histograms of each day."""
        wanted = {"rule": rule, "since": since, "until": until, "period": period}
        rows = self._read(_DAYS, _SIDE_DAYS, side, wanted)
        return tuple(
            DayScores(day=day, dimensions=tags_of(tags), counts=tuple(counts))  # type: ignore[arg-type]  # eleven columns
            for (day, *tags), counts in _counted(rows, _WIDTH + 1)
        )

    def funnel(self, since: date, until: date, side: Side | None = None) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""
        rows = self._read(_SUM_STEPS, _SUM_SIDE_STEPS, side, {"since": since, "until": until})
        return tuple(
            FunnelCount(dimensions=tags_of(tags), **dict(zip(STEPS, counts, strict=True)))
            for tags, counts in _counted(rows)
        )

    def side_values(self, attribute: str) -> tuple[str, ...]:
        """Return the attribute's values."""
        return tuple(sorted(row[0] for row in self._db.rows(_VALUES, attribute=attribute)))

    def recount(self, since: date, until: date) -> tuple[ScoreCount, ...]:
        """Return the histograms counted anew."""
        return _score_counts(_by_score(self._db.rows(_RECOUNT, since=since, until=until)))

    def scan(
        self, rule: CountRule, since: date, until: date, sides: Sequence[Side]
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms, read from the answers."""
        return _score_counts(_by_score(scan(self._db, rule, since, until, sides)))

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

    def _read(
        self, base: Statement, of_side: Statement, side: Side | None, wanted: Mapping[str, Any]
    ) -> list[Sequence[Any]]:
        if side is None:
            return self._db.rows(base, **wanted)
        return self._db.rows(of_side, **wanted, attribute=side.attribute, value=side.value)


def _score_counts(rows: Sequence[Sequence[Any]]) -> tuple[ScoreCount, ...]:
    return tuple(
        ScoreCount(dimensions=tags_of(tags), counts=tuple(counts))  # type: ignore[arg-type]  # eleven columns
        for tags, counts in _counted(rows)
    )


def _by_score(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Spread rows of tags, score and count over one column per score."""
    spread: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        counts = spread.setdefault(tuple(row[:_WIDTH]), [0] * len(SCORES))
        counts[row[_WIDTH]] += int(row[_WIDTH + 1])
    return [(*tags, *counts) for tags, counts in spread.items()]


def _counted(
    rows: Sequence[Sequence[Any]], width: int = _WIDTH
) -> list[tuple[tuple[Any, ...], list[int]]]:
    """Split what names a row from its counts, sort by it, leave out what counts nothing."""
    split = [(tuple(row[:width]), [int(count) for count in row[width:]]) for row in rows]
    return sorted(pair for pair in split if any(pair[1]))
