"""Connections to SQLite and PostgreSQL, set up as the storage needs them."""

import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg import IsolationLevel
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from surveys.errors import InvalidInput

_dumps = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode
_WHERE = "database URL"
LOCK_SECONDS = 10
"""How long a statement waits on PostgreSQL for what another transaction holds, before all is given up."""

_CONNECT_SECONDS = 4
_PARALLEL_COST = 100_000
"""What PostgreSQL reckons to start workers for a query: a page's sums are done before they have started."""


def parse(url: str) -> URL:
    """Return the URL with its driver named; raises InvalidInput for any other database."""
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise InvalidInput(_WHERE, "not a URL like sqlite:///aftertouch.sqlite3") from problem
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise InvalidInput(_WHERE, f"{parsed.drivername} is neither sqlite nor postgresql")
    if parsed.database in {None, "", ":memory:"}:
        raise InvalidInput(_WHERE, "SQLite needs a file, as in sqlite:///aftertouch.sqlite3")
    return parsed


def sqlite_file(url: URL) -> Path | None:
    """Return the database file, or None where the database is a server."""
    return Path(url.database or "") if url.drivername == "sqlite" else None


def writing_engine(url: URL, *, patience: float, size: int) -> Engine:
    """Return an engine whose transactions write. ``patience``: seconds to wait for a lock."""
    if sqlite_file(url):
        engine = create_engine(url, json_serializer=_dumps)
        event.listen(engine, "connect", partial(_set_up_sqlite, patience=patience))
        event.listen(engine, "begin", _begin_immediate)
        return engine
    return _postgres_engine(url, size=size)


def reading_engine(url: URL, *, patience: float, size: int) -> Engine:
    """Return an engine whose transactions only read, each from one consistent state."""
    if file := sqlite_file(url):
        readonly = url.set(database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"})
        engine = create_engine(readonly, json_serializer=_dumps)
        event.listen(engine, "connect", partial(_set_up_sqlite, patience=patience, readonly=True))
        return engine
    engine = _postgres_engine(url, f" -c parallel_setup_cost={_PARALLEL_COST}", size=size)
    event.listen(engine, "connect", _read_one_state)
    return engine


def _postgres_engine(url: URL, options: str = "", *, size: int) -> Engine:
    return create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=True,
        json_serializer=_dumps,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "options": f"-c timezone=UTC -c lock_timeout={LOCK_SECONDS}s{options}",
        },
    )


def _set_up_sqlite(
    connection: sqlite3.Connection, _record: object, *, patience: float, readonly: bool = False
) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: we say BEGIN IMMEDIATE
    connection.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
    if not readonly:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA secure_delete=ON")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _read_one_state(connection: Any, _record: object) -> None:
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
