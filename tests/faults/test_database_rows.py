"""Rows D01 to D12 where one connection alone does not show them: locks, full disks, crashes, upgrades."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine import parse, writing_engine
from storage.opening import _write_desk, open_storage, prepare
from storage.sql.statements import Statement
from storage.unit import SqlUnitOfWork
from surveys.model import Person
from surveys.ports import Storage, UnitOfWork
from tests.e2e.deployment import Deployment, deployed, until
from tests.world import NOON

TIMES = 1000
WRITERS = 4


# --- D01: somebody else holds the lock --------------------------------------------------------------

HOLD = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def held_by_another_process(file: Path) -> AsyncIterator[None]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, str(file)), stdin=pipe, stdout=pipe
    )
    assert process.stdin
    assert process.stdout
    assert await process.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def test_d01_a_foreign_lock_is_answered_in_time_and_the_senders_retry_succeeds(
    tmp_path: Path,
) -> None:
    """Held through two refusals, so for twice as long as a sender is made to wait."""
    file = tmp_path / "a.sqlite3"
    async with deployed(f"sqlite:///{file}", {}) as deployment:
        clock = asyncio.get_running_loop()
        event, waits, refused = deployment.event("c1"), [], []
        async with held_by_another_process(file):
            for _ in range(2):
                began = clock.time()
                refused.append(await deployment.signed(event))
                waits.append(clock.time() - began)
            unready = await deployment.get("/readyz")
            readable = await deployment.get("/v1/results")
            left = await deployment.app.storage.read(lambda tx: tx.events.search("e1"))
        accepted = await deployment.signed(event)
        await until(lambda: ready(deployment))

    assert [reply.status for reply in (*refused, unready, readable)] == [503, 503, 503, 200]
    assert max(waits) < 15, "the sender was kept waiting"
    assert left == ()
    assert unready.body["problems"][0].startswith("read-only: ")
    assert accepted.body["results"][0]["status"] == "new"


async def ready(deployment: Deployment) -> bool:
    return (await deployment.get("/readyz")).status == 200


# --- D02: read, change, write -----------------------------------------------------------------------


def counter(unit: UnitOfWork) -> Person:
    found = unit.people.get("counter")
    assert found is not None
    return found


def start(unit: UnitOfWork) -> None:
    unit.people.add(Person(id="counter", subject_id="s", created_at=NOON, attributes={"n": 0}))


def increase(unit: UnitOfWork) -> None:
    n = counter(unit).attributes["n"] + 1
    unit.people.save(Person(id="counter", subject_id="s", created_at=NOON, attributes={"n": n}))


async def test_d02_four_writers_lose_none_of_a_thousand_increments_each(storage: Storage) -> None:
    await storage.write(start)

    async def write() -> None:
        for _ in range(TIMES):
            await storage.write(increase)

    await asyncio.gather(*(write() for _ in range(WRITERS)))

    assert (await storage.read(counter)).attributes == {"n": WRITERS * TIMES}


def test_d02_four_sqlite_connections_wait_for_each_other(tmp_path: Path) -> None:
    """A transaction that begins as a reader would be told at once that it is locked out, and lose."""
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    prepare(url)
    engine = writing_engine(parse(url), patience=60, size=WRITERS)
    open_desk = _write_desk(parse(url), engine, {})

    def write() -> None:
        with closing(open_desk()) as desk:
            for _ in range(TIMES):
                desk.run_alone(increase)

    with closing(open_desk()) as desk:
        desk.run_alone(start)
        with ThreadPoolExecutor(WRITERS) as threads:
            for done in [threads.submit(write) for _ in range(WRITERS)]:
                done.result()
        assert desk.look(counter).attributes == {"n": WRITERS * TIMES}
    engine.dispose()


# --- D08: run again after a rival -------------------------------------------------------------------


@pytest.mark.postgres
async def test_d08_a_transaction_that_lost_is_run_again_and_takes_effect_once(
    postgres_url_factory: Callable[[], str],
) -> None:
    runs: list[int] = []

    def losing_five_times(unit: UnitOfWork) -> None:
        runs.append(1)
        increase(unit)
        if len(runs) <= 5:
            assert isinstance(unit, SqlUnitOfWork)
            lose = "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"
            unit.session.run(Statement(text(lose)), {})

    async with open_storage(postgres_url_factory()) as storage:
        await storage.write(start)
        await storage.write(losing_five_times)

        assert (await storage.read(counter)).attributes == {"n": 1}
    assert len(runs) == 6
