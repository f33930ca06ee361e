"""A connection at which units of work are run, one after another."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine

from storage.sql.session import Numbered, Session
from storage.unit import SqlUnitOfWork
from surveys.model import Dimensions
from surveys.ports import UnitOfWork

T = TypeVar("T")

_OPEN = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


class Desk:
    """One connection and its transactions. For one thread at a time.

    ``begin`` is the statement that begins a transaction; None where the driver begins by itself.
    """

    def __init__(
        self,
        engine: Engine,
        numbers: dict[Numbered, int],
        *,
        begin: str | None,
        locking: bool,
        tags: dict[int, Dimensions] | None = None,
    ) -> None:
        self._connection = engine.raw_connection()
        self._cursor = self._connection.cursor()
        self._begin = begin
        session = Session(self._cursor, engine.dialect, numbers=numbers, locking=locking, tags=tags)
        self._numbers = session.numbers
        self._unit = SqlUnitOfWork(session)

    @property
    def is_open(self) -> bool:
        """Whether a transaction runs; SQLite ends it by itself when, say, the disk is full."""
        driver = self._connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            return driver.in_transaction
        if isinstance(driver, psycopg.Connection):
            return driver.info.transaction_status in _OPEN
        return False

    def wait_for_locks(self, seconds: float) -> None:
        """Let SQLite wait so long from now on for a database that another process holds."""
        self._cursor.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")

    def begin(self) -> None:
        """Begin a transaction."""
        if self._begin is not None:
            self._cursor.execute(self._begin)

    def commit(self) -> None:
        """Commit; after an error nothing of the transaction is stored."""
        try:
            self._connection.commit()
        except BaseException:
            self.roll_back()
            raise
        self._numbers.settle(kept=True)

    def roll_back(self) -> None:
        """Undo the transaction."""
        self._numbers.settle(kept=False)
        try:
            self._connection.rollback()
        except psycopg.Error:
            self._connection.invalidate()

    def run_within(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work in the open transaction; its error undoes it alone.

        After an error ask ``is_open``: the database may have given up the whole transaction.
        """
        known = self._numbers.mark()
        self._cursor.execute("SAVEPOINT work")
        try:
            result = work(self._unit)
        except BaseException:
            self._numbers.forget_since(known)
            if self.is_open:
                self._cursor.execute("ROLLBACK TO work")
                self._cursor.execute("RELEASE work")
            raise
        self._cursor.execute("RELEASE work")
        return result

    def run_alone(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work in a transaction of its own and commit."""
        self.begin()
        try:
            result = work(self._unit)
        except BaseException:
            self.roll_back()
            raise
        self.commit()
        return result

    def look(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work that only reads, in a transaction of its own.

        On a connection that cannot write it ends as if it had something to keep: after a rollback psycopg forgets
        every prepared statement, and planning them anew takes longer than running them.
        """
        self.begin()
        try:
            result = work(self._unit)
        except BaseException:
            self.roll_back()
            raise
        if self._only_reads:
            self._end_reading()
        else:
            self.roll_back()
        return result

    @property
    def _only_reads(self) -> bool:
        driver = self._connection.driver_connection
        return isinstance(driver, psycopg.Connection) and bool(driver.read_only)

    def _end_reading(self) -> None:
        self._numbers.settle(kept=False)
        try:
            self._connection.commit()
        except psycopg.Error:
            self._connection.invalidate()

    def wipe(self) -> bool:
        """Write SQLite's file anew and empty its log, outside a transaction; False where a reader keeps the log.

        ``secure_delete`` alone leaves copies behind: when a page is split, what moved stays readable in the old one.
        """
        self._cursor.execute("VACUUM")
        busy: int = self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def close(self) -> None:
        """Give the connection back."""
        self._cursor.close()
        self._connection.close()

    def discard(self) -> None:
        """Close the connection for good, whatever state it is in; the database undoes what it had open."""
        self._connection.invalidate()
