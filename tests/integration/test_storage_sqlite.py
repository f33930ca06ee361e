import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine import parse, reading_engine, writing_engine
from storage.inline import InlineStorage
from storage.opening import open_inline, open_storage
from storage.sql.statements import Statement
from storage.threaded import SqlStorage
from storage.unit import SqlUnitOfWork
from surveys.errors import AlreadyStored, AnotherWriter, InvalidInput, StorageBusy
from surveys.model import CountRule, Dimensions, Person
from surveys.ports import UnitOfWork
from tests.contract.examples import add_score
from tests.sqlite import migrated

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = NOW.date()
DIMENSIONS = Dimensions(
    trigger="after-order",
    survey="checkout",
    touchpoint="checkout",
    stage="purchase",
    instrument="csat",
    scale="1-5",
    polarity="up",
    wording="1",
    channel="webchat",
    language="ko",
)


class Oops(Exception):
    """What a faulty unit of work raises."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.sqlite3"


@pytest.fixture
async def storage(file: Path) -> AsyncIterator[SqlStorage]:
    async with open_storage(migrated(file), patience=0.2) as storage:
        yield storage


def note(name: str, value: str = "x") -> Callable[[UnitOfWork], None]:
    return lambda unit: unit.notes.set(name, value)


def failing(name: str) -> Callable[[UnitOfWork], None]:
    def work(unit: UnitOfWork) -> None:
        unit.notes.set(name, "x")
        raise Oops

    return work


def run_sql(sql: str) -> Callable[[UnitOfWork], None]:
    """Do something to the connection that no repository would."""

    def work(unit: UnitOfWork) -> None:
        assert isinstance(unit, SqlUnitOfWork)
        unit.session.run(Statement(text(sql)), {})

    return work


@contextmanager
def held_by_another(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def stored(storage: SqlStorage, *names: str) -> list[bool]:
    return await storage.read(lambda unit: [unit.notes.get(name) is not None for name in names])


async def gathered(storage: SqlStorage, *works: Callable[[UnitOfWork], object]) -> list[object]:
    """Hold the writer back until all works wait, so that they share one commit."""
    started, gate = threading.Event(), threading.Event()

    def hold(_unit: UnitOfWork) -> None:
        started.set()
        gate.wait(60)

    first = asyncio.ensure_future(storage.write(hold))
    await asyncio.to_thread(started.wait, 60)
    rest = [asyncio.ensure_future(storage.write(work)) for work in works]
    await asyncio.sleep(0.05)
    gate.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def test_connections_are_set_up_for_durability(file: Path) -> None:
    url = parse(f"sqlite:///{file}")
    writing = writing_engine(url, patience=10, size=1)
    names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "trusted_schema")

    with writing.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert found == ["wal", 2, 10000, 1, 0]
    writing.dispose()


def test_reading_connections_cannot_write(file: Path) -> None:
    url = parse(f"sqlite:///{file}")
    writing = writing_engine(url, patience=1, size=1)
    with writing.begin() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
    reading = reading_engine(url, patience=1, size=1)

    with reading.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.execute(text("INSERT INTO t VALUES (1)"))

    reading.dispose()
    writing.dispose()


async def test_what_waits_is_committed_once(storage: SqlStorage, file: Path) -> None:
    seen: list[list[bool]] = []

    def look(_unit: UnitOfWork) -> None:
        with closing(sqlite3.connect(file)) as other:
            seen.append(other.execute("SELECT name FROM note").fetchall())

    assert await gathered(storage, note("a"), look, note("b")) == [None, None, None]
    assert seen == [[]]
    assert await stored(storage, "a", "b") == [True, True]


async def test_an_error_undoes_its_own_work_only(storage: SqlStorage) -> None:
    results = await gathered(storage, note("a"), failing("b"), note("c"))

    assert [type(result) for result in results] == [type(None), Oops, type(None)]
    assert await stored(storage, "a", "b", "c") == [True, False, True]


async def test_a_failed_commit_stores_nothing_and_all_hear_it(storage: SqlStorage) -> None:
    def break_the_commit(unit: UnitOfWork) -> None:
        run_sql("PRAGMA defer_foreign_keys = ON")(unit)
        run_sql("INSERT INTO event_occasion VALUES ('order-1', 'no such event')")(unit)

    results = await gathered(storage, note("a"), break_the_commit, note("b"))

    assert [type(result) for result in results] == [StorageBusy] * 3
    assert await stored(storage, "a", "b") == [False, False]
    await storage.write(note("c"))
    assert await stored(storage, "c") == [True]


async def test_d03_a_full_disk_is_busy_and_passes(storage: SqlStorage) -> None:
    await storage.write(run_sql("PRAGMA max_page_count = 1"))

    with pytest.raises(StorageBusy):
        await storage.write(note("big", "x" * 5_000_000))

    await storage.write(run_sql("PRAGMA max_page_count = 1000000"))
    await storage.write(note("big", "x" * 5_000_000))
    assert await stored(storage, "big") == [True]


async def test_d01_waiting_behind_a_commit_that_waits_counts_as_waiting(file: Path) -> None:
    """Else who comes second would be patient twice: until the first is refused, and then once more."""
    loop, patience = asyncio.get_running_loop(), 4.0
    async with open_storage(f"sqlite:///{file}", patience=patience) as storage:
        with held_by_another(file):
            first = asyncio.ensure_future(storage.write(note("a")))
            await asyncio.sleep(0.3)
            began = loop.time()
            with pytest.raises(StorageBusy):
                await storage.write(note("b"))
            waited = loop.time() - began
            with pytest.raises(StorageBusy):
                await first

        await storage.write(note("b"))

    assert 0.9 * patience < waited < 1.8 * patience


async def test_d01_a_lock_held_by_a_foreign_process_is_busy(
    storage: SqlStorage, file: Path
) -> None:
    with held_by_another(file), pytest.raises(StorageBusy):
        await storage.write(note("a"))

    await storage.write(note("b"))
    assert await stored(storage, "a", "b") == [False, True]


async def test_cancelling_the_caller_does_not_lose_the_commit(storage: SqlStorage) -> None:
    gate = threading.Event()

    def slow(unit: UnitOfWork) -> None:
        gate.wait(60)
        unit.notes.set("a", "x")

    caller = asyncio.ensure_future(storage.write(slow))
    await asyncio.sleep(0.05)
    caller.cancel()
    gate.set()
    await storage.write(note("b"))

    assert caller.cancelled()
    assert await stored(storage, "a") == [True]


async def test_closing_commits_what_waits(file: Path) -> None:
    async with open_storage(f"sqlite:///{file}") as storage:
        waiting = [asyncio.ensure_future(storage.write(note(str(n)))) for n in range(50)]
        await asyncio.sleep(0)

    await asyncio.gather(*waiting)
    with pytest.raises(StorageBusy, match="closed"):
        await storage.write(note("late"))
    with pytest.raises(StorageBusy, match="closed"):
        await storage.read(lambda unit: unit.notes.get("1"))


async def test_a_dimension_of_an_undone_work_is_not_remembered(storage: SqlStorage) -> None:
    def count(unit: UnitOfWork) -> None:
        add_score(unit, DAY, DIMENSIONS, 5)

    def count_and_fail(unit: UnitOfWork) -> None:
        count(unit)
        raise Oops

    results = await gathered(storage, count_and_fail, count, count)
    reported = await storage.read(lambda unit: unit.reports.scores(CountRule.ALL, DAY, DAY))

    assert [type(result) for result in results] == [Oops, type(None), type(None)]
    assert [row.counts[5] for row in reported] == [2]


async def test_a_second_writer_is_refused_in_one_sentence(storage: SqlStorage, file: Path) -> None:
    with pytest.raises(AnotherWriter, match="one writer"):
        open_storage(f"sqlite:///{file}")
    with pytest.raises(AnotherWriter):
        open_inline(f"sqlite:///{file}")


async def test_the_file_is_free_after_closing(file: Path) -> None:
    for name in ("a", "b"):
        async with open_storage(f"sqlite:///{file}") as storage:
            await storage.write(note(name))
            assert await stored(storage, name) == [True]


async def test_a_reader_opens_beside_the_writer_and_after_it(file: Path) -> None:
    async with open_storage(f"sqlite:///{file}") as writer:
        await writer.write(note("a"))
        async with open_storage(f"sqlite:///{file}", writable=False) as reader:
            assert await stored(reader, "a") == [True]
            with pytest.raises(StorageBusy, match="reading only"):
                await reader.write(note("b"))

    async with open_storage(f"sqlite:///{file}", writable=False) as reader:
        assert await stored(reader, "a", "b") == [True, False]


def test_a_reader_needs_a_database(file: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no database"):
        open_storage(f"sqlite:///{file}", writable=False)

    assert not file.exists()


async def test_d10_a_naive_time_is_refused(storage: SqlStorage) -> None:
    naive = NOW.replace(tzinfo=None)
    person = Person(id="p", subject_id="s", created_at=naive)

    with pytest.raises(ValueError, match="no time zone"):
        await storage.write(lambda unit: unit.people.add(person))


async def test_a_batch_is_one_commit(file: Path) -> None:
    async with open_inline(f"sqlite:///{file}") as storage:
        with storage.batch():
            await storage.write(note("a"))
            with pytest.raises(Oops):
                await storage.write(failing("b"))
            assert await storage.read(lambda unit: unit.notes.get("a")) == "x"
            with closing(sqlite3.connect(file)) as other:
                assert other.execute("SELECT * FROM note").fetchall() == []

        found = await storage.read(lambda unit: [unit.notes.get("a"), unit.notes.get("b")])
        assert found == ["x", None]


async def test_an_error_in_a_batch_undoes_all_of_it(file: Path) -> None:
    async def write_and_fail(storage: InlineStorage) -> None:
        with storage.batch():
            await storage.write(note("a"))
            raise Oops

    async with open_inline(f"sqlite:///{file}") as storage:
        with pytest.raises(Oops):
            await write_and_fail(storage)

        assert await storage.read(lambda unit: unit.notes.get("a")) is None


async def test_without_a_batch_every_inline_work_commits_alone(file: Path) -> None:
    async with open_inline(f"sqlite:///{file}", patience=0.1) as storage:
        await storage.write(note("a"))
        with pytest.raises(Oops):
            await storage.write(failing("b"))
        with held_by_another(file), pytest.raises(StorageBusy):
            await storage.write(note("c"))

        with closing(sqlite3.connect(file)) as other:
            assert other.execute("SELECT name FROM note").fetchall() == [("a",)]


async def test_a_taken_key_leaves_the_work_usable(storage: SqlStorage) -> None:
    person = Person(id="p", subject_id="s", created_at=NOW)

    def work(unit: UnitOfWork) -> None:
        unit.people.add(person)
        with pytest.raises(AlreadyStored):
            unit.people.add(person)
        unit.notes.set("a", "x")

    await storage.write(work)

    assert await stored(storage, "a") == [True]
