import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from storage.opening import open_inline, open_storage
from storage.sql import overview
from storage.sql.statements import Statement
from storage.threaded import SqlStorage
from storage.unit import SqlUnitOfWork
from surveys.errors import AlreadyStored, StorageBusy
from surveys.model import Identifier, InboxEntry, InboxState, Person, Slot
from surveys.ports import UnitOfWork
from tests.contract.examples import delivery, populate

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def url(postgres_url_factory: Callable[[], str]) -> str:
    return postgres_url_factory()


@pytest.fixture
async def storage(url: str) -> AsyncIterator[SqlStorage]:
    async with open_storage(url) as storage:
        yield storage


def raw(unit: UnitOfWork, sql: str) -> None:
    assert isinstance(unit, SqlUnitOfWork)
    unit.session.run(Statement(text(sql)), {})


def entry(number: int) -> InboxEntry:
    return InboxEntry(
        id=f"entry-{number}",
        source="event:shop",
        key=str(number),
        digest="d",
        received_at=NOW + timedelta(seconds=number),
        state=InboxState.NEW,
        due_at=NOW,
    )


async def test_d08_a_deadlock_is_run_again(storage: SqlStorage) -> None:
    await storage.write(lambda unit: [unit.clocks.lock(person) for person in ("ann", "ben")])
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def locking(first: str, second: str) -> Callable[[UnitOfWork], None]:
        def work(unit: UnitOfWork) -> None:
            is_first_run = first not in runs
            runs.append(first)
            unit.clocks.lock(first)
            if is_first_run:
                both_hold_one.wait(60)
            unit.clocks.lock(second)
            unit.notes.set(first, "done")

        return work

    await asyncio.gather(storage.write(locking("ann", "ben")), storage.write(locking("ben", "ann")))

    assert len(runs) in {3, 4}  # the server may take both for the culprit
    assert await storage.read(lambda unit: [unit.notes.get("ann"), unit.notes.get("ben")]) == [
        "done",
        "done",
    ]


async def test_d08_a_rivalry_without_end_is_busy_after_six_runs(storage: SqlStorage) -> None:
    runs: list[int] = []

    def always_losing(unit: UnitOfWork) -> None:
        runs.append(1)
        raw(unit, "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$")

    with pytest.raises(StorageBusy):
        await storage.write(always_losing)

    assert len(runs) == 6


async def test_rivals_for_one_clock_see_each_others_slots(storage: SqlStorage) -> None:
    def reserve_if_free(number: int) -> Callable[[UnitOfWork], bool]:
        def work(unit: UnitOfWork) -> bool:
            if unit.clocks.lock("ann"):
                return False
            slot = Slot(
                invitation_id=f"i{number}", person_id="ann", instrument="nps", stage="s", at=NOW
            )
            unit.clocks.reserve(slot)
            return True

        return work

    won = await asyncio.gather(*(storage.write(reserve_if_free(n)) for n in range(12)))

    assert sorted(won) == [False] * 11 + [True]


async def test_rivals_claim_different_rows(storage: SqlStorage) -> None:
    def fill(unit: UnitOfWork) -> None:
        for number in range(4):
            unit.inbox.add(entry(number))

    await storage.write(fill)
    both_claimed = threading.Barrier(2)

    def claim(unit: UnitOfWork) -> list[str]:
        claimed = [entry.id for entry in unit.inbox.unhandled(NOW, 2)]
        both_claimed.wait(60)
        return claimed

    one, other = await asyncio.gather(storage.write(claim), storage.write(claim))

    assert sorted(one + other) == [f"entry-{n}" for n in range(4)]


async def test_a_change_is_made_on_what_the_rival_left(storage: SqlStorage) -> None:
    person = Person(id="ann", subject_id="s", created_at=NOW, attributes={"n": 0})
    await storage.write(lambda unit: unit.people.add(person))

    def count(unit: UnitOfWork) -> None:
        found = unit.people.get("ann")
        assert found is not None
        n = found.attributes["n"] + 1
        unit.people.save(Person(id="ann", subject_id="s", created_at=NOW, attributes={"n": n}))

    await asyncio.gather(*(storage.write(count) for _ in range(20)))

    found = await storage.read(lambda unit: unit.people.get("ann"))
    assert found is not None
    assert found.attributes == {"n": 20}


async def test_looking_and_then_adding_finds_what_the_rival_added(storage: SqlStorage) -> None:
    name = Identifier(namespace="shop", value="7")

    def find_or_add(number: int) -> Callable[[UnitOfWork], str]:
        def work(unit: UnitOfWork) -> str:
            if known := unit.people.named([name]):
                return known[0].id
            unit.people.add(Person(id=f"p{number}", subject_id="s", created_at=NOW))
            unit.people.name(f"p{number}", name)
            return f"p{number}"

        return work

    found = await asyncio.gather(*(storage.write(find_or_add(n)) for n in range(12)))

    assert len(set(found)) == 1


async def test_a_taken_key_leaves_the_transaction_usable(storage: SqlStorage) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.inbox.add(entry(1))
        with pytest.raises(AlreadyStored):
            unit.inbox.add(entry(1))
        unit.notes.set("a", "x")

    await storage.write(work)

    assert await storage.read(lambda unit: unit.notes.get("a")) == "x"


async def test_a_lost_connection_is_busy_and_the_next_write_works(storage: SqlStorage) -> None:
    def lose_it(unit: UnitOfWork) -> None:
        unit.notes.set("a", "x")
        raw(unit, "SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StorageBusy):
        await storage.write(lose_it)
    await storage.write(lambda unit: unit.notes.set("b", "x"))

    found = await storage.read(lambda unit: [unit.notes.get("a"), unit.notes.get("b")])
    assert found == [None, "x"]


async def test_idle_connections_that_died_are_replaced(storage: SqlStorage, url: str) -> None:
    await storage.write(lambda unit: unit.notes.set("a", "x"))
    with closing(psycopg.connect(url, autocommit=True)) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    await storage.write(lambda unit: unit.notes.set("b", "x"))

    assert await storage.read(lambda unit: unit.notes.get("b")) == "x"


async def test_reading_cannot_write(storage: SqlStorage) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await storage.read(lambda unit: unit.notes.set("a", "x"))


async def test_two_processes_may_write(storage: SqlStorage, url: str) -> None:
    async with open_storage(url) as other:
        await asyncio.gather(
            storage.write(lambda unit: unit.notes.set("a", "x")),
            other.write(lambda unit: unit.notes.set("b", "x")),
        )

        assert await other.read(lambda unit: unit.notes.get("a")) == "x"


async def test_a_batch_is_one_commit(url: str) -> None:
    def fail(unit: UnitOfWork) -> None:
        raw(unit, "SELECT 1 / 0")

    async with open_inline(url) as storage:
        with storage.batch():
            await storage.write(lambda unit: unit.notes.set("a", "x"))
            with pytest.raises(psycopg.errors.DivisionByZero):
                await storage.write(fail)
            with closing(psycopg.connect(url)) as other:
                assert other.execute("SELECT * FROM note").fetchall() == []

        assert await storage.read(lambda unit: unit.notes.get("a")) == "x"


async def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StorageBusy, match="does not answer") as refused:
        open_storage("postgresql://me:secret@127.0.0.1:1/a")

    assert "secret" not in str(refused.value)


Taking = Callable[[UnitOfWork], object]


@pytest.mark.parametrize(
    "take",
    [
        lambda unit: unit.inbox.take("entry-1"),
        lambda unit: unit.deliveries.take("delivery-1"),
        lambda unit: unit.clocks.take("ann") or None,
    ],
    ids=["inbox", "deliveries", "clocks"],
)
async def test_what_a_rival_has_is_passed_over_at_once(storage: SqlStorage, take: Taking) -> None:
    def fill(unit: UnitOfWork) -> None:
        populate(unit)
        unit.inbox.add(entry(1))
        unit.deliveries.add(delivery("delivery-1"))
        unit.clocks.lock("ann")

    await storage.write(fill)
    taken, tried = threading.Event(), threading.Event()

    def have(unit: UnitOfWork) -> object:
        found = take(unit)
        taken.set()
        tried.wait(30)
        return found

    def want(unit: UnitOfWork) -> object:
        taken.wait(30)
        found = take(unit)
        tried.set()
        return found

    had, wanted = await asyncio.gather(storage.write(have), storage.write(want))
    assert had is not None
    assert wanted is None
    assert await storage.write(take) == had


async def test_what_readers_run_often_stays_prepared_and_what_is_bounded_is_planned_anew(
    storage: SqlStorage,
) -> None:
    often, bounded = Statement(text("SELECT 'often'")), Statement(text("SELECT 'bounded'"))
    known = Statement(text("SELECT statement FROM pg_prepared_statements"))

    def read(unit: UnitOfWork) -> set[str]:
        assert isinstance(unit, SqlUnitOfWork)
        unit.session.rows(often)
        with unit.session.bounded(60.0):
            unit.session.rows(bounded)
        return {row[0] for row in unit.session.rows(known)}

    prepared = [await storage.read(read) for _ in range(100)][-1]
    assert "SELECT 'often'" in prepared
    assert "SELECT 'bounded'" not in prepared


MANY_ASKS = (
    (
        "INSERT INTO decision (number, id, event_id, trigger, program_version, verdicts, decided_at)"
        " SELECT i, 'd' || i, 'e' || i, 'checkout', 'p', '[[\"asked\", \"clear\"]]',"
        " timestamptz '2026-11-02Z' + i * interval '1 second' FROM generate_series(1, 4000) AS i"
    ),
    (
        "INSERT INTO invitation (number, id, decision_id, event_id, trigger, person_id, subject_id,"
        " occasion, program_version, survey, survey_version, touchpoint, stage, instrument, event_at,"
        " ask_by, state, created_at, channel)"
        " SELECT number, id, id, event_id, trigger, 'ann', 'ann', id, 'p', 's', 1, 't', 's', 'csat',"
        " decided_at, decided_at, 'finished', decided_at, 'webchat' FROM decision"
    ),
    "ANALYZE",
)


@pytest.mark.parametrize("query", [overview._LOG.reading, overview._RULES])
async def test_the_log_of_a_channel_looks_asks_up_and_reads_no_table_whole(
    storage: SqlStorage, url: str, query: Statement
) -> None:
    for statement in MANY_ASKS:
        await storage.write(lambda unit, sql=statement: raw(unit, sql))  # type: ignore[misc]  # bound as it is now
    compiled = query._for(PGDialect_psycopg())  # type: ignore[no-untyped-call]  # of SQLAlchemy
    asked = {
        **dict.fromkeys(("triggers", "kind", "rule"), ""),
        "since": NOW - timedelta(days=9),
        "before": NOW,
        "before_number": 0,
        "channel": "slack",
        "depth": 3000,
        "limit": 50,
    }

    async with await psycopg.AsyncConnection.connect(url) as connection:
        told = await connection.execute("EXPLAIN " + compiled.sql, compiled.params(asked))
        plan = "\n".join([row[0] for row in await told.fetchall()])

    assert "ix_invitation_event_id on invitation" in plan, plan
    assert not [node for node in ("hashed", "Hash Join", "Seq Scan") if node in plan], plan
