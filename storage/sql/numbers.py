"""What answers and counts carry a small number of: combinations of tags, of segments, and single sides."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Table, bindparam, func, literal_column, select

from storage.sql.locks import hold
from storage.sql.session import Numbered, Session
from storage.sql.shapes import fields_of, insert_new, table_of
from storage.sql.statements import Statement
from storage.tables.counting import DimensionRow, SegmentSetRow, SideRow
from surveys.model import OTHER, Dimensions, Side

MOST_VALUES: Final = 50
"""How many values of a segment count under their own names."""

_dimension = table_of(DimensionRow)
_set = table_of(SegmentSetRow)
_side = table_of(SideRow)

TAGS: Final = fields_of(Dimensions)
TAG_COLUMNS: Final = [_dimension.c[name] for name in TAGS]
read_tags = attrgetter(*TAGS)


class _Register:
    """Gives each of a table's combinations of values one number, for good."""

    def __init__(self, table: Table, names: tuple[str, ...]) -> None:
        self._add = insert_new(table, names)
        self.find = Statement(
            select(table.c.id).where(*(table.c[name] == bindparam(name) for name in names))
        )

    def number(self, session: Session, key: Numbered, values: Mapping[str, Any]) -> int:
        """Return the number of ``key``, which has these values; one that is new gets its row now."""
        known = session.numbers.get(key)
        if known is not None:
            return known
        number = session.scalar(self.find, **values)
        if number is None:
            session.run(self._add, values)
            number = session.scalar(self.find, **values)
        session.numbers.note(key, int(number))
        return int(number)


_ALL_TAGS = Statement(select(_dimension.c.id, *TAG_COLUMNS))
_DIMENSIONS = _Register(_dimension, TAGS)
_SETS = _Register(_set, ("content",))
_SIDES = _Register(_side, ("attribute", "value"))
_NAMED = Statement(
    select(func.count()).where(
        _side.c.attribute == bindparam("attribute"),
        *(_side.c.value != literal_column(f"'{word}'") for word in ("", OTHER)),
    )
)


def dimension_id(session: Session, dimensions: Dimensions) -> int:
    """Return the number of a combination of tags."""
    return _DIMENSIONS.number(
        session, dimensions, dict(zip(TAGS, read_tags(dimensions), strict=True))
    )


def segment_set_id(session: Session, segments: tuple[Side, ...]) -> int:
    """Return the number of a combination of segments."""
    return _SETS.number(session, segments, {"content": segments})


def side_id(session: Session, side: Side) -> int:
    """Return the number of a side."""
    return _SIDES.number(session, side, {"attribute": side.attribute, "value": side.value})


def segment(session: Session, attribute: str, value: str) -> Side:
    """See surveys.ports.Counts.segment."""
    side = Side(attribute, value)
    if not value or session.numbers.get(side) is not None or _is_named(session, side):
        return side
    hold(session, f"segment\x1f{attribute}")
    if session.locking and _is_named(session, side):  # a rival has named it meanwhile
        return side
    if int(session.scalar(_NAMED, attribute=attribute)) >= MOST_VALUES:
        return Side(attribute, OTHER)
    side_id(session, side)
    return side


def _is_named(session: Session, side: Side) -> bool:
    number = session.scalar(_SIDES.find, attribute=side.attribute, value=side.value)
    if number is not None:
        session.numbers.note(side, int(number))
    return number is not None


def all_tags(session: Session, numbers: Iterable[int]) -> Mapping[int, Dimensions]:
    """Return the tags that have these numbers, and perhaps others."""
    if session.tags is not None and session.tags.keys() >= set(numbers):
        return session.tags
    found = {int(row[0]): tags_of(row[1:]) for row in session.rows(_ALL_TAGS)}
    if session.tags is None:
        return found
    for number, tags in found.items():
        session.tags.setdefault(number, tags)
    return session.tags


def tags_of(row: Any) -> Dimensions:
    """Return the tags that TAG_COLUMNS select."""
    return Dimensions(**dict(zip(TAGS, row, strict=True)))
