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


class Rows:
    """A table's rows as dicts of their values, each named by ``key``."""

    def __init__(self, what: str, table: Table, names: tuple[str, ...], *, key: str = "id") -> None:
        self.what = what
        self._key = key
        self._insert = insert_new(table, names)
        this = table.c[key] == bindparam(key)
        changes: dict[str, Any] = {name: bindparam(name) for name in names if name != key}
        self.update = Statement(update(table).values(changes).where(this, *_untaken(table, key)))
        self.exists = Statement(select(table.c[key]).where(this))

    def add(self, session: Session, values: Mapping[str, Any]) -> None:
        """Insert; raises AlreadyStored when a unique key is taken."""
        if session.run(self._insert, values) == 0:
            raise AlreadyStored(self.what, str(values[self._key]))

    def save(self, session: Session, values: Mapping[str, Any]) -> None:
        """Replace; raises NotFound where there is no such row, AlreadyStored where a name is taken."""
        if session.run(self.update, values) == 0:
            key = values[self._key]
            is_there = session.rows(self.exists, **{self._key: key})
            raise (AlreadyStored if is_there else NotFound)(self.what, str(key))


class Shape(Generic[T]):
    """Rows that hold one value each."""

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
        self.rows = Rows(what, self.table, names, key=key)
        self._key = key
        self._named = (what, names.index(key))
        self.by_key = self.query(self.table.c[key] == bindparam(key))
        self.unless_taken = self.query(self.table.c[key] == bindparam(key), claim=True)

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
        locked = self.table if lock else None
        return Query(core, self.decode, lock=locked, claim=claim, named=self._named)

    def add(self, session: Session, value: T) -> None:
        """Insert, as ``Rows.add``."""
        self.rows.add(session, self.encode(value))

    def save(self, session: Session, value: T) -> None:
        """Replace, as ``Rows.save``."""
        self.rows.save(session, self.encode(value))

    def get(self, session: Session, key: str) -> T | None:
        """Return the value of this key."""
        return session.one(self.by_key, **{self._key: key})

    def take(self, session: Session, key: str) -> T | None:
        """Return the value of this key, and None at once while another transaction has it."""
        return session.one(self.unless_taken, **{self._key: key})


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
