"""surveys.staff_messages.StaffMessages and surveys.recurring.Recurrences."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from surveys.errors import AlreadyStored, NotFound
from surveys.ports import SENDING_LEASE, Storage
from surveys.recurring import Recurrence
from surveys.staff_messages import StaffBody, StaffMessage, StaffState
from tests.contract import examples as ex

PENDING, SENDING, SENT, FAILED, UNKNOWN = StaffState
BODY = StaffBody(
    text="주간 요약\nNPS +22",
    telegram="<b>주간 요약</b>",
    blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "*NPS* +22"}},),
    page="<!doctype html><p>±5",
)


def message(name: str, **parts: Any) -> StaffMessage:
    """Return a message for one Slack channel, due at START."""
    filled: dict[str, Any] = {
        "id": name,
        "kind": "digest",
        "destination": "slack:C1",
        "body": BODY,
        "created_at": ex.START,
        "due_at": ex.START,
    }
    return StaffMessage(**(filled | parts))


async def added(store: Storage, *messages: StaffMessage) -> None:
    await ex.store_all(store, lambda unit: unit.staff_messages.add, *messages)


async def claimable(store: Storage, minute: float, limit: int = 9) -> list[str]:
    found = await store.write(lambda unit: unit.staff_messages.claimable(ex.at(minute), limit))
    return [each.id for each in found]


async def test_it_comes_back_as_it_was_stored_and_as_it_was_saved(store: Storage) -> None:
    stored = message("m1")
    later = message(
        "m2", state=SENT, body=None, due_at=None, fence=2, tries=1, reason="flood",
        started_at=ex.at(1), ended_at=ex.at(2), ref={"channel": "C1", "ts": "1.2"},
    )  # fmt: skip
    await added(store, stored, message("m2"))
    await store.write(lambda unit: unit.staff_messages.save(later))

    assert await store.read(lambda unit: unit.staff_messages.get("m1")) == stored
    assert await store.read(lambda unit: unit.staff_messages.newest(9)) == (later, stored)
    assert await store.read(lambda unit: unit.staff_messages.newest(1)) == (later,)


async def test_one_name_is_added_once_and_only_what_is_there_is_saved(store: Storage) -> None:
    await added(store, message("m1"))

    with pytest.raises(AlreadyStored):
        await added(store, message("m1", destination="telegram:-1"))
    with pytest.raises(NotFound):
        await store.write(lambda unit: unit.staff_messages.save(message("m9")))


async def test_what_is_due_is_claimed_earliest_first(store: Storage) -> None:
    await added(
        store,
        message("later", due_at=ex.at(3)),
        message("second", due_at=ex.at(1)),
        message("first"),
        message("ended", state=FAILED, due_at=None, ended_at=ex.START),
    )

    assert await claimable(store, 2) == ["first", "second"]
    assert await claimable(store, 3, limit=2) == ["first", "second"]
    assert await claimable(store, 3) == ["first", "second", "later"]


async def test_a_destination_has_one_request_at_a_time(store: Storage) -> None:
    under_way = message("m1", state=SENDING, started_at=ex.START, due_at=None)
    await added(store, under_way, message("m2"), message("m3", destination="slack:C2"))

    assert await claimable(store, 1) == ["m3"]

    await store.write(lambda unit: unit.staff_messages.save(replace(under_way, state=UNKNOWN)))
    assert await claimable(store, 1) == ["m2", "m3"]


async def test_what_was_begun_and_never_ended_is_found_and_counted(store: Storage) -> None:
    await added(
        store,
        message("lost", state=SENDING, started_at=ex.at(1), due_at=None),
        message("fresh", state=SENDING, started_at=ex.at(2), due_at=None),
        message("unknown", state=UNKNOWN, started_at=ex.START, due_at=None),
    )

    lost = await store.write(lambda unit: unit.staff_messages.overdue_sending(ex.at(2), 9))
    counts = await store.read(
        lambda unit: [unit.staff_messages.count(state) for state in StaffState]
    )

    assert [each.id for each in lost] == ["lost"]
    assert counts == [0, 2, 0, 0, 1]


async def test_what_ended_long_ago_is_forgotten_and_nothing_else(store: Storage) -> None:
    await added(
        store,
        message("new", state=SENT, due_at=None, ended_at=ex.at(2)),
        message("old", state=SENT, due_at=None, ended_at=ex.at(1)),
        message("oldest", state=FAILED, due_at=None, ended_at=ex.START),
        message("unknown", state=UNKNOWN, started_at=ex.START, due_at=None),
        message("waits"),
    )

    async def forgotten(limit: int) -> int:
        return await store.write(lambda u: u.staff_messages.forget_ended(ex.at(2), limit))

    assert await store.read(lambda u: u.staff_messages.count_ended(ex.at(2))) == 2
    assert [await forgotten(1), await forgotten(9), await forgotten(9)] == [1, 1, 0]
    left = await store.read(lambda unit: unit.staff_messages.newest(9))
    assert [each.id for each in left] == ["waits", "unknown", "new"]


async def test_the_next_is_due_when_it_can_go_out_or_is_given_up(store: Storage) -> None:
    async def due() -> datetime | None:
        own = await store.read(lambda unit: unit.staff_messages.next_due())
        assert await store.read(lambda unit: unit.next_due()) == own
        return own

    assert await due() is None
    await added(store, message("m1", due_at=ex.at(5)))
    assert await due() == ex.at(5)
    await added(store, message("m2", state=SENDING, started_at=ex.at(1), due_at=None))
    assert await due() == ex.at(1) + SENDING_LEASE


# --- what recurs ----------------------------------------------------------------------------------


def recurrence(name: str, **parts: Any) -> Recurrence:
    filled: dict[str, Any] = {"name": name, "rule": "0 9 * * 1 Asia/Seoul", "due_at": ex.START}
    return Recurrence(**(filled | parts))


async def test_a_recurrence_is_stored_saved_and_removed(store: Storage) -> None:
    first, second = recurrence("a"), recurrence("b", due_at=None, last_at=ex.at(1))
    await ex.store_all(store, lambda unit: unit.recurrences.add, second, first)
    with pytest.raises(AlreadyStored):
        await ex.store_all(store, lambda unit: unit.recurrences.add, first)

    assert await store.read(lambda unit: unit.recurrences.all()) == (first, second)
    moved = replace(first, due_at=ex.at(2), last_at=ex.START)
    await store.write(lambda unit: unit.recurrences.save(moved))
    assert await store.read(lambda unit: unit.recurrences.get("a")) == moved
    await store.write(lambda unit: unit.recurrences.remove("b"))
    await store.write(lambda unit: unit.recurrences.remove("b"))
    assert await store.read(lambda unit: unit.recurrences.all()) == (moved,)


async def test_recurrences_are_due_earliest_first(store: Storage) -> None:
    late, early = recurrence("a", due_at=ex.at(2)), recurrence("b", due_at=ex.at(1))
    never, later = recurrence("c", due_at=None), recurrence("d", due_at=ex.at(3))
    await ex.store_all(store, lambda unit: unit.recurrences.add, late, early, never, later)

    assert await store.write(lambda unit: unit.recurrences.due(ex.at(2), 9)) == (early, late)
    assert await store.write(lambda unit: unit.recurrences.due(ex.at(2), 1)) == (early,)
    assert await store.read(lambda unit: unit.next_due()) == ex.at(1)
