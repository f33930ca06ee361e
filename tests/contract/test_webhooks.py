"""surveys.ports.Webhooks and surveys.ports.Destinations."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from storage.opening import open_storage
from surveys.errors import AlreadyStored, NotFound
from surveys.model import (
    Destination,
    DestinationState,
    WebhookMessage,
    WebhookState,
    WebhookType,
)
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

ACTIVE, DISABLED, REMOVED = DestinationState
PENDING, SENT, FAILED = WebhookState


def message(name: str, **parts: Any) -> WebhookMessage:
    """Return a message for the CRM, due at START."""
    filled: dict[str, Any] = {
        "id": name,
        "destination": "crm",
        "type": WebhookType.ANSWER_RECORDED,
        "created_at": ex.START,
        "data": ex.NESTED,
        "person_id": "ann",
        "state": PENDING,
        "due_at": ex.START,
    }
    return WebhookMessage(**(filled | parts))


def destination(name: str = "crm", **parts: Any) -> Destination:
    """Return an active destination."""
    filled: dict[str, Any] = {"name": name, "state": ACTIVE, "since": ex.START}
    return Destination(**(filled | parts))


async def told(store: Storage, *messages: WebhookMessage, to: Destination | None = None) -> None:
    await ex.store_all(store, lambda unit: unit.destinations.add, to or destination())
    await ex.store_all(store, lambda unit: unit.webhooks.add, *messages)


async def claimed(store: Storage, minute: float) -> list[str]:
    found = await store.write(lambda unit: unit.destinations.claimable(ex.at(minute)))
    return [each.name for each in found]


async def due(store: Storage, minute: float, limit: int = 9, name: str = "crm") -> list[str]:
    found = await store.read(lambda unit: unit.webhooks.due(name, ex.at(minute), limit))
    return [each.id for each in found]


# --- messages -------------------------------------------------------------------------------------


async def test_a_message_comes_back_as_it_was_stored_and_as_it_was_saved(store: Storage) -> None:
    stored = message("m1", person_id=None)
    later = replace(
        message("m2"), state=SENT, data=None, due_at=None, tries=3, reason="http_500",
        ended_at=ex.at(1),
    )  # fmt: skip
    await told(store, stored, message("m2"))
    await store.write(lambda unit: unit.webhooks.save(later))

    assert await store.read(lambda unit: unit.webhooks.get("m1")) == stored
    assert await store.read(lambda unit: unit.webhooks.get("m2")) == later
    assert await store.read(lambda unit: unit.webhooks.get("m3")) is None


async def test_a_message_and_a_destination_are_stored_once(store: Storage) -> None:
    await told(store, message("m1"))

    with pytest.raises(AlreadyStored):
        await store.write(lambda unit: unit.webhooks.add(message("m1", destination="bi")))
    with pytest.raises(AlreadyStored):
        await store.write(lambda unit: unit.destinations.add(destination()))


async def test_saving_what_is_not_there_is_refused(store: Storage) -> None:
    with pytest.raises(NotFound):
        await store.write(lambda unit: unit.webhooks.save(message("none")))
    with pytest.raises(NotFound):
        await store.write(lambda unit: unit.destinations.save(destination("none")))


async def test_due_are_the_destinations_pending_messages_earliest_first(store: Storage) -> None:
    await told(
        store,
        message("late", due_at=ex.at(2)),
        message("second", due_at=ex.at(1)),
        message("third", due_at=ex.at(1)),
        message("first", due_at=ex.at(0)),
        message("sent", state=SENT, due_at=None),
        message("failed", state=FAILED, due_at=None),
        message("elsewhere", destination="bi"),
    )

    assert await due(store, 1) == ["first", "second", "third"]
    assert await due(store, 1, limit=2) == ["first", "second"]
    assert await due(store, -1) == []
    assert await due(store, 1, name="nobody") == []


async def test_waiting_and_failed_messages_are_counted_apart(store: Storage) -> None:
    await told(
        store,
        message("m1"),
        message("m2", due_at=ex.at(9)),
        message("m3", state=FAILED, due_at=None),
        message("m4", state=SENT, due_at=None),
        message("m5", destination="bi"),
    )

    assert await store.read(lambda unit: unit.webhooks.count("crm")) == (2, 1)
    assert await store.read(lambda unit: unit.webhooks.count("nobody")) == (0, 0)


async def test_revived_is_all_that_was_not_sent_as_if_never_tried(store: Storage) -> None:
    await told(
        store,
        message("m1", due_at=ex.at(60), tries=4, reason="timeout"),
        message("m2", state=FAILED, due_at=None, tries=10, ended_at=ex.START),
        message("m3", state=SENT, due_at=None, data=None),
        message("m4", destination="bi", due_at=ex.at(60)),
    )

    assert await store.write(lambda unit: unit.webhooks.revive("crm", ex.at(5))) == 2
    assert await due(store, 5) == ["m1", "m2"]
    assert await due(store, 5, name="bi") == []
    revived = await store.read(lambda unit: unit.webhooks.get("m2"))
    assert revived == message("m2", due_at=ex.at(5))


# --- destinations ---------------------------------------------------------------------------------


async def test_destinations_come_by_name_as_they_were_saved(store: Storage) -> None:
    crm = destination(
        state=DISABLED, fence=7, leased_until=ex.at(1), paused_until=ex.at(2),
        accepted_at=ex.at(3), reason="http_410",
    )  # fmt: skip
    await told(store, to=destination())
    await ex.store_all(store, lambda unit: unit.destinations.add, destination("bi"))
    await store.write(lambda unit: unit.destinations.save(crm))

    assert await store.read(lambda unit: unit.destinations.all()) == (destination("bi"), crm)
    assert await store.read(lambda unit: unit.destinations.get("crm")) == crm
    assert await store.read(lambda unit: unit.destinations.get("none")) is None


CLAIMS: dict[str, tuple[Destination, WebhookMessage, bool]] = {
    "due": (destination(), message("m"), True),
    "due later": (destination(), message("m", due_at=ex.at(2)), False),
    "sent": (destination(), message("m", state=SENT), False),
    "for another": (destination(), message("m", destination="bi"), False),
    "disabled": (destination(state=DISABLED), message("m"), False),
    "removed": (destination(state=REMOVED), message("m"), False),
    "lease running": (destination(leased_until=ex.at(2)), message("m"), False),
    "lease over": (destination(leased_until=ex.at(1)), message("m"), True),
    "paused": (destination(paused_until=ex.at(2)), message("m"), False),
    "pause over": (destination(paused_until=ex.at(1)), message("m"), True),
}


@pytest.mark.parametrize(("to", "sent", "is_claimable"), CLAIMS.values(), ids=CLAIMS)
async def test_claimable_is_an_active_destination_with_something_due_that_nothing_holds(
    store: Storage, to: Destination, sent: WebhookMessage, *, is_claimable: bool
) -> None:
    await told(store, sent, to=to)

    assert await claimed(store, 1) == ["crm"] * is_claimable


async def test_what_is_from_before_the_clock_was_set_back_holds_nothing(store: Storage) -> None:
    ahead = ex.at(3 * 24 * 60)
    await told(
        store,
        message("m1", due_at=ahead),
        to=destination(leased_until=ahead, paused_until=ahead),
    )

    assert await claimed(store, 1) == ["crm"]
    assert await due(store, 1) == ["m1"]


async def test_sent_messages_are_forgotten_earliest_first_and_no_others(store: Storage) -> None:
    await told(
        store,
        message("new", state=SENT, due_at=None, ended_at=ex.at(3)),
        message("old", state=SENT, due_at=None, ended_at=ex.at(2)),
        message("older", state=SENT, due_at=None, ended_at=ex.at(1)),
        message("failed", state=FAILED, due_at=None, ended_at=ex.at(1)),
        message("waiting"),
    )

    def forget(unit: UnitOfWork) -> int:
        return unit.webhooks.forget_sent(ex.at(3), 1)

    assert await store.write(forget) == 1
    assert await store.read(lambda unit: unit.webhooks.get("older")) is None
    assert [await store.write(forget) for _ in range(2)] == [1, 0]
    left = await store.read(lambda unit: [unit.webhooks.get(name) for name in KEPT])
    assert [each.id for each in left if each] == list(KEPT)


KEPT = ("new", "failed", "waiting")
NEXT = {
    "due": (destination(), ex.at(5)),
    "lease": (destination(leased_until=ex.at(6), paused_until=ex.at(1)), ex.at(6)),
    "pause": (destination(leased_until=ex.at(1), paused_until=ex.at(7)), ex.at(7)),
    "disabled": (destination(state=DISABLED), None),
    "removed": (destination(state=REMOVED), None),
}


@pytest.mark.parametrize(("to", "moment"), NEXT.values(), ids=NEXT)
async def test_a_message_wants_attention_when_its_destination_can_take_it(
    store: Storage, to: Destination, moment: object
) -> None:
    ended = message("sent", state=SENT, due_at=None)
    await told(store, message("m1", due_at=ex.at(9)), message("m2", due_at=ex.at(5)), ended, to=to)

    assert await store.read(lambda unit: unit.next_due()) == moment


async def test_a_destination_without_messages_wants_no_attention(store: Storage) -> None:
    await told(store, to=destination(leased_until=ex.at(1)))

    assert await store.read(lambda unit: unit.next_due()) is None


# --- rivals ---------------------------------------------------------------------------------------


@pytest.mark.postgres
async def test_what_one_worker_holds_no_other_claims(
    postgres_url_factory: Callable[[], str],
) -> None:
    """Neither while the claim is being made, without waiting for it, nor once it is committed."""
    url = postgres_url_factory()
    async with open_storage(url) as first, open_storage(url) as second:
        await told(first, message("m1"))
        seen: list[tuple[str, ...]] = []

        def claim(unit: UnitOfWork) -> None:
            (crm,) = unit.destinations.claimable(ex.START)
            seen.append(look_elsewhere(url))
            unit.destinations.save(replace(crm, leased_until=ex.at(1)))

        await first.write(claim)
        assert seen == [()]
        assert await claimed(second, 0) == []
        assert await claimed(second, 1) == ["crm"]


def look_elsewhere(url: str) -> tuple[str, ...]:
    """Claim as another worker, in the middle of this one's transaction and so in its thread."""

    async def look() -> tuple[str, ...]:
        async with open_storage(url) as rival:
            return tuple(await claimed(rival, 0))

    return asyncio.run(look())
