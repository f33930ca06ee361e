"""How values lie in rows, and the statements that every kind of row has."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    UniqueConstraint,
    bindparam,
    exists,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from storage.sql.session import Session
from storage.sql.statements import Query, Statement
from surveys.errors import AlreadyStored, NotFound

T = TypeVar("T")


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of a SQLModel class."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLAlchemy's mapping
    return table


def insert_into(table: Table, names: Sequence[str]) -> Any:
    """Return an insert that takes each column's value by its name. SQLite spells it alike."""
    return insert(table).inline().values({name: bindparam(name) for name in names})


def insert_new(table: Table, names: Sequence[str]) -> Statement:
    """Return an insert that changes no row where a unique key is taken."""
    return Statement(insert_into(table, names).on_conflict_do_nothing())


def fields_of(kind: type[Any]) -> tuple[str, ...]:
    """Return the names of a dataclass's fields."""
    return tuple(field.name for field in fields(kind))


def encoder(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that reads the attributes of these names into a dict."""
    read = attrgetter(*names)
    return lambda value: dict(zip(names, read(value), strict=True))


def decoder(kind: Callable[..., T], names: tuple[str, ...]) -> Callable[[Sequence[Any]], T]:
    """Return a function that builds a value from a row with one column for each name."""
    return lambda row: kind(**dict(zip(names, row, strict=True)))


class Shape(Generic[T]):
    """Rows that hold one kind of value each, named by ``key``."""

    def __init__(
        self,
        what: str,
        model: type[SQLModel],
        names: tuple[str, ...],
        encode: Callable[[T], Mapping[str, Any]],
        decode: Callable[[Sequence[Any]], T],
        *,
        key: str = "id",
    ) -> None:
        self.what = what
        self.table = table_of(model)
        self.columns = [self.table.c[name] for name in names]
        self.encode = encode
        self.decode = decode
        self.key = key
        self._insert = insert_new(self.table, names)
        changes: dict[str, Any] = {name: bindparam(name) for name in names if name != key}
        self._update = Statement(
            update(self.table)
            .values(changes)
            .where(self.table.c[key] == bindparam(key), *_untaken(self.table, key))
        )
        self.by_key = self.query(self.table.c[key] == bindparam(key))

    def query(
        self,
        *conditions: ColumnElement[bool],
        order: Sequence[Any] = (),
        limited: bool = False,
        lock: bool = True,
        claim: bool = False,
    ) -> Query[T]:
        """Return a select of whole values; ``limited`` ones take a bind named ``limit``."""
        core: Select[Any] = select(*self.columns).where(*conditions).order_by(*order)
        if limited:
            core = core.limit(bindparam("limit"))
        return Query(core, self.decode, lock=self.table if lock else None, claim=claim)

    def add(self, session: Session, value: T) -> None:
        """Insert; raises AlreadyStored when a unique key is taken."""
        values = self.encode(value)
        if session.run(self._insert, values) == 0:
            raise AlreadyStored(self.what, str(values[self.key]))

    def save(self, session: Session, value: T) -> None:
        """Replace; raises NotFound where there is no such row, AlreadyStored where a name is taken."""
        self.replace(session, self.encode(value))

    def replace(self, session: Session, values: Mapping[str, Any]) -> None:
        """Replace by a row of these values, like ``save``."""
        if session.run(self._update, values) == 0:
            key = values[self.key]
            refusal = NotFound if self.get(session, key) is None else AlreadyStored
            raise refusal(self.what, str(key))

    def get(self, session: Session, key: str) -> T | None:
        """Return the value of this key."""
        return session.one(self.by_key, **{self.key: key})


def _untaken(table: Table, key: str) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that no other row has one of the new row's unique names.

    An update that broke a unique key would end PostgreSQL's transaction; one that finds no row does not.
    """
    uniques = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    for names in ([column.name for column in unique.columns] for unique in uniques):
        if names != [key]:
            rival = table.alias("rival")
            same = (rival.c[name] == bindparam(name) for name in names)
            yield ~exists().where(rival.c[key] != bindparam(key), *same)


def plain(what: str, kind: type[T], model: type[SQLModel], *, key: str = "id") -> Shape[T]:
    """Return the shape of a dataclass whose fields are columns of the same names."""
    names = fields_of(kind)
    return Shape(what, model, names, encoder(names), decoder(kind, names), key=key)
