"""Opens a database: checks, creates or upgrades its schema, and starts what writes to it."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DatabaseError

from storage import schema
from storage.desk import Desk
from storage.engine import parse, reading_engine, sqlite_file, writing_engine
from storage.faults import translated
from storage.inline import InlineStorage
from storage.lock import FileLock
from storage.pool import Committer, Pool, look
from storage.sql.session import Numbered
from storage.threaded import SqlStorage
from storage.writer import GroupWriter
from surveys.errors import InvalidInput, StorageBusy

PATIENCE = 10.0
"""Seconds to wait for a database that another process holds."""

_THREADS = 4


def open_storage(
    url: str, *, writable: bool = True, patience: float = PATIENCE, threads: int = _THREADS
) -> SqlStorage:
    """Open ``sqlite:///path`` or ``postgresql://...`` for a server, or to read where not ``writable``.

    Raises InvalidInput for a URL that leads nowhere, AnotherWriter, SchemaMismatch, and StorageBusy
    where the database does not answer. Each says what to do in one line.
    """
    place = parse(url)
    with ExitStack() as opened:
        engine = ready(place, opened, writable=writable, patience=patience, threads=threads)
        reading = reading_engine(place, patience=patience, size=threads)
        opened.callback(reading.dispose)
        numbers: dict[Numbered, int] = {}
        look_desk = partial(
            Desk, reading, numbers, begin=_begin(place, "BEGIN"), locking=False, tags={}
        )
        readers = Pool(look, look_desk, threads=threads, name="storage-reader")
        writers = _writers(place, engine, numbers, patience, threads) if writable else None
        wipe = writers.wipe if isinstance(writers, GroupWriter) else None
        return SqlStorage(
            writers=writers, readers=readers, release=opened.pop_all().close, wipe=wipe
        )


def open_inline(url: str, *, patience: float = PATIENCE) -> InlineStorage:
    """Open a database for a simulation on one thread. Raises as ``open_storage`` does."""
    place = parse(url)
    with ExitStack() as opened:
        engine = ready(place, opened, writable=True, patience=patience, threads=1)
        desk = _write_desk(place, engine, {})()
        return InlineStorage(desk, release=opened.pop_all().close)


def prepare(url: str) -> None:
    """Create or upgrade the tables, and leave the database closed."""
    with ExitStack() as opened:
        ready(parse(url), opened, writable=True, patience=PATIENCE, threads=1)


def ready(
    place: URL, opened: ExitStack, *, writable: bool, patience: float, threads: int
) -> Engine:
    """Return an engine for a database whose schema is right; ``opened`` collects what to close."""
    file = sqlite_file(place)
    if file:
        _look_at(file, writable=writable)
    if file and writable:
        opened.callback(FileLock(file).release)
    make = writing_engine if writable else reading_engine
    engine = make(place, patience=patience, size=threads)
    opened.callback(engine.dispose)
    _bring_up(engine, place, schema.upgrade if writable else schema.check)
    return engine


def _look_at(file: Path, *, writable: bool) -> None:
    where = "database URL"
    if not file.parent.is_dir():
        raise InvalidInput(where, f"there is no directory {file.parent.absolute()}")
    if file.is_dir():
        raise InvalidInput(where, f"{file.absolute()} is a directory")
    if not writable and not file.exists():
        raise InvalidInput(where, f"there is no database {file.absolute()} yet")
    for needed in (file.parent, file) if writable else ():
        if needed.exists() and not os.access(needed, os.W_OK):
            raise InvalidInput(where, f"{needed.absolute()} can't be written by this user")


def _bring_up(engine: Engine, place: URL, step: Callable[[Engine], None]) -> None:
    try:
        step(engine)
    except DatabaseError as error:
        shown = place.render_as_string(hide_password=True)
        if translated(error) is None:
            raise InvalidInput(
                "database URL", f"{shown} is no database of ours: {error.orig}"
            ) from error
        message = f"{shown} does not answer: {error.orig}"
        raise StorageBusy(message) from error


def _begin(place: URL, statement: str) -> str | None:
    return statement if sqlite_file(place) else None


def _write_desk(place: URL, engine: Engine, numbers: dict[Numbered, int]) -> Callable[[], Desk]:
    begin = _begin(place, "BEGIN IMMEDIATE")
    return partial(Desk, engine, numbers, begin=begin, locking=begin is None)


def _writers(
    place: URL, engine: Engine, numbers: dict[Numbered, int], patience: float, threads: int
) -> GroupWriter | Pool:
    open_desk = _write_desk(place, engine, numbers)
    if sqlite_file(place):
        return GroupWriter(open_desk, patience=patience)
    return Pool(Committer(), open_desk, threads=threads, name="storage-writer")
