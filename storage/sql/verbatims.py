"""Reads the newest comments of a place: a few of each combination of tags, then the newest of these."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from heapq import nlargest
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, select, true

from storage.sql.numbers import TAGS
from storage.sql.reading import ITS_TAGS, ROW_COLUMNS, row_of
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.counting import AnswerRow, DimensionRow
from storage.tables.themes import AnswerThemeRow
from surveys.model import HANDLER, Side
from surveys.reports import AnswerRow as RawAnswer
from surveys.verbatims import Wanted

LOOKED_AT: Final = 500
_ROUND_THE_WORLD: Final = timedelta(days=2)
"""A day begins and ends within two days of its UTC namesake, wherever the company is."""

_answer = table_of(AnswerRow)
_dimension = table_of(DimensionRow)
_tag = table_of(AnswerThemeRow)
_comment = _answer.alias("words")


@cache
def _places(names: tuple[str, ...]) -> Statement:
    """Select the combinations of tags that have these values, of which anybody wrote a comment then."""
    unknown = set(names) - set(TAGS)
    if unknown:
        raise KeyError(*unknown)
    named = (_dimension.c[name] == bindparam(name) for name in names)
    written = select(_comment.c.id).where(*_said_at(_dimension.c.id)).exists()
    return Statement(select(_dimension.c.id).where(*named, written))


def _said_at(place: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the comments of a combination of tags, about when they were written."""
    yield _comment.c.dimension_id == place
    yield _comment.c.text.is_not(None)
    yield _comment.c.answered_at >= bindparam("earliest")
    yield _comment.c.answered_at < bindparam("latest")


def _written(*more: ColumnElement[bool]) -> Statement:
    return Statement(
        select(_comment.c.answered_at, *ROW_COLUMNS)
        .where(
            *_said_at(bindparam("place")),
            _comment.c.question == "comment",
            _comment.c.day >= bindparam("since"),
            _comment.c.day <= bindparam("until"),
            _answer.c.invitation_id == _comment.c.invitation_id,
            _answer.c.score >= bindparam("low"),
            _answer.c.score <= bindparam("high"),
            ITS_TAGS,
            *more,
        )
        .order_by(_comment.c.answered_at.desc(), _answer.c.id.desc())
        .limit(bindparam("limit"))
    )


_ANY: Final = _written()
_THEMED: Final = _written(
    select(_tag.c.theme)
    .where(
        _tag.c.answer_id == _answer.c.id,
        _tag.c.theme == bindparam("theme"),
        _tag.c.meant == true(),
    )
    .exists()
)


class SqlVerbatims:
    """See surveys.verbatims.Verbatims."""

    def __init__(self, session: Session) -> None:
        self._db = session

    def newest(self, wanted: Wanted, limit: int) -> tuple[RawAnswer, ...]:
        """Return answers with a comment."""
        found = (
            (at, answer)
            for place in self._places(wanted)
            for at, answer in self._at(place, wanted, LOOKED_AT if wanted.sides else limit)
            if set(wanted.sides) <= _sides(answer)
        )
        newest = nlargest(limit, found, key=lambda said: (said[0], said[1].id))
        return tuple(answer for _, answer in newest)

    def _places(self, wanted: Wanted) -> list[int]:
        when = _around(wanted.since, wanted.until)
        rows = self._db.rows(_places(tuple(sorted(wanted.tags))), **wanted.tags, **when)
        return [row[0] for row in rows]

    def _at(self, place: int, wanted: Wanted, limit: int) -> list[tuple[datetime, RawAnswer]]:
        """Return answers with one combination of tags, and when their comments were written."""
        values: dict[str, Any] = {
            "place": place,
            "low": wanted.low,
            "high": wanted.high,
            "limit": limit,
            "since": wanted.since,
            "until": wanted.until,
            **_around(wanted.since, wanted.until),
        }
        rows: Sequence[Sequence[Any]] = (
            self._db.rows(_THEMED, **values, theme=wanted.theme)
            if wanted.theme
            else self._db.rows(_ANY, **values)
        )
        return [(row[0], row_of(row[1:])) for row in rows]


def _around(since: date, until: date) -> dict[str, datetime]:
    midnight = time(tzinfo=UTC)
    return {
        "earliest": datetime.combine(since, midnight) - _ROUND_THE_WORLD,
        "latest": datetime.combine(until, midnight) + _ROUND_THE_WORLD,
    }


def _sides(answer: RawAnswer) -> set[Side]:
    handler = {Side(HANDLER, answer.handler)} if answer.handler else set()
    return handler | {Side(name, value) for name, value in answer.segments.items()}
