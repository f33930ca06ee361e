"""One transaction as the repositories see it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Generic, TypeVar, cast

import psycopg
from psycopg.errors import QueryCanceled
from sqlalchemy import Dialect

from storage.sql.statements import BadRow, Cursor, Query, Statement
from surveys.errors import TooMuch, Unreadable
from surveys.model import Dimensions, Side

T = TypeVar("T")
Numbered = Dimensions | Side | tuple[Side, ...]
"""What rows carry a small number of."""

_STEPS_BETWEEN_LOOKS = 20_000


class Committed(Generic[T]):
    """Numbers known to be committed, and those that the running transaction would add."""

    def __init__(self, shared: dict[T, int]) -> None:
        self._shared = shared
        self._fresh: dict[T, int] = {}

    def get(self, key: T) -> int | None:
        """Return the number, where known."""
        return self._shared.get(key) or self._fresh.get(key)

    def note(self, key: T, number: int) -> None:
        """Remember until the end of the transaction."""
        self._fresh[key] = number

    def mark(self) -> int:
        """Return a mark for ``forget_since``."""
        return len(self._fresh)

    def forget_since(self, mark: int) -> None:
        """Forget what was noted after the mark."""
        while len(self._fresh) > mark:
            self._fresh.popitem()

    def settle(self, *, kept: bool) -> None:
        """Remember for good, or forget what was not committed."""
        if kept:
            self._shared.update(self._fresh)
        self._fresh.clear()


@contextmanager
def _watched(connection: sqlite3.Connection, deadline: float) -> Iterator[None]:
    connection.set_progress_handler(lambda: monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


@contextmanager
def _timed(cursor: psycopg.Cursor, seconds: float) -> Iterator[None]:
    """Let PostgreSQL stop by itself, and plan each statement for its own days: a plan for any takes them to be few."""
    connection = cursor.connection
    often, connection.prepare_threshold = connection.prepare_threshold, None
    try:
        cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        yield
    finally:
        connection.prepare_threshold = often
    cursor.execute("SET LOCAL statement_timeout = DEFAULT")


class Session:
    """Runs statements on one connection; ``locking`` where what is read may be saved by rivals.

    ``tags`` are combinations of tags known by their numbers; None where a number that is read may yet be undone.
    """

    def __init__(
        self,
        cursor: Cursor,
        dialect: Dialect,
        *,
        numbers: dict[Numbered, int],
        locking: bool,
        tags: dict[int, Dimensions] | None = None,
    ) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self.locking = locking
        self.numbers = Committed(numbers)
        self.tags = tags

    @property
    def dialect_name(self) -> str:
        """Which database it is: ``sqlite`` or ``postgresql``."""
        return self._dialect.name

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Execute; return how many rows changed."""
        return statement.run(self._cursor, self._dialect, values)

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """Let what runs inside take only so long; raises TooMuch, and then the transaction has ended."""
        deadline = monotonic() + seconds
        driver = getattr(self._cursor, "connection", None)
        try:
            if isinstance(driver, sqlite3.Connection):
                with _watched(driver, deadline):
                    yield
            else:
                with _timed(cast("psycopg.Cursor", self._cursor), seconds):
                    yield
        except (sqlite3.OperationalError, QueryCanceled) as error:
            if isinstance(error, QueryCanceled) or monotonic() > deadline:
                raise TooMuch(seconds) from None
            raise

    def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each of the rows."""
        statement.run_many(self._cursor, self._dialect, rows)

    def rows(self, statement: Statement, **values: Any) -> list[Sequence[Any]]:
        """Return all rows."""
        return statement.rows(self._cursor, self._dialect, values)

    def scalar(self, statement: Statement, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        rows = statement.rows(self._cursor, self._dialect, values)
        return rows[0][0] if rows else None

    def all(self, query: Query[T], **values: Any) -> tuple[T, ...]:
        """Return all values. Raises Unreadable for the first row that holds what its columns can't."""
        statement = query.writing if self.locking else query.reading
        try:
            rows = statement.rows(self._cursor, self._dialect, values)
        except BadRow as bad:
            if query.named is None:
                raise
            what, place = query.named
            raise Unreadable(what, str(bad.row[place])) from None
        return tuple([query.decode(row) for row in rows])

    def one(self, query: Query[T], **values: Any) -> T | None:
        """Return the first value, or None."""
        found = self.all(query, **values)
        return found[0] if found else None
