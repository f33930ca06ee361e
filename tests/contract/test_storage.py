"""surveys.ports.Storage, and how values come back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from surveys.errors import AlreadyStored
from surveys.model import Channel, CountRule, Identifier
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

MOMENTS = {
    "to the microsecond": datetime(2026, 11, 16, 23, 59, 59, 999999, tzinfo=UTC),
    "on the whole second": datetime(2026, 11, 16, 9, 0, tzinfo=UTC),
    "before 1970": datetime(1931, 5, 3, 1, 2, 3, 4, tzinfo=UTC),
    "far ahead": datetime(2262, 4, 12, 0, 0, 0, 1, tzinfo=UTC),
    "in Seoul": datetime(2026, 11, 17, 1, 2, 3, 4, tzinfo=ZoneInfo("Asia/Seoul")),
    "in a fold": datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    "at a bare offset": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
}

VALUES = {
    "nested": ex.NESTED,
    "text": {
        "ko": "가나다 한글 ㅋㅋ",
        "emoji": "👩‍👩‍👧‍👦🇰🇷",
        "quotes": "\"'\\",
        "controls": "\t\n\u0001",
    },
    "numbers": {"big": 2**53 + 1, "negative": -0.1, "small": 1e-9, "zero": 0, "one": 1.5},
    "empty": {"list": [], "dict": {}, "none": None, "text": "", "false": False},
    "deep": {"a": [[[{"b": [{"c": [[]]}]}]]]},
    "keys": {"": 1, "a.b": 2, "$ref": 3, "키": 4},
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_d10_an_aware_time_comes_back_as_the_same_instant_in_utc(
    store: Storage, moment: datetime
) -> None:
    await store.write(lambda unit: unit.people.add(ex.person("cat", created_at=moment)))

    stored = await store.read(lambda unit: unit.people.get("cat"))
    assert stored
    assert stored.created_at == moment.astimezone(UTC)
    assert stored.created_at.tzinfo is UTC


async def test_d10_a_naive_time_is_refused_and_the_transaction_stays_usable(world: Storage) -> None:
    naive = ex.START.replace(tzinfo=None)

    def work(unit: UnitOfWork) -> None:
        with pytest.raises(ValueError, match="time zone"):
            unit.people.add(ex.person("cat", created_at=naive))
        with pytest.raises(ValueError, match="time zone"):
            unit.people.save(ex.person("ann", paused_until=naive))
        with pytest.raises(ValueError, match="time zone"):
            unit.deliveries.add(ex.delivery("d1", due_at=naive))
        with pytest.raises(ValueError, match="time zone"):
            unit.decisions.add(ex.decision("d1", verdicts=(ex.verdict(at=naive),)))
        unit.notes.set("after", "kept")

    await world.write(work)

    assert await world.read(lambda unit: unit.people.get("cat")) is None
    assert await world.read(lambda unit: unit.people.get("ann")) == ex.person("ann")
    assert await world.read(lambda unit: unit.notes.get("after")) == "kept"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
async def test_json_comes_back_as_it_went_in(world: Storage, value: object) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.people.add(ex.person("cat", attributes=value))
        unit.inbox.add(ex.entry("k1", body=[value]))
        unit.invitations.add(ex.invitation("i1", interview=value))

    await world.write(work)

    def read(unit: UnitOfWork) -> tuple[object, ...]:
        person, entry = unit.people.get("cat"), unit.inbox.find("event:shop", "k1")
        invitation = unit.invitations.get("i1")
        assert person
        assert entry
        assert invitation
        return person.attributes, entry.body, invitation.interview

    assert await world.read(read) == (value, [value], value)


async def test_writing_returns_the_result_after_its_commit(store: Storage) -> None:
    def work(unit: UnitOfWork) -> str:
        unit.notes.set("a", "1")
        return "done"

    assert await store.write(work) == "done"
    assert await store.read(lambda unit: unit.notes.get("a")) == "1"


async def test_what_work_raises_reaches_its_caller_and_all_its_writes_are_undone(
    world: Storage,
) -> None:
    mail = Identifier(namespace="email", value="kim@example.org")

    def work(unit: UnitOfWork) -> None:
        unit.people.save(ex.person("ann", locale="ko"))
        unit.people.name("ann", mail)
        unit.events.add(ex.stored_event("e1", refs=("pi_1",)), reversing=True)
        unit.decisions.add(ex.decision("d1"))
        unit.invitations.add(ex.invitation("i1"))
        unit.invitations.add_token("t1", "i1", "score")
        unit.clocks.reserve(ex.slot("i1"))
        unit.deliveries.add(ex.delivery("d1"))
        unit.deliveries.pause("telegram", ex.at(9))
        unit.answers.add(ex.answer("a1"))
        ex.add_score(unit, ex.DAY, ex.dimensions(), 5)
        unit.consents.add(ex.consent())
        unit.notes.set("a", "1")

    await ex.fail(world, work)

    def remains(unit: UnitOfWork) -> list[object]:
        return [
            unit.people.get("ann"),
            unit.people.names("ann"),
            unit.events.reversals_of(["pi_1", "order-e1"]),
            unit.decisions.of_event("event-1"),
            unit.invitations.by_token("t1"),
            unit.invitations.live_of_person("ann"),
            unit.clocks.lock("ann"),
            unit.deliveries.claimable(ex.at(1), list(Channel), 9),
            unit.answers.of_invitation("invitation-1"),
            unit.reports.scores(CountRule.ALL, ex.DAY, ex.DAY),
            unit.consents.of_person("ann"),
            unit.notes.get("a"),
            unit.next_due(),
        ]

    kept_decision = ex.decision("decision-1", person_id=None)
    nothing: list[object] = [(), (), (kept_decision,), None, (), (), (), (), (), (), None, None]
    assert await world.write(remains) == [ex.person("ann"), *nothing]
    await world.write(lambda unit: unit.deliveries.add(ex.delivery("d1")))
    claimed = await world.write(lambda unit: unit.deliveries.claimable(ex.at(1), list(Channel), 9))
    assert claimed == (ex.delivery("d1"),)


async def test_undone_replacements_and_removals_are_as_before(world: Storage) -> None:
    first, second = ex.slot("invitation-1"), ex.slot("invitation-2")
    await ex.store_all(world, lambda unit: unit.clocks.reserve, first, second)
    await world.write(lambda unit: unit.people.add(ex.person("shadow", external_id="7")))

    def work(unit: UnitOfWork) -> None:
        unit.clocks.reserve(ex.slot("invitation-2", at=ex.at(-9)))
        unit.clocks.give_back("invitation-1")
        unit.people.adopt("shadow", "ann")
        unit.people.save(ex.person("ann", external_id="7"))

    await ex.fail(world, work)

    assert await world.write(lambda unit: unit.clocks.lock("ann")) == (first, second)
    with pytest.raises(AlreadyStored):
        await world.write(lambda unit: unit.people.save(ex.person("ann", external_id="7")))


async def test_work_sharing_a_commit_is_undone_alone(store: Storage) -> None:
    def noting(number: int) -> Callable[[UnitOfWork], None]:
        def work(unit: UnitOfWork) -> None:
            unit.notes.set(f"n{number}", "kept")
            unit.inbox.add(ex.entry("same" if number % 3 == 0 else f"k{number}"))

        return work

    results = await asyncio.gather(
        *(store.write(noting(number)) for number in range(20)), return_exceptions=True
    )

    refused = [isinstance(result, AlreadyStored) for result in results]
    assert refused.count(True) == 6
    assert not any(refused[n] for n in range(20) if n % 3)
    notes = await store.read(lambda unit: [unit.notes.get(f"n{n}") for n in range(20)])
    assert notes == [None if gone else "kept" for gone in refused]


async def test_every_one_of_many_increments_counts(store: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        ex.add_score(unit, ex.DAY, ex.dimensions(), 5)

    await asyncio.gather(*(store.write(work) for _ in range(20)))

    rows = await store.read(lambda unit: unit.reports.scores(CountRule.ALL, ex.DAY, ex.DAY))
    assert [row.counts[5] for row in rows] == [20]


async def test_work_sees_its_own_writes_before_the_commit(store: Storage) -> None:
    def work(unit: UnitOfWork) -> str | None:
        unit.notes.set("a", "1")
        return unit.notes.get("a")

    assert await store.write(work) == "1"


async def test_reading_stores_nothing_and_raises_to_its_caller(store: Storage) -> None:
    def reading(unit: UnitOfWork) -> None:
        raise ex.Failed

    with pytest.raises(ex.Failed):
        await store.read(reading)
    with suppress(Exception):
        await store.read(lambda unit: unit.notes.set("a", "1"))

    assert await store.read(lambda unit: unit.notes.get("a")) is None
    await store.write(lambda unit: unit.notes.set("a", "2"))
    assert await store.read(lambda unit: unit.notes.get("a")) == "2"
