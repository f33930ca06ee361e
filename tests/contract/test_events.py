"""surveys.ports.Events."""

from typing import Any

from surveys.model import CustomerHint, Identifier, StoredEvent
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex


def names(events: tuple[StoredEvent, ...]) -> list[str]:
    return [event.id for event in events]


async def test_an_event_comes_back_whole(world: Storage) -> None:
    event = ex.stored_event(
        "e1",
        refs=("pi_1", "cs_2"),
        handler="agent-7",
        customer=CustomerHint(
            id="c-9",
            email="kim@example.org",
            locale="ko",
            timezone="Asia/Seoul",
            identifiers=(
                Identifier(namespace="zendesk", value="2"),
                Identifier(namespace="shop", value="1"),
            ),
        ),
    )

    await world.write(lambda unit: unit.events.add(event, reversing=False))

    stored = await world.read(lambda unit: unit.events.get("e1"))
    assert stored == event
    assert stored.event.digest() == event.event.digest()


async def test_an_event_of_nobody_comes_back_with_nothing_filled_in(world: Storage) -> None:
    event = ex.stored_event(
        "e1", person_id=None, customer=CustomerHint(), data={}, time_stated=False
    )

    await world.write(lambda unit: unit.events.add(event, reversing=True))

    assert await world.read(lambda unit: unit.events.get("e1")) == event


async def test_reversals_and_the_rest_match_by_subject_or_refs_oldest_first(
    world: Storage,
) -> None:
    def work(unit: UnitOfWork) -> None:
        for name, minute, refs in (("late", 3, ("pi_1",)), ("early", 1, ()), ("mid", 2, ("o1",))):
            event = ex.stored_event(
                name, subject="o1" if name == "early" else name, refs=refs, time=ex.at(minute)
            )
            unit.events.add(event, reversing=True)
            paid = ex.stored_event(
                f"paid-{name}", subject=event.event.subject, refs=refs, time=ex.at(minute)
            )
            unit.events.add(paid, reversing=False)

    await world.write(work)

    lookups = (["o1", "pi_1"], ["o1"], ["pi_1", "late", "nothing"])
    reversing = await world.read(
        lambda unit: [names(unit.events.reversals_of(occasions)) for occasions in lookups]
    )
    rest = await world.read(
        lambda unit: [names(unit.events.of_occasions(occasions)) for occasions in lookups]
    )
    assert reversing == [["early", "mid", "late"], ["early", "mid"], ["late"]]
    assert rest == [[f"paid-{name}" for name in found] for found in reversing]


async def test_an_event_whose_ref_is_its_subject_is_found_once(world: Storage) -> None:
    event = ex.stored_event("e1", subject="o1", refs=("o1", "pi_1", "pi_1"))

    await world.write(lambda unit: unit.events.add(event, reversing=False))

    found = await world.read(lambda unit: unit.events.of_occasions(["o1", "pi_1", "o1"]))
    assert found == (event,)


async def test_events_of_a_person_are_sorted_by_when_they_happened(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.events.add(ex.stored_event("second", time=ex.at(2)), reversing=False)
        unit.events.add(
            ex.stored_event("first", time=ex.at(1), received_at=ex.at(9)), reversing=True
        )
        unit.events.add(ex.stored_event("bens", person_id="ben"), reversing=False)
        unit.events.add(ex.stored_event("nobodys", person_id=None), reversing=False)
        unit.events.add(ex.stored_event("third", time=ex.at(2)), reversing=False)

    await world.write(work)

    found = await world.read(lambda unit: unit.events.of_person("ann"))
    assert names(found) == ["first", "second", "third"]


async def test_occasions_are_counted_once_up_to_and_including_the_instant(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        happened: dict[str, dict[str, Any]] = {
            "a": {"subject": "o1", "time": ex.at(1)},
            "a-again": {"subject": "o1", "time": ex.at(2)},
            "b": {"subject": "o2", "time": ex.at(3)},
            "later": {"subject": "o3", "time": ex.at(3.01)},
            "other-type": {"subject": "o4", "type": "support.solved"},
            "bens": {"subject": "o5", "person_id": "ben"},
        }
        for name, parts in happened.items():
            unit.events.add(ex.stored_event(name, **parts), reversing=False)

    await world.write(work)

    async def count(minute: float) -> int:
        return await world.read(
            lambda unit: unit.events.occasions_before("ann", "order.paid", ex.at(minute))
        )

    assert [await count(minute) for minute in (0, 1, 2, 3, 4)] == [0, 1, 1, 2, 3]


async def test_search_finds_by_source_id_own_id_or_subject_exactly(world: Storage) -> None:
    event = ex.stored_event("e1", id="evt_1", subject="order_1", refs=("pi_1",))
    other = ex.stored_event("e2", id="evt_10", subject="order_10")

    def work(unit: UnitOfWork) -> None:
        unit.events.add(event, reversing=False)
        unit.events.add(other, reversing=True)

    await world.write(work)

    exact = ("evt_1", "e1", "order_1")
    found = await world.read(lambda unit: [unit.events.search(text) for text in exact])
    assert found == [(event,)] * 3
    near = ("evt%", "EVT_1", "order", "pi_1", "")
    found = await world.read(lambda unit: [unit.events.search(text) for text in near])
    assert found == [()] * 5


async def test_the_newest_event_of_a_type_is_told_by_when_it_happened(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for name, minute in (("e1", 1), ("e3", 3), ("e2", 2)):
            unit.events.add(ex.stored_event(name, time=ex.at(minute)), reversing=False)
        solved = ex.stored_event("e4", time=ex.at(4), type="support.solved")
        unit.events.add(solved, reversing=True)

    await world.write(work)

    kinds = ("order.paid", "support.solved", "order")
    found = await world.read(lambda unit: [unit.events.newest_of(kind) for kind in kinds])
    assert found == [ex.at(3), ex.at(4), None]


async def test_cases_of_a_handler_are_counted_once_each_within_both_ends(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for name, subject, minute, who in (
            ("e1", "t1", 1, "jun"),
            ("e2", "t1", 2, "jun"),
            ("e3", "t3", 3, "jun"),
            ("e4", "t4", 4, "jun"),
            ("e5", "t5", 2, "mina"),
            ("e6", "t6", 2, None),
        ):
            stored = ex.stored_event(name, subject=subject, time=ex.at(minute), handler=who)
            unit.events.add(stored, reversing=False)

    await world.write(work)

    def count(unit: UnitOfWork) -> list[int]:
        spans = ((1, 3), (2, 4), (5, 9))
        return [unit.events.handled("jun", "order.paid", ex.at(a), ex.at(b)) for a, b in spans]

    assert await world.read(count) == [2, 3, 0]
    none = await world.read(lambda u: u.events.handled("jun", "order.lost", ex.at(0), ex.at(9)))
    assert none == 0
