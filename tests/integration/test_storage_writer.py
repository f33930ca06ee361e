"""SQLite's writer outlives whatever a unit of work does to it; where it can't, nobody waits for it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from storage.desk import Desk
from storage.engine import parse, writing_engine
from storage.opening import open_storage
from storage.threaded import SqlStorage
from storage.unit import SqlUnitOfWork
from storage.writer import GroupWriter
from surveys.errors import StorageBusy
from surveys.ports import UnitOfWork
from tests.sqlite import migrated

SOON = 60


class Gone(BaseException):
    """What is no Exception, as a thread that is told to end raises it."""


def note(name: str) -> Callable[[UnitOfWork], None]:
    return lambda unit: unit.notes.set(name, "x")


def raising(error: BaseException) -> Callable[[UnitOfWork], NoReturn]:
    def work(unit: UnitOfWork) -> NoReturn:
        unit.notes.set("undone", "x")
        raise error

    return work


def ending(_: UnitOfWork) -> NoReturn:
    raise StopIteration


def cut_off(unit: UnitOfWork) -> None:
    """Close the writer's connection under its feet: not even undoing works any more."""
    assert isinstance(unit, SqlUnitOfWork)
    unit.session._cursor.connection.close()  # type: ignore[attr-defined]  # no repository closes it


@pytest.fixture
def url(tmp_path: Path) -> str:
    return migrated(tmp_path / "a.sqlite3")


@pytest.fixture
async def storage(url: str) -> AsyncIterator[SqlStorage]:
    async with open_storage(url) as storage:
        yield storage


async def together(
    write: Callable[[Callable[[UnitOfWork], Any]], Any], *works: Callable[[UnitOfWork], Any]
) -> list[object]:
    """Hold the writer back until all works wait, so that they share one commit; return what they led to."""
    started, gate = threading.Event(), threading.Event()

    def hold(_: UnitOfWork) -> None:
        started.set()
        gate.wait(SOON)

    first = asyncio.ensure_future(write(hold))
    await asyncio.to_thread(started.wait, SOON)
    rest = [asyncio.ensure_future(write(work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    async with asyncio.timeout(SOON):
        await first
        return list(await asyncio.gather(*rest, return_exceptions=True))


async def test_what_is_no_exception_is_raised_where_it_was_handed_in_and_undone_alone(
    storage: SqlStorage,
) -> None:
    gone, left = await together(storage.write, raising(Gone()), note("a"))

    assert isinstance(gone, Gone)
    assert left is None
    found = await storage.read(lambda unit: (unit.notes.get("undone"), unit.notes.get("a")))
    assert found == (None, "x")


async def test_an_iteration_that_ended_too_early_is_heard_like_any_other_error(
    storage: SqlStorage,
) -> None:
    """No future takes a StopIteration."""
    ended, left = await together(storage.write, raising(StopIteration()), note("a"))

    assert isinstance(ended, RuntimeError)
    assert isinstance(ended.__cause__, StopIteration)
    assert left is None
    async with asyncio.timeout(SOON):
        with pytest.raises(RuntimeError):
            await storage.read(ending)


async def test_a_writer_that_lost_its_connection_says_so_and_takes_another(
    storage: SqlStorage,
) -> None:
    before, broken, after = await together(storage.write, note("a"), cut_off, note("b"))

    assert isinstance(before, StorageBusy)
    assert broken is not None
    assert isinstance(after, StorageBusy)
    await storage.write(note("c"))
    found = await storage.read(lambda unit: [unit.notes.get(name) for name in "abc"])
    assert found == [None, None, "x"]


@contextmanager
def writing(url: str, open_desk: Callable[[Callable[[], Desk]], Desk]) -> Iterator[GroupWriter]:
    """Yield a writer whose connections ``open_desk`` opens, on a database that has its tables."""
    engine = writing_engine(parse(url), patience=5, size=1)
    how = partial(Desk, engine, {}, begin="BEGIN IMMEDIATE", locking=False)
    writer = GroupWriter(lambda: open_desk(how), patience=5)
    try:
        yield writer
    finally:
        writer.close()
        engine.dispose()


async def test_while_no_other_connection_is_to_be_had_all_are_refused_at_once(url: str) -> None:
    await open_storage(url).close()
    refusals = [False, True, False]

    def open_desk(how: Callable[[], Desk]) -> Desk:
        if refusals.pop(0):
            message = "too many open files"
            raise OSError(message)
        return how()

    with writing(url, open_desk) as writer:
        async with asyncio.timeout(SOON):
            await asyncio.wait([writer.submit(cut_off)])
            with pytest.raises(StorageBusy, match="too many open files"):
                await writer.submit(note("a"))
            await writer.submit(note("a"))


class Deaf(asyncio.SelectorEventLoop):
    """An event loop that cannot be told anything from another thread."""

    def call_soon_threadsafe(
        self, callback: object, *args: object, context: object = None
    ) -> NoReturn:
        raise Gone


async def for_good(writer: GroupWriter) -> NoReturn:
    while True:
        await writer.submit(note("c"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_when_the_thread_ends_all_the_same_nobody_waits_for_it(url: str) -> None:
    await open_storage(url).close()
    deaf = Deaf()
    started, gate = threading.Event(), threading.Event()

    def hold(_: UnitOfWork) -> None:
        started.set()
        gate.wait(SOON)

    def hand_in(writer: GroupWriter) -> None:
        async def submit() -> asyncio.Future[None]:
            return writer.submit(note("a"))

        assert not deaf.run_until_complete(submit()).done()

    with writing(url, lambda how: how()) as writer:
        first = writer.submit(hold)
        await asyncio.to_thread(started.wait, SOON)
        await asyncio.to_thread(hand_in, writer)
        shared = writer.submit(note("b"))
        gate.set()
        async with asyncio.timeout(SOON):
            await first
            await shared
            with pytest.raises(StorageBusy, match="has ended"):
                await for_good(writer)
    deaf.close()
