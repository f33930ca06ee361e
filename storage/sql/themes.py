"""The tags of answers, and their counts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, true

from storage.sql.counting import Cube
from storage.sql.numbers import TAG_COLUMNS, TAGS, all_tags, dimension_id, side_id, tags_of
from storage.sql.session import Session
from storage.sql.shapes import fields_of, insert_into, table_of
from storage.sql.statements import Statement
from storage.tables.counting import AnswerRow, DimensionRow, SegmentSetRow, SideRow
from storage.tables.cubes import SCORES
from storage.tables.themes import AnswerThemeRow, SideThemeCountRow, ThemeCountRow
from surveys.model import HANDLER, Dimensions, Side
from surveys.themes.tags import Named, Tag, ThemeChange, ThemeCount

_dimension = table_of(DimensionRow)
_answer = table_of(AnswerRow)
_side = table_of(SideRow)
_tag = table_of(AnswerThemeRow)
_set = table_of(SegmentSetRow)
_with_segments = (
    _tag.join(_answer, _tag.c.answer_id == _answer.c.id)
    .join(_dimension, _answer.c.dimension_id == _dimension.c.id)
    .outerjoin(_set, _answer.c.segment_set_id == _set.c.id)
)

EVERYBODY: Final = Side("", "")
_APART: Final = Cube(table_of(ThemeCountRow), ("day", "dimension_id", "theme"), SCORES)
_SIDES: Final = Cube(
    table_of(SideThemeCountRow), ("side_id", "day", "dimension_id", "theme"), SCORES
)
_FIELDS: Final = fields_of(Tag)
_WIDTH: Final = len(TAGS)

_OF = Statement(
    select(*(_tag.c[name] for name in _FIELDS))
    .where(_tag.c.answer_id == bindparam("answer_id"))
    .order_by(_tag.c.theme)
)
_CLEAR = Statement(delete(_tag).where(_tag.c.answer_id == bindparam("answer_id")))
_ADD = Statement(insert_into(_tag, ("answer_id", *_FIELDS, "day")))


def _summing(cube: Cube, *conditions: ColumnElement[bool]) -> Statement:
    row = cube.table.c
    sums = select(
        row.dimension_id, row.theme, *(func.sum(row[name]).label(name) for name in SCORES)
    ).where(row.day >= bindparam("since"), row.day <= bindparam("until"), *conditions)
    total = sums.group_by(row.dimension_id, row.theme).subquery()
    return Statement(
        select(*TAG_COLUMNS, total.c.theme, *(total.c[name] for name in SCORES)).where(
            total.c.dimension_id == _dimension.c.id
        )
    )


def _this_side() -> ColumnElement[bool]:
    names = (_side.c[name] == bindparam(name) for name in ("attribute", "value"))
    number = select(_side.c.id).where(*names).scalar_subquery()
    same: ColumnElement[bool] = _SIDES.table.c.side_id == number
    return same


def _tagged(*columns: Any) -> Select[Any]:
    """Return a count of what is tagged in the days asked for, by these columns, the theme and the score."""
    return (
        select(*columns, _tag.c.theme, _answer.c.score, func.count())
        .select_from(_with_segments)
        .where(
            _tag.c.meant == true(),
            _tag.c.day >= bindparam("since"),
            _tag.c.day <= bindparam("until"),
            _answer.c.score.is_not(None),
        )
        .group_by(*columns, _tag.c.theme, _answer.c.score)
    )


_COUNTS, _COUNTS_APART = _summing(_SIDES, _this_side()), _summing(_APART)
_NAMED = Statement(
    select(
        _answer.c.dimension_id,
        _tag.c.theme,
        _answer.c.score,
        _answer.c.subject_id,
        _set.c.content,
        _answer.c.handler,
    )
    .select_from(
        _tag.join(_answer, _tag.c.answer_id == _answer.c.id).outerjoin(
            _set, _answer.c.segment_set_id == _set.c.id
        )
    )
    .where(
        _tag.c.meant == true(),
        _tag.c.day >= bindparam("since"),
        _tag.c.day <= bindparam("until"),
        _answer.c.score.is_not(None),
    )
    .order_by(_answer.c.day, _answer.c.answered_at, _answer.c.id)
)
_RECOUNT = Statement(_tagged(*TAG_COLUMNS))
_BY_SIDE = Statement(_tagged(*TAG_COLUMNS, _answer.c.handler, _set.c.content))
_DAYS = tuple(
    Statement(select(table.c.day).distinct()) for table in (_tag, _APART.table, _SIDES.table)
)
_FORGET_APART, _FORGET_SIDES = (
    Statement(delete(cube.table).where(cube.table.c.day == bindparam("on")))
    for cube in (_APART, _SIDES)
)
_HOW_MANY = Statement(
    select(func.count(_answer.c.invitation_id.distinct())).where(_answer.c.question != "score")
)
_SAID = Statement(
    select(_answer.c.invitation_id)
    .where(_answer.c.invitation_id > bindparam("after"), _answer.c.question != "score")
    .group_by(_answer.c.invitation_id)
    .order_by(_answer.c.invitation_id)
    .limit(bindparam("limit"))
)


class SqlThemes:
    """See surveys.themes.tags.Themes."""

    def __init__(self, session: Session) -> None:
        self._db = session

    def of(self, answer_id: str) -> tuple[Tag, ...]:
        """Return the answer's tags."""
        return tuple(Tag(*row) for row in self._db.rows(_OF, answer_id=answer_id))

    def put(self, answer_id: str, day: date, tags: Sequence[Tag]) -> None:
        """Replace the answer's tags."""
        self._db.run(_CLEAR, {"answer_id": answer_id})
        rows = [
            {"answer_id": answer_id, "day": day, "theme": t.theme, "by": t.by, "meant": t.meant}
            for t in tags
        ]
        if rows:
            self._db.run_many(_ADD, rows)

    def add(self, changes: Sequence[ThemeChange]) -> None:
        """Add to the counts."""
        _APART.write(
            self._db,
            (((c.day, self._tags(c.dimensions), c.theme), SCORES[c.score], c.by) for c in changes),
        )
        _SIDES.write(
            self._db,
            (
                (
                    (side_id(self._db, side), c.day, self._tags(_together(c.dimensions)), c.theme),
                    SCORES[c.score],
                    c.by,
                )
                for c in changes
                for side in (EVERYBODY, *c.sides)
            ),
        )

    def counts(self, since: date, until: date, side: Side | None = None) -> tuple[ThemeCount, ...]:
        """Return the counts over channels and languages."""
        of = side or EVERYBODY
        wanted = {"since": since, "until": until, "attribute": of.attribute, "value": of.value}
        return _theme_counts(self._db.rows(_COUNTS, **wanted))

    def counts_apart(self, since: date, until: date) -> tuple[ThemeCount, ...]:
        """Return the counts with channels and languages apart."""
        return _theme_counts(self._db.rows(_COUNTS_APART, since=since, until=until))

    def named(self, since: date, until: date) -> tuple[Named, ...]:
        """Return who named what."""
        rows = self._db.rows(_NAMED, since=since, until=until)
        tags = all_tags(self._db, {row[0] for row in rows})
        return tuple(
            Named(
                customer=who,
                theme=theme,
                dimensions=tags[number],
                score=score,
                sides=_sides(segments, handler),
            )
            for number, theme, score, who, segments, handler in rows
        )

    def recount(self, since: date, until: date) -> tuple[ThemeCount, ...]:
        """Return the counts counted anew."""
        rows = self._db.rows(_RECOUNT, since=since, until=until)
        return _theme_counts(_by_score(rows))

    def days(self) -> tuple[date, ...]:
        """Return the days with tags or counts."""
        return tuple(sorted({row[0] for each in _DAYS for row in self._db.rows(each)}))

    def rebuild(self, day: date) -> None:
        """Replace the counts of a day."""
        self._db.run(_FORGET_APART, {"on": day})
        self._db.run(_FORGET_SIDES, {"on": day})
        self.add(list(_changes(day, self._db.rows(_BY_SIDE, since=day, until=day))))

    def how_many_said(self) -> int:
        """Count them."""
        return int(self._db.scalar(_HOW_MANY))

    def said(self, after: str, limit: int) -> tuple[str, ...]:
        """Return the next invitations with a reason or a comment."""
        return tuple(row[0] for row in self._db.rows(_SAID, after=after, limit=limit))

    def _tags(self, dimensions: Dimensions) -> int:
        return dimension_id(self._db, dimensions)


def _together(dimensions: Dimensions) -> Dimensions:
    return replace(dimensions, channel="", language="")


def _by_score(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Spread rows of tags, theme, score and count over one column per score."""
    spread: dict[tuple[Any, ...], list[int]] = {}
    for *key, score, count in rows:
        spread.setdefault(tuple(key), [0] * len(SCORES))[score] += int(count)
    return [(*key, *counts) for key, counts in spread.items()]


def _theme_counts(rows: Sequence[Sequence[Any]]) -> tuple[ThemeCount, ...]:
    kept = sorted((*row[: _WIDTH + 1], *map(int, row[_WIDTH + 1 :])) for row in rows)
    return tuple(
        ThemeCount(
            dimensions=tags_of(row[:_WIDTH]), theme=row[_WIDTH], counts=tuple(row[_WIDTH + 1 :])
        )
        for row in kept
        if any(row[_WIDTH + 1 :])
    )


def _changes(day: date, rows: Sequence[Sequence[Any]]) -> Iterator[ThemeChange]:
    for row in rows:
        handler, segments, theme, score, count = row[_WIDTH:]
        yield ThemeChange(
            theme=theme,
            day=day,
            dimensions=tags_of(row[:_WIDTH]),
            score=score,
            by=int(count),
            sides=_sides(segments, handler),
        )


def _sides(segments: tuple[Side, ...] | None, handler: str | None) -> tuple[Side, ...]:
    """Return the sides of an answer, as surveys.model.Answer has them."""
    if segments is None:
        return ()
    return (*segments, Side(HANDLER, handler)) if handler else segments
