"""surveys.seen_events.SeenEvents."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from surveys.ports import Storage, UnitOfWork
from surveys.seen_events import SeenType
from tests.contract import examples as ex


async def came(store: Storage, *told: tuple[str, float, Mapping[str, Any]]) -> None:
    """Store events that were received so many minutes after START, each of a type, with such data."""

    def work(unit: UnitOfWork) -> None:
        for number, (kind, minute, data) in enumerate(told):
            event = ex.stored_event(
                f"e{number}", person_id=None, type=kind, received_at=ex.at(minute), data=data
            )
            unit.events.add(event, reversing=number % 2 == 1)

    await store.write(work)


async def types(store: Storage, since: datetime) -> tuple[SeenType, ...]:
    return await store.read(lambda unit: unit.seen_events.types(since))


async def data(
    store: Storage, kind: str, since: datetime = ex.START, limit: int = 9
) -> list[Mapping[str, Any]]:
    seen = await store.read(lambda unit: unit.seen_events.newest(kind, since, limit))
    return [each.data for each in seen]


async def test_types_are_told_by_how_often_they_came_then_by_name(store: Storage) -> None:
    told = [("order.paid", 1), ("Order.paid", 2), ("order-paid", 3), ("order.paid.late", 4)]
    often = [("parcel.arrived", 9), ("parcel.arrived", 7), ("parcel.arrived", 8)]
    await came(store, *((kind, minute, {}) for kind, minute in (*told, *often)))

    assert await types(store, ex.START) == (
        SeenType(type="parcel.arrived", count=3, newest=ex.at(9)),
        SeenType(type="Order.paid", count=1, newest=ex.at(2)),
        SeenType(type="order-paid", count=1, newest=ex.at(3)),
        SeenType(type="order.paid", count=1, newest=ex.at(1)),
        SeenType(type="order.paid.late", count=1, newest=ex.at(4)),
    )


async def test_what_came_at_the_bound_counts_and_what_came_before_does_not(
    store: Storage,
) -> None:
    await came(store, ("a", 0, {"n": 0}), ("a", 1, {"n": 1}), ("a", 2, {"n": 2}))
    just_after = ex.at(1) + timedelta(microseconds=1)

    assert [(seen.count, seen.newest) for seen in await types(store, ex.at(1))] == [(2, ex.at(2))]
    assert [(seen.count, seen.newest) for seen in await types(store, just_after)] == [(1, ex.at(2))]
    assert await types(store, ex.at(3)) == ()
    assert await data(store, "a", ex.at(1)) == [{"n": 2}, {"n": 1}]
    assert await data(store, "a", just_after) == [{"n": 2}]


async def test_the_newest_data_of_one_type_come_first_and_no_more_than_asked_for(
    store: Storage,
) -> None:
    """Of several that came at one instant, those stored last come first."""
    minutes = (3, 1, 2, 2, 2)
    await came(store, *(("a", at, {"n": n}) for n, at in enumerate(minutes)), ("b", 9, {"n": 9}))

    assert [each["n"] for each in await data(store, "a")] == [0, 4, 3, 2, 1]
    assert [each["n"] for each in await data(store, "a", limit=3)] == [0, 4, 3]
    assert await data(store, "A") == []
    assert await data(store, "a' OR 'a'='a") == []


async def test_data_come_back_whole(store: Storage) -> None:
    await came(store, ("a", 0, ex.NESTED), ("b", 0, {}))

    assert await data(store, "a") == [ex.NESTED]
    assert await data(store, "b") == [{}]


async def test_an_empty_store_has_seen_nothing(store: Storage) -> None:
    assert await types(store, ex.START) == ()
    assert await data(store, "a") == []
