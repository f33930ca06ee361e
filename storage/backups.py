"""Copies of a whole database: made while a server runs, and looked into where nothing can be lost."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, create_engine, inspect, text

from storage.engine import parse, sqlite_file
from storage.schema import HEAD, revision_of
from surveys.errors import InvalidInput

BACKUPS: Final = Path("backups")
"""Where copies are kept unless told otherwise, below the folder that a command is typed in."""

STAMP: Final = "%Y%m%dT%H%M%SZ"
ENDINGS: Final = {"sqlite": ".sqlite3", "postgresql": ".dump"}
_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"
_STEM: Final = "aftertouch-"
_SCRATCH: Final = "aftertouch_verify_"
_OURS_ALONE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a copy was found to hold: the schema it has, and the rows of each table that has any.

    ``left`` are databases on the server that other runs restored into: of one that goes on, or that was killed.
    """

    schema: str
    rows: Mapping[str, int]
    left: tuple[str, ...] = ()


def make(url: str, folder: Path, now: datetime) -> Path:
    """Copy the database as it is at one instant into a new file of the folder, its SHA-256 beside it.

    A server goes on reading and writing meanwhile. The file is there whole or not at all, and readable by its owner
    alone. Raises InvalidInput where that can't be done, ``pg_dump`` is missing or refuses.
    """
    parsed = parse(url)
    kind = "sqlite" if sqlite_file(parsed) else "postgresql"
    file = folder / f"{_STEM}{now.astimezone(UTC):{STAMP}}{ENDINGS[kind]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _whole(file) as part:
            _copy(parsed, part)
        beside(file).write_text(f"{_sha256(file)}  {file.name}\n", "utf-8")
    except OSError as problem:
        raise InvalidInput(str(file), f"cannot be written: {problem.strerror}") from problem
    return file


def beside(file: Path) -> Path:
    """Return the file that has the checksum, as ``sha256sum -c`` reads it."""
    return file.with_name(f"{file.name}.sha256")


def newest(folder: Path) -> datetime | None:
    """Return when the newest copy of a folder was made, by its name; None where there is none."""
    return max(filter(None, map(_made, folder.glob(f"{_STEM}*"))), default=None)


def verify(file: Path, url: str, chance: str) -> Verified:
    """Restore a copy into a database that is thrown away, and look into it there; the file is only read.

    A dump of PostgreSQL is restored into a new database on the server of ``url``, whose name ends with ``chance``. Raises InvalidInput where the file
    is not what was written, holds no database of ours, or can't be restored.
    """
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_SQLITE))
        _compare(file)
    except OSError as problem:
        raise InvalidInput(str(file), f"cannot be read: {problem.strerror}") from problem
    if begins == _SQLITE:
        return _verify_sqlite(file)
    if begins.startswith(_POSTGRES):
        return _verify_postgres(file, url, chance)
    raise InvalidInput(str(file), "is neither an SQLite database nor a dump of PostgreSQL")


def _made(file: Path) -> datetime | None:
    stamp = file.name.removeprefix(_STEM).removesuffix(file.suffix)
    if file.suffix not in ENDINGS.values():
        return None
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """Yield a file to be written, which gets its name once it is on the disk."""
    part = file.with_name(f".{file.name}.part")
    if file.exists():
        raise InvalidInput(str(file), "exists already")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ALONE))
    try:
        yield part
        _to_the_disk(part)
        part.rename(file)
        _to_the_disk(file.parent)
    finally:
        part.unlink(missing_ok=True)


def _to_the_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(url: URL, part: Path) -> None:
    source = sqlite_file(url)
    if source is None:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={part}", url=url)
        return
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as there,
            closing(sqlite3.connect(part)) as here,
        ):
            there.backup(here)  # in one step: what is written meanwhile is not in it
    except sqlite3.Error as problem:
        raise InvalidInput(str(source), f"cannot be copied: {problem}") from problem


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _compare(file: Path) -> None:
    kept = beside(file)
    if not kept.exists():
        raise InvalidInput(str(kept), "is missing, so whether the copy is whole is unknown")
    if kept.read_bytes().split()[:1] != [_sha256(file).encode()]:
        raise InvalidInput(str(file), f"is not the file whose checksum is in {kept.name}")


def _verify_sqlite(file: Path) -> Verified:
    with tempfile.TemporaryDirectory(prefix="aftertouch-verify-") as home:
        scratch = Path(home) / "scratch.sqlite3"
        shutil.copyfile(file, scratch)
        try:
            with closing(sqlite3.connect(scratch)) as opened:
                faults = [row[0] for row in opened.execute("PRAGMA integrity_check(3)")]
                strays = opened.execute("PRAGMA foreign_key_check").fetchmany(3)
        except sqlite3.DatabaseError as problem:
            raise InvalidInput(str(file), f"is damaged: {problem}") from problem
        if faults != ["ok"] or strays:
            told = "; ".join(faults) if faults != ["ok"] else f"rows without their own: {strays}"
            raise InvalidInput(str(file), f"is damaged: {told}")
        return _looked_into(file, URL.create("sqlite", database=str(scratch)))


def _verify_postgres(file: Path, url: str, chance: str) -> Verified:
    server = parse(url)
    if sqlite_file(server):
        raise InvalidInput("database URL", "names no PostgreSQL to restore the dump on")
    scratch = server.set(database=f"{_SCRATCH}{chance}")
    with _scratch(server, str(scratch.database)) as left:
        restoring = ("--exit-on-error", "--no-owner", "--dbname", str(scratch.database), str(file))
        _run("pg_restore", *restoring, url=scratch)
        return replace(_looked_into(file, scratch), left=left)


@contextmanager
def _scratch(server: URL, name: str) -> Iterator[tuple[str, ...]]:
    """Make a database and drop it in the end; yields the names of others like it."""
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    named = sql.Identifier(name)
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            left = _left(connection)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(named))
            try:
                yield left
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))
    except psycopg.Error as problem:
        told = f"no database can be made there to restore into: {str(problem).strip()}"
        raise InvalidInput("database URL", told) from problem


def _left(connection: psycopg.Connection) -> tuple[str, ...]:
    named = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname"
    return tuple(name for (name,) in connection.execute(named, [_SCRATCH]))


def _looked_into(file: Path, scratch: URL) -> Verified:
    engine = create_engine(scratch)
    try:
        with engine.connect() as connection:
            schema = revision_of(connection)
            if schema is None or schema > HEAD:
                told = "holds none of our databases" if schema is None else f"has schema {schema}"
                raise InvalidInput(str(file), f"{told}; this program knows up to {HEAD}")
            return Verified(schema=schema, rows=_rows(connection))
    finally:
        engine.dispose()


def _rows(connection: Connection) -> dict[str, int]:
    quoted = connection.dialect.identifier_preparer.quote
    names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
    counted = {
        name: connection.scalar(text(f"SELECT count(*) FROM {quoted(name)}"))  # noqa: S608 the names are the database's own
        for name in names
    }
    return {name: int(count) for name, count in counted.items() if count}


def _run(program: str, *arguments: str, url: URL) -> None:
    """Run one of PostgreSQL's own programs, which is told the server by its environment: others see arguments."""
    found = shutil.which(program)
    if found is None:
        told = "is not on the PATH; it comes with PostgreSQL's client programs (postgresql-client)"
        raise InvalidInput(program, told)
    known = {
        "PGHOST": url.host,
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        **{f"PG{name.upper()}": str(value) for name, value in url.query.items()},
    }
    environ = {**os.environ, **{name: str(value) for name, value in known.items() if value}}
    done = subprocess.run(  # noqa: S603 a program of PostgreSQL's by its full path, no shell
        [found, "--no-password", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InvalidInput(program, done.stderr.strip() or f"ended with {done.returncode}")
