"""Reads counts back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, select

from storage.sql.changes import changes
from storage.sql.numbers import all_tags, read_tags
from storage.sql.reading import answer_rows, clusters, given, repeated, scan
from storage.sql.session import Session
from storage.sql.shapes import fields_of, table_of
from storage.sql.statements import Statement
from storage.sql.sums import (
    ANSWERS_BY_SIDE,
    ANSWERS_IN_MONTHS,
    DAYS_OF_ALL,
    DAYS_OF_SIDE,
    SCORES_OF_ALL,
    SCORES_OF_SIDE,
    SPREAD_OF_ANSWERS,
    SPREAD_OF_STEPS,
    STEPS_BY_SIDE,
    STEPS_IN_MONTHS,
    STEPS_OF_ALL,
    STEPS_OF_SIDE,
    spans,
    weeks,
)
from storage.tables.counting import AnswerRow, SideRow
from storage.tables.cubes import SCORES, STEPS
from surveys.model import CountRule, DayScores, Dimensions, FunnelCount, ScoreCount, Side
from surveys.reports import AnswerRow as RawAnswer
from surveys.reports import (
    Apart,
    Changed,
    Cluster,
    Given,
    Months,
    Place,
    Repeated,
    Spread,
    WeekScores,
)
from surveys.timing import days_of_period

T = TypeVar("T")
_answer = table_of(AnswerRow)
_side = table_of(SideRow)

_VALUES = Statement(
    select(_side.c.id, _side.c.value).where(_side.c.attribute == bindparam("attribute"))
)
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
            days = spans(since, until)
            rows = self._db.rows(SCORES_OF_ALL, rule=rule, period=period, **days)
        else:
            days = spans(*_within(rule, period, since, until))
            rows = self._db.rows(SCORES_OF_SIDE[rule], **_named(side), **days)
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
            rows = self._db.rows(DAYS_OF_ALL, rule=rule, period=period, since=since, until=until)
        else:
            first, last = _within(rule, period, since, until)
            rows = self._db.rows(DAYS_OF_SIDE[rule], **_named(side), since=first, until=last)
        found = [
            (row[1], tags, counts)
            for row, (tags, counts) in zip(rows, self._counted(rows, 2), strict=True)
            if any(counts)
        ]
        return tuple(
            DayScores(day=day, dimensions=tags, counts=counts)  # type: ignore[arg-type]  # eleven columns
            for day, tags, counts in sorted(found, key=lambda each: (each[0], read_tags(each[1])))
        )

    def weekly(self, rule: CountRule, since: date, until: date) -> tuple[WeekScores, ...]:
        """Return the histograms of each week."""
        found: defaultdict[int, dict[date, tuple[int, ...]]] = defaultdict(dict)
        for some in weeks(since, until):
            days = {"since": some.since, "until": some.until, **some.binds}
            for number, week, *counts in self._db.rows(some.sums, rule=rule, period="", **days):
                if any(counts):
                    found[number][some.mondays[week]] = tuple(counts)
        tags = all_tags(self._db, found)
        told = (WeekScores(tags[number], each) for number, each in found.items())
        return tuple(sorted(told, key=_by_its_tags))

    def funnel(self, since: date, until: date, side: Side | None = None) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""
        days = spans(since, until)
        if side is None:
            rows = self._db.rows(STEPS_OF_ALL, **days)
        else:
            rows = self._db.rows(STEPS_OF_SIDE, **_named(side), **days)
        return tuple(
            FunnelCount(dimensions=tags, **dict(zip(STEPS, counts, strict=True)))
            for tags, counts in self._in_order(rows)
        )

    def side_values(self, attribute: str) -> tuple[str, ...]:
        """Return the attribute's values."""
        return tuple(sorted(self._values(attribute).values()))

    def answers_apart(
        self, attribute: str, rule: CountRule, since: date, until: date, period: str = ""
    ) -> tuple[Apart, ...]:
        """Return how many answers each of the attribute's values has."""
        days = spans(*_within(rule, period, since, until))
        return self._apart(attribute, ANSWERS_BY_SIDE[rule], days)

    def steps_apart(self, attribute: str, since: date, until: date) -> tuple[Apart, ...]:
        """Return how many invitations of each of the attribute's values came how far."""
        return self._apart(attribute, STEPS_BY_SIDE, spans(since, until))

    def _apart(
        self, attribute: str, sums: Statement, days: Mapping[str, date]
    ) -> tuple[Apart, ...]:
        values = self._values(attribute)
        found: defaultdict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
        for number, side, *amounts in self._db.rows(sums, attribute=attribute, **days):
            if any(amounts):
                found[number][values[side]] = tuple(amounts)
        tags = all_tags(self._db, found)
        told = (Apart(tags[number], each) for number, each in found.items())
        return tuple(sorted(told, key=_by_its_tags))

    def answers_spread(
        self, attribute: str | None, rule: CountRule, months: Months
    ) -> tuple[Spread, ...]:
        """Return what months tell of the answers."""
        if attribute is None:
            return self._spread(ANSWERS_IN_MONTHS, months, rule=rule, period="")
        return self._spread(SPREAD_OF_ANSWERS[rule], months, attribute=attribute)

    def steps_spread(self, attribute: str | None, months: Months) -> tuple[Spread, ...]:
        """Return what months tell of the invitations."""
        if attribute is None:
            return self._spread(STEPS_IN_MONTHS, months)
        return self._spread(SPREAD_OF_STEPS, months, attribute=attribute)

    def _spread(self, sums: Statement, months: Months, **named: str) -> tuple[Spread, ...]:
        binds = {name: getattr(months, name) for name in fields_of(Months)}
        rows = self._db.rows(sums, **named, **binds)
        tags = all_tags(self._db, {row[0] for row in rows})
        told = (
            Spread(tags[number], tuple(found[0::3]), tuple(found[1::3]), tuple(found[2::3]))
            for number, *found in rows
            if any(found[1::3])
        )
        return tuple(sorted(told, key=_by_its_tags))

    def _values(self, attribute: str) -> dict[int, str]:
        rows = self._db.rows(_VALUES, attribute=attribute)
        return {int(number): value for number, value in rows}

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

    def given(self, since: date, until: date, sides: Sequence[Side] = ()) -> Given:
        """Return who gave which answers."""
        rows = given(self._db, since, until, sides)
        return Given.of(all_tags(self._db, {row[1] for row in rows}), rows)

    def repeated(self, since: date, until: date) -> tuple[Repeated, ...]:
        """Return who answered more than once in a week."""
        rows = repeated(self._db, since, until)
        tags = all_tags(self._db, {row[0] for row in rows})
        return tuple([Repeated(tags[number], *rest) for number, *rest in rows])

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


def _by_its_tags(each: Apart | Spread | WeekScores) -> tuple[str, ...]:
    found: tuple[str, ...] = read_tags(each.dimensions)
    return found


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
