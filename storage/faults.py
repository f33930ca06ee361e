"""What the drivers' errors mean."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError

from surveys.errors import AlreadyStored, StorageBusy, SurveyError

_BUSY_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_PRIMARY_CODE = 0xFF
"""SQLite's extended result codes keep the primary one in their lowest byte (sqlite.org/rescode.html)."""


def is_rivalry(error: BaseException) -> bool:
    """Return whether PostgreSQL gave up this transaction for another's sake: run it again."""
    rivalries = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
    return isinstance(_driver_error(error), rivalries)


def translated(error: Exception) -> SurveyError | None:
    """Return the error in our terms, or None for a bug."""
    cause = _driver_error(error)
    if isinstance(cause, psycopg.errors.UniqueViolation):
        return AlreadyStored(cause.diag.table_name or "row", cause.diag.constraint_name or "")
    if isinstance(cause, sqlite3.IntegrityError) and "UNIQUE" in str(cause):
        return AlreadyStored("row", str(cause).rpartition(": ")[2])
    if _is_passing(cause):
        return StorageBusy(f"the database could not take it: {cause}")
    return None


def tellable(error: BaseException) -> BaseException:
    """Return the error as a future takes it: there a StopIteration would read as the end of a coroutine."""
    if not isinstance(error, StopIteration):
        return error
    told = RuntimeError("a unit of work raised StopIteration")
    told.__cause__ = error
    return told


def _driver_error(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def _is_passing(cause: BaseException) -> bool:
    if isinstance(cause, sqlite3.OperationalError):
        code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE
        return code in _BUSY_CODES
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
