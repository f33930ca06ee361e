"""Core statements, compiled once per database and then run on the driver's own cursor.

SQLAlchemy's execution costs about 30 us a statement; this costs a fifth of it, and an event takes a dozen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Dialect, Executable, Float, Select, Table
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

T = TypeVar("T")
Processor = Callable[[Any], Any]


class BadRow(Exception):
    """A value of the row is none of its column's; ``row`` is as the driver gave it."""

    def __init__(self, row: Sequence[Any]) -> None:
        super().__init__("a row can't be read")
        self.row = row


class Cursor(Protocol):
    """What sqlite3 and psycopg have in common."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""

    def execute(self, sql: Any, params: Any) -> object:
        """Run a statement."""

    def executemany(self, sql: Any, params: Any) -> object:
        """Run a statement once for each of many parameters."""

    def fetchall(self) -> Sequence[Any]:
        """Return all rows of the last statement."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in one database's words, with the conversions of its values."""

    sql: str
    order: tuple[str, ...] | None
    binds: tuple[tuple[str, Processor | None], ...]
    constants: Mapping[str, Any]
    results: tuple[tuple[int, Processor], ...]

    def params(self, values: Mapping[str, Any]) -> Any:
        """Return the values as the driver wants them; raises ValueError for one no column takes."""
        given = {**self.constants, **values} if self.constants else values
        if self.order is None:
            return {n: convert(given[n]) if convert else given[n] for n, convert in self.binds}
        return [convert(given[n]) if convert else given[n] for n, convert in self.binds]

    def rows(self, raw: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """Return the rows as the columns' types have them."""
        if not self.results:
            return list(raw)
        return [self._row(row) for row in raw]

    def _row(self, raw: Sequence[Any]) -> Sequence[Any]:
        row = list(raw)
        try:
            for place, convert in self.results:
                row[place] = convert(row[place])
        except (ValueError, TypeError, LookupError, OverflowError) as problem:
            raise BadRow(raw) from problem
        return row


class Statement:
    """An insert, update, delete or select. Every bind is named, and given at each run."""

    def __init__(self, core: Executable) -> None:
        self.core = core
        self._compiled: dict[str, _Compiled] = {}

    def run(self, cursor: Cursor, dialect: Dialect, values: Mapping[str, Any]) -> int:
        """Execute; return how many rows changed."""
        compiled = self._for(dialect)
        cursor.execute(compiled.sql, compiled.params(values))
        return cursor.rowcount

    def run_many(self, cursor: Cursor, dialect: Dialect, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each of the rows."""
        compiled = self._for(dialect)
        cursor.executemany(compiled.sql, [compiled.params(values) for values in rows])

    def rows(
        self, cursor: Cursor, dialect: Dialect, values: Mapping[str, Any]
    ) -> list[Sequence[Any]]:
        """Execute; return all rows."""
        compiled = self._for(dialect)
        cursor.execute(compiled.sql, compiled.params(values))
        return compiled.rows(cursor.fetchall())

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self.core, dialect)
        return compiled


class Query(Generic[T]):
    """A select whose rows are values of the domain.

    In a writing transaction PostgreSQL locks the rows it returns (``lock``), so that what is read may be
    changed and saved; with ``claim`` it passes over rows that another worker has locked. ``named`` is what the rows
    are and which of their columns names them, for the error that tells of one.
    """

    def __init__(
        self,
        core: Select[Any],
        decode: Callable[[Sequence[Any]], T],
        *,
        lock: Table | None = None,
        claim: bool = False,
        named: tuple[str, int] | None = None,
    ) -> None:
        self.decode = decode
        self.named = named
        self.reading = Statement(core)
        locked = core.with_for_update(of=lock, skip_locked=claim) if lock is not None else core
        self.writing = Statement(locked)


def _compile(core: Executable, dialect: Dialect) -> _Compiled:
    compiled = core.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable we use is a ClauseElement
    if not isinstance(compiled, SQLCompiler):
        message = f"{core!r} is not SQL"
        raise TypeError(message)
    converts = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for bind, name in compiled.bind_names.items()
    }
    order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
    constants = {n: bind.value for bind, n in compiled.bind_names.items() if not bind.required}
    names = order if order is not None else tuple(converts)
    binds = tuple((name, converts[name]) for name in names)
    return _Compiled(str(compiled), order, binds, constants, _results(core, dialect))


def _results(core: Executable, dialect: Dialect) -> tuple[tuple[int, Processor], ...]:
    columns = core.selected_columns if isinstance(core, Select) else ()
    converts = (_result_processor(column.type, dialect) for column in columns)
    return tuple((place, convert) for place, convert in enumerate(converts) if convert)


def _result_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(kind, Float):
        return None  # both drivers return floats, and psycopg's processor asks for a column's OID
    return kind.dialect_impl(dialect).result_processor(dialect, None)
