"""Reads single answers: a page at a time, or a window of them within a bound of time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
)

from storage.sql.answers import SEGMENTS
from storage.sql.numbers import TAG_COLUMNS, TAGS, tags_of
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.sql.sums import week_of, weeks
from storage.tables.columns import Sides
from storage.tables.counting import AnswerRow, DimensionRow, SegmentSetRow
from storage.tables.cubes import SCORES
from surveys.model import HANDLER, CountRule, Side
from surveys.reports import READING_SECONDS, Cluster, Place
from surveys.reports import AnswerRow as RawAnswer

_answer = table_of(AnswerRow)
_dimension = table_of(DimensionRow)
_set = table_of(SegmentSetRow)
_ROUND_THE_WORLD: Final = timedelta(days=2)
"""A day begins and ends within two days of its UTC namesake, wherever the company is or was."""

_KEY: Final = ("stage", "instrument", "scale", "polarity", "wording")


def _window() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the scores of some days, found over their times, which have the index."""
    return (
        _answer.c.answered_at >= bindparam("earliest"),
        _answer.c.answered_at < bindparam("latest"),
        _answer.c.day >= bindparam("since"),
        _answer.c.day <= bindparam("until"),
        _answer.c.score.is_not(None),
    )


def _days(since: date, until: date) -> dict[str, Any]:
    midnight = time(tzinfo=UTC)
    return {
        "since": since,
        "until": until,
        "earliest": datetime.combine(since, midnight) - _ROUND_THE_WORLD,
        "latest": datetime.combine(until, midnight) + _ROUND_THE_WORLD,
    }


# --- pages ------------------------------------------------------------------------------------------


def _beside(question: str, column: str) -> ColumnElement[Any]:
    """Return what was said to another question of the same invitation."""
    other = _answer.alias(question)
    said = select(other.c[column]).where(
        other.c.invitation_id == _answer.c.invitation_id,
        other.c.question == literal_column(f"'{question}'"),
    )
    return said.scalar_subquery()


_OWN = (
    "id",
    "subject_id",
    "invitation_id",
    "survey_version",
    "day",
    "answered_at",
    "version",
    "score",
    "choice",
    "handler",
    "given",
    "confidence",
)
ROW_COLUMNS: Final = [
    *(_answer.c[name] for name in _OWN),
    SEGMENTS,
    _beside("reason", "choice"),
    _beside("comment", "text"),
    *TAG_COLUMNS,
]
ITS_TAGS: Final = _answer.c.dimension_id == _dimension.c.id


def _page(*more: ColumnElement[bool]) -> Statement:
    core: Select[Any] = select(*ROW_COLUMNS).where(ITS_TAGS, *_window(), *more)
    in_order = core.order_by(_answer.c.answered_at, _answer.c.id)
    return Statement(in_order.limit(bindparam("limit")))


_FIRST_PAGE: Final = _page()
_NEXT_PAGE: Final = _page(
    tuple_(_answer.c.answered_at, _answer.c.id)
    > tuple_(bindparam("at", type_=_answer.c.answered_at.type), bindparam("id"))
)


def answer_rows(
    session: Session, since: date, until: date, after: Place | None, limit: int
) -> tuple[RawAnswer, ...]:
    """See surveys.reports.Reports.answer_rows."""
    wanted = {**_days(since, until), "limit": limit}
    if after is None:
        rows = session.rows(_FIRST_PAGE, **wanted)
    else:
        rows = session.rows(_NEXT_PAGE, **wanted, at=after[0], id=after[1])
    return tuple([row_of(row) for row in rows])


def row_of(row: Sequence[Any]) -> RawAnswer:
    """Return the answer that ROW_COLUMNS select."""
    own = len(_OWN)
    segments, reason, comment, *tags = row[own:]
    return RawAnswer(
        **dict(zip(_OWN, row[:own], strict=True)),
        dimensions=tags_of(tags),
        segments={side.attribute: side.value for side in segments or ()},
        reasons=(reason,) if reason else (),
        comment=comment,
    )


# --- bounded scans ----------------------------------------------------------------------------------


def scan(
    session: Session, rule: CountRule, since: date, until: date, sides: Sequence[Side]
) -> list[Sequence[Any]]:
    """Return rows of the tags' number, score and count; see surveys.reports.Reports.scan."""
    newest = rule is not CountRule.ALL
    statement = _scanning(newest, _attributes(sides), session.dialect_name)
    with session.bounded(READING_SECONDS):
        return session.rows(statement, **_days(since, until), **_values(sides))


@cache
def _scanning(newest: bool, attributes: tuple[str, ...], dialect: str) -> Statement:
    answers = select(_answer).where(*_window())
    if newest:
        series = (_dimension.c[name] for name in _KEY)
        age = (_answer.c.day.desc(), _answer.c.answered_at.desc(), _answer.c.id.desc())
        place = func.row_number().over(partition_by=(_answer.c.subject_id, *series), order_by=age)
        answers = answers.where(ITS_TAGS).add_columns(place.label("place"))
    found = answers.subquery("anon_found")
    chosen = [found.c.place == 1] if newest else []
    return Statement(
        select(found.c.dimension_id, found.c.score, func.count())
        .where(*chosen, *_having(found, attributes, dialect))
        .group_by(found.c.dimension_id, found.c.score)
    )


def clusters(
    session: Session,
    since: date,
    until: date,
    by: Sequence[str],
    where: Mapping[str, str],
    sides: Sequence[Side],
) -> tuple[Cluster, ...]:
    """See surveys.reports.Reports.clusters."""
    names = tuple(sorted(where))
    statement = _clustering(tuple(by), names, _attributes(sides), session.dialect_name)
    tags = {f"tag_{name}": where[name] for name in names}
    with session.bounded(READING_SECONDS):
        rows = session.rows(statement, **_days(since, until), **tags, **_values(sides))
    width = len(by)
    found = [
        Cluster(
            key=tuple(row[:width]),
            counts=tuple(int(count) for count in row[width:-1]),  # type: ignore[arg-type]  # eleven columns
            customers=int(row[-1]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda cluster: (cluster.key, cluster.counts)))


@cache
def _clustering(
    by: tuple[str, ...], where: tuple[str, ...], attributes: tuple[str, ...], dialect: str
) -> Statement:
    given = (func.sum(case((_answer.c.score == n, 1), else_=0)) for n in range(len(SCORES)))
    keys = [_dimension.c[_tag(name)] for name in by]
    customer = (
        select(*keys, *(n.label(name) for n, name in zip(given, SCORES, strict=True)))
        .where(
            ITS_TAGS,
            *_window(),
            *(_dimension.c[_tag(name)] == bindparam(f"tag_{name}") for name in where),
            *_having(_answer, attributes, dialect),
        )
        .group_by(_answer.c.subject_id, *keys)
        .subquery("anon_customer")
    )
    return Statement(select(*customer.c, func.count()).group_by(*customer.c))


def given(session: Session, since: date, until: date, sides: Sequence[Side]) -> list[Sequence[Any]]:
    """Return customer, number of the tags and score of each answer; see surveys.reports.Reports.given."""
    statement = _giving(_attributes(sides), session.dialect_name)
    with session.bounded(READING_SECONDS):
        return session.rows(statement, **_days(since, until), **_values(sides))


@cache
def _giving(attributes: tuple[str, ...], dialect: str) -> Statement:
    told = select(_answer.c.subject_id, _answer.c.dimension_id, _answer.c.score)
    return Statement(told.where(*_window(), *_having(_answer, attributes, dialect)))


def repeated(session: Session, since: date, until: date) -> list[Sequence[Any]]:
    """Return number of the tags, Monday, customer and answers; see surveys.reports.Reports.repeated."""
    with session.bounded(READING_SECONDS):
        return [
            (number, some.mondays[week], *rest)
            for some in weeks(since, until)
            for number, week, *rest in session.rows(
                _repeating(len(some.mondays)), **_days(some.since, some.until), **some.binds
            )
        ]


@cache
def _repeating(count: int) -> Statement:
    week = week_of(_answer.c.day, count).label("week")
    said = select(_answer.c.dimension_id, week, _answer.c.subject_id).where(*_window())
    row = said.subquery("anon_said").c
    who = (row.dimension_id, row.week, row.subject_id)
    times = func.count().over(partition_by=(row.subject_id, row.week))
    counted = select(*who, times.label("times")).subquery("anon_counted").c
    apart = (counted.dimension_id, counted.week, counted.subject_id)
    return Statement(select(*apart, func.count()).where(counted.times > 1).group_by(*apart))


def _tag(name: str) -> str:
    """Return the name, where it is one of a tag; raises KeyError."""
    if name not in TAGS:
        raise KeyError(name)
    return name


def _attributes(sides: Sequence[Side]) -> tuple[str, ...]:
    return tuple(side.attribute for side in sides)


def _values(sides: Sequence[Side]) -> dict[str, str]:
    """Return the binds of ``_having``: a handler's name, or a part of the canonical JSON of a set of segments."""
    return {
        f"side_{number}": side.value if side.attribute == HANDLER else _written(side)
        for number, side in enumerate(sides)
    }


def _written(side: Side) -> str:
    """Return a side as it stands in every set that has it, and in no other."""
    return Sides.written((side,))[1:-1]


def _having(answers: Any, attributes: Sequence[str], dialect: str) -> Iterable[ColumnElement[bool]]:
    """Yield the conditions that answers have all these sides."""
    place_in = func.instr if dialect == "sqlite" else func.strpos
    for number, attribute in enumerate(attributes):
        value: BindParameter[str] = bindparam(f"side_{number}")
        if attribute == HANDLER:
            yield answers.c.handler == value
            yield answers.c.segment_set_id.is_not(None)
        else:
            content: ColumnElement[str] = literal_column("segment_set.content")
            having = select(_set.c.id).where(place_in(content, value) > 0)
            yield answers.c.segment_set_id.in_(having)
