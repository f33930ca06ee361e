"""F11: a backup in the database's place. Nothing goes out before an operator has looked."""

import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict

from storage.opening import prepare
from tests.e2e.deployment import until
from tests.e2e.process import Server, aftertouch, serving
from tests.e2e.shop import Shop, bot, deliveries, opened, rows
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import HANG
from tests.postgres import Postgres

BEATS = ".a.sqlite3.beat"
_CUT_OFF = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")


class Backup(Protocol):
    """Copies a database and puts the copy in its place, both as an operator would."""

    is_online: bool

    url: str

    def make(self) -> None: ...

    def restore(self) -> None: ...


class ColdCopy:
    """The files of a stopped SQLite, copied by their name."""

    is_online = False

    def __init__(self, home: Path) -> None:
        self._home = home
        self._kept = home / "backup"
        self.url = f"sqlite:///{home}/a.sqlite3"

    def make(self) -> None:
        self._kept.mkdir()
        for file in self._files(self._home):
            shutil.copy(file, self._kept)

    def restore(self) -> None:
        for file in self._files(self._home):
            file.unlink()
        for file in self._files(self._kept):
            shutil.copy(file, self._home)

    def _files(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("a.sqlite3*"))


class OnlineBackup(ColdCopy):
    """SQLite's own backup of a running server's database."""

    is_online = True

    def make(self) -> None:
        self._kept.mkdir()
        with (
            closing(sqlite3.connect(self._home / "a.sqlite3")) as source,
            closing(sqlite3.connect(self._kept / "a.sqlite3")) as copy,
        ):
            source.backup(copy)


class TemplateCopy:
    """A PostgreSQL database beside the one in use; restoring drops that one and renames the copy."""

    is_online = False

    def __init__(self, server: Postgres, name: str) -> None:
        self.url = server.url(name)
        self._server = server
        self._name = name

    def make(self) -> None:
        self._tell(_CUT_OFF.format(sql.Literal(self._name)))
        self._server.create(template=self._name, name=f"{self._name}_backup")

    def restore(self) -> None:
        self._server.drop(self._name)
        names = (sql.Identifier(f"{self._name}_backup"), sql.Identifier(self._name))
        self._tell(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))

    def _tell(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


class Dump(TemplateCopy):
    """What a dump does that is loaded back into the same database: its tables are made anew and filled.

    (The embedded PostgreSQL brings a ``pg_dump`` of another version, which refuses.)
    """

    def restore(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        prepare(self.url)
        kept = self._server.url(f"{self._name}_backup")
        with psycopg.connect(kept) as source, psycopg.connect(self.url) as target:
            target.execute("SET session_replication_role = replica")
            for (table,) in source.execute(_TABLES).fetchall():
                _fill(source, target, sql.Identifier(table))
        self._server.drop(f"{self._name}_backup")


_TABLES = """SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'"""


def _fill(source: Connection, target: Connection, table: sql.Identifier) -> None:
    out, into = sql.SQL("COPY {} TO STDOUT"), sql.SQL("COPY {} FROM STDIN")
    with (
        source.cursor().copy(out.format(table)) as reading,
        target.cursor().copy(into.format(table)) as writing,
    ):
        for chunk in reading:
            writing.write(chunk)
    filled = sql.SQL("SELECT * FROM {} LIMIT 1").format(table)
    columns = [column.name for column in target.execute(filled).description or ()]
    if "number" in columns:
        on = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'number'), max(number)) FROM {}")
        target.execute(on.format(sql.Literal(table.as_string()), table))


@pytest.fixture(
    params=[
        ColdCopy,
        OnlineBackup,
        pytest.param(TemplateCopy, marks=pytest.mark.postgres),
        pytest.param(Dump, marks=pytest.mark.postgres),
    ],
    ids=lambda kind: kind.__name__,
)
def backup(request: pytest.FixtureRequest, tmp_path: Path) -> Backup:
    kind = request.param
    if issubclass(kind, ColdCopy):
        sqlite: Backup = kind(tmp_path)
        return sqlite
    make: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    name = str(conninfo_to_dict(make())["dbname"])
    postgres: Backup = kind(request.getfixturevalue("postgres_server"), name)
    return postgres


async def is_held(server: Server) -> bool:
    held: bool = (await server.get("/healthz")).body["held"]
    return held


async def in_flight(server: Server) -> None:
    async def sending() -> bool:
        return deliveries(server)["sending"] == 1

    await until(sending)


async def asked(shop: Shop, more_than: int) -> int:
    async def one_more() -> int:
        return len(shop.questions()) > more_than and len(shop.questions())

    found: int = await until(one_more)
    return found


async def test_f11_an_older_copy_sends_nothing_until_an_operator_confirms(
    backup: Backup, tmp_path: Path
) -> None:
    async with (
        FakeTelegram() as telegram,
        serving(tmp_path, AFTERTOUCH_DATABASE_URL=backup.url, **bot(telegram)) as server,
    ):
        shop = await opened(server, telegram)
        await shop.joined(2)
        telegram.fail("sendMessage", HANG)
        await shop.tell(shop.case(1))
        await in_flight(server)
        await shop.tell(shop.case(2, due=timedelta(seconds=15)))
        if backup.is_online:
            backup.make()
        else:
            await server.end(signal.SIGKILL)
            backup.make()
            await server.start()
        before = await asked(shop, 1)
        await server.end(signal.SIGKILL)
        backup.restore()

        await server.start()
        held = await is_held(server)

        async def waits() -> bool:
            return deliveries(server)["pending"] == 1

        await until(waits)
        states = deliveries(server)
        lost = rows(server, "SELECT reason FROM delivery WHERE state IN ('unknown', 'parked')")
        posts = len(shop.questions())
        said = await aftertouch("release", "--lang", "en", cwd=tmp_path, environ=server.environ)
        await asked(shop, before)

    assert held
    assert "looks like an older copy" in server.log
    assert (states["sending"], states["unknown"] + states["parked"]) == (0, 1)
    assert [reason for (reason,) in lost] == ["restored"]
    assert posts == before
    assert said == (0, "Sending goes on.\n", "")


async def test_f11_a_killed_server_that_comes_back_to_its_own_database_is_not_held(
    tmp_path: Path,
) -> None:
    async with FakeTelegram() as telegram, serving(tmp_path, **bot(telegram)) as server:
        shop = await opened(server, telegram)
        await shop.joined(1)
        for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            await server.end(how)
            await server.start()
        await shop.tell(shop.case(1))
        await asked(shop, 0)

        assert not await is_held(server)


async def test_f11_a_hold_given_before_the_start_stands(tmp_path: Path) -> None:
    """For a copy that cannot be told from the database that it replaces."""
    async with FakeTelegram() as telegram, serving(tmp_path, **bot(telegram)) as server:
        await server.end(signal.SIGTERM)
        (tmp_path / BEATS).unlink()
        said = await aftertouch("hold", "--lang", "en", cwd=tmp_path, environ=server.environ)
        await server.start()

        assert said == (0, "Sending is on hold.\n", "")
        assert await is_held(server)
