"""Column types that behave alike on SQLite and PostgreSQL, and the base of all tables."""

import json
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    literal_column,
    text,
)
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

from surveys.model import FunnelStep, Side

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def aware(moment: datetime) -> datetime:
    """Return the moment in UTC; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} has no time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values, returns aware UTC; on SQLite microseconds since 1970."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return an integer on SQLite, which keeps no zone and would not sort text of mixed length."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Raise ValueError for a naive datetime."""
        if value is None:
            return None
        moment = aware(value)
        return (moment - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        moment: datetime = value.astimezone(UTC)
        return moment


class Word(TypeDecorator[StrEnum]):
    """A member of a StrEnum, kept as its value."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Return the plain value."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the member; raises ValueError for a value that is none."""
        return None if value is None else self.members(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, kept as a JSON list."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> list[str]:
        """Return a list."""
        return list(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        """Return a tuple."""
        return tuple(value)


class Scopes(Words):
    """A set of strings, kept as a sorted JSON list."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> list[str]:
        """Return a sorted list."""
        return sorted(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return a frozenset."""
        return frozenset(value)


class Sides(TypeDecorator[tuple[Side, ...]]):
    """Segments with their values, kept as canonical JSON, so that equal ones can be grouped."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[Side, ...] | None, dialect: Dialect) -> str | None:
        """Return a JSON object with sorted names."""
        return None if value is None else self.written(value)

    @staticmethod
    def read(written: str) -> tuple[Side, ...]:
        """Return the sides that ``written`` wrote."""
        return tuple(Side(*each) for each in json.loads(written).items())

    @staticmethod
    def written(sides: tuple[Side, ...]) -> str:
        """Return the JSON of the sides."""
        content = {side.attribute: side.value for side in sorted(sides)}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Side, ...] | None:
        """Return the sides, sorted."""
        return None if value is None else self.read(value)


class Steps(TypeDecorator[frozenset[FunnelStep]]):
    """Steps of a cohort, kept as their words in their order."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Return the words."""
        return ",".join(step.value for step in FunnelStep if step in value)

    def process_result_value(self, value: Any, dialect: Dialect) -> frozenset[FunnelStep]:
        """Return the steps."""
        return frozenset(FunnelStep(word) for word in value.split(",") if word)


Nested: Any = JSON(none_as_null=True)
Number: Any = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the primary key is spelled INTEGER."""

Spelled: Any = String().with_variant(String(collation="C"), "postgresql")
"""Text in the order of its characters on both databases, so that those with one beginning lie side by side."""


class Table(SQLModel):
    """Base of the tables: ``InboxRow`` is the table ``inbox``."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        """Return the class's name in snake case without its ending."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__.removesuffix("Row")).lower()


def where(name: str, *columns: str, condition: str) -> Index:
    """Return a partial index; queries must spell the condition alike to use it on SQLite."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


def is_now(column: Any, member: StrEnum) -> ColumnElement[bool]:
    """Return ``column = 'member'`` spelled out, so that a partial index with that condition is used."""
    test: ColumnElement[bool] = column == literal_column(f"'{member.value}'")
    return test
