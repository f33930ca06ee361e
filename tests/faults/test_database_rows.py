"""Rows D01 to D12 where one connection alone does not show them: locks, full disks, crashes, upgrades."""

import asyncio
import os
import sqlite3
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
from storage.sqlite_state import SQLITE, Version, has_wal_reset_bug
from storage.unit import SqlUnitOfWork
from surveys.model import Person
from surveys.ports import Storage, UnitOfWork
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.process import aftertouch
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
                refused.append(await deployment.signed(event, once=True))
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


# --- D11: a SQLite that two writers can damage ------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_d11_the_bug_is_known_by_version(version: Version, has_it: bool) -> None:
    assert has_wal_reset_bug(version) is has_it


async def test_d11_doctor_tells_of_the_sqlite_and_finds_a_second_process_that_writes(
    tmp_path: Path,
) -> None:
    """A foreign tool heeds no lock of ours; two servers on one file are refused before they write."""
    file = tmp_path / "a.sqlite3"
    environ = {"AFTERTOUCH_DATABASE_URL": f"sqlite:///{file}"}
    async with open_storage(f"sqlite:///{file}"):
        alone = await aftertouch("doctor", "--lang", "en", cwd=tmp_path, environ=environ)
        async with held_by_another_process(file):
            accompanied = await aftertouch("doctor", "--lang", "en", cwd=tmp_path, environ=environ)

    affected = has_wal_reset_bug(SQLITE)
    assert (alone[0], accompanied[0]) == (0, 1 if affected else 0)
    assert f"sqlite: {sqlite3.sqlite_version}" in alone[1]
    assert "WAL-reset bug" in alone[1]
    assert (f"{os.getpid()}" in accompanied[1]) is affected


async def test_d11_doctor_says_what_would_not_do(database_url: str, tmp_path: Path) -> None:
    environ = {"AFTERTOUCH_DATABASE_URL": database_url}
    async with open_storage(database_url):
        pass
    sound = await aftertouch("doctor", "--lang", "en", cwd=tmp_path, environ=environ)
    engine = writing_engine(parse(database_url), patience=1, size=1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    half = {"AFTERTOUCH_TELEGRAM_MODE": "webhook", "AFTERTOUCH_SLACK_BOT_TOKEN": "xoxb-1"}
    (tmp_path / "program.yaml").write_text("stages: 7\n")
    broken = await aftertouch(
        "doctor",
        *("--lang", "en"),
        cwd=tmp_path,
        environ=environ | half | {"AFTERTOUCH_PROGRAM": str(tmp_path / "program.yaml")},
    )

    assert (sound[0], sound[2], broken[0], broken[2]) == (0, "", 1, "")
    assert "fail" not in states(sound[1]).values()
    assert states(sound[1])["database"] == "ok"
    assert "the sample company's name" in sound[1]
    wrong = {check for check, state in states(broken[1]).items() if state == "fail"}
    assert wrong >= {"database", "program", "telegram", "slack"}
    assert "schema 9999" in broken[1]
    assert "AFTERTOUCH_TELEGRAM_TOKEN is missing" in broken[1]
    assert "AFTERTOUCH_SLACK_SIGNING_SECRET is missing" in broken[1]


def states(told: str) -> dict[str, str]:
    """Return what doctor says of each check."""
    words = [line.split(maxsplit=2) for line in told.splitlines() if not line.startswith(" ")]
    return {check.removesuffix(":"): state for state, check, *_ in words}
