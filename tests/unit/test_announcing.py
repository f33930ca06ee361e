"""What other systems are told: a row in the commit of the fact, for whoever wants it, and nothing about the person."""

import dataclasses
from typing import Any

import pytest

from bot.desk import Desk
from surveys.model import (
    Command,
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    Subscription,
    Typed,
    WebhookMessage,
    WebhookType,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import announcing
from tests.programs import varied
from tests.world import World

ALL = frozenset(WebhookType)
AT_ONCE = {"checkout": {"after": "0s"}}


def telling(storage: Storage, *subscriptions: Subscription) -> World:
    """A deployment that tells these."""
    world = World(storage, varied(triggers=AT_ONCE))
    world.ctx = dataclasses.replace(world.ctx, subscriptions=subscriptions)
    world.desk = Desk(storage=storage, ctx=world.ctx, wake=lambda: None)
    return world


async def told(world: World, name: str = "crm") -> list[WebhookMessage]:
    """Return what waits for a destination, in the order in which it was written."""
    return list(await world.storage.read(lambda tx: tx.webhooks.due(name, world.clock.now(), 99)))


async def asked(world: World) -> str:
    """A customer in web chat who has been asked."""
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", "order-5")
    await world.sees(session)
    return session


async def test_a_score_is_told_with_its_place_in_the_journey(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    session = await asked(world)
    await world.taps(session, "2")

    (message,) = await told(world)
    data = dict(message.data or {})
    ids = {name: data.pop(name) for name in ("answer_id", "invitation_id")}
    assert all(ids.values())
    assert message.id.startswith("msg_")
    assert (message.type, message.created_at) == ("answer.recorded", world.clock.now())
    assert data == {
        "customer_id": "kim",
        "occasion": "order-5",
        "stage": "purchase",
        "touchpoint": "checkout",
        "survey": "checkout-csat",
        "survey_version": 1,
        "instrument": "csat",
        "version": 1,
        "question": "score",
        "score": 2,
        "scale": "1-5",
        "choice": None,
        "answered_at": world.clock.now().isoformat(),
        "channel": "webchat",
        "language": "ko",
    }


async def test_a_change_of_mind_is_told_as_the_next_version(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    session = await asked(world)
    await world.taps(session, "2")
    await world.taps(session, "change", kind="chosen")
    await world.taps(session, "5")

    first, second = await told(world)
    assert (second.type, second.id != first.id) == ("answer.revised", True)
    versions = [((m.data or {})["version"], (m.data or {})["score"]) for m in (first, second)]
    assert versions == [(1, 2), (2, 5)]
    assert (first.data or {})["answer_id"] == (second.data or {})["answer_id"]


async def test_words_go_only_where_they_are_asked_for(storage: Storage) -> None:
    world = telling(
        storage,
        Subscription(destination="crm", types=ALL),
        Subscription(destination="desk", types=ALL, comments=True),
    )
    session = await asked(world)
    await world.taps(session, "2")
    await world.acts(session, Typed(text="배송이 늦었어요"))

    crm, desk = await told(world, "crm"), await told(world, "desk")
    assert [dict(m.data or {})["question"] for m in crm] == ["score", "comment"]
    assert not any("comment" in (m.data or {}) for m in crm)
    assert [(m.data or {})["comment"] for m in desk] == [None, "배송이 늦었어요"]
    assert {m.id for m in crm}.isdisjoint(m.id for m in desk)


async def test_nobody_is_told_what_she_did_not_ask_for(storage: Storage) -> None:
    opted_out = frozenset({WebhookType.CUSTOMER_OPTED_OUT})
    world = telling(storage, Subscription(destination="crm", types=opted_out))
    session = await asked(world)
    await world.taps(session, "2")
    assert await told(world) == []

    receipt = await world.desk.act(session, "m9", 9, Command(name="stop"))
    assert receipt is not None
    (message,) = await told(world)
    assert message.type == "customer.opted_out"
    assert message.data == {"customer_id": "kim", "source": "stop_command"}


async def test_a_repeat_of_an_act_is_told_once(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    session = await asked(world)
    for _ in range(2):
        await world.desk.act(session, "m9", 9, Command(name="stop"))

    assert [m.type for m in await told(world)] == ["customer.opted_out"]


async def test_a_customer_who_comes_back_by_a_new_link_is_told(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    person = await world.customer("kim")
    session = await world.browser(person)
    await world.desk.act(session, "m9", 9, Command(name="stop"))
    await world.browser(person)

    *_, back = await told(world)
    assert (back.type, back.data) == (
        "customer.opted_in",
        {"customer_id": "kim", "source": "webchat_link"},
    )


async def test_a_question_that_was_never_sent_is_told_with_its_rule(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    await world.customer("kim", consent=False)
    await world.happens("order.paid", "kim", "order-5")
    await world.later(days=8)

    (message,) = await told(world)
    data = message.data or {}
    assert (message.type, data["rule"]) == ("invitation.expired", "unreachable")
    assert (data["customer_id"], data["occasion"]) == ("kim", "order-5")


async def test_a_message_that_nobody_could_settle_is_told(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    session = await asked(world)
    delivery = await first_delivery(world, session)
    parked = dataclasses.replace(
        delivery, state=DeliveryState.PARKED, reason="deadline", started_at=world.clock.now()
    )
    await world.write(lambda tx: announcing.parked(tx, world.ctx, parked))

    (message,) = await told(world)
    data: dict[str, Any] = dict(message.data or {})
    assert message.type == "delivery.parked"
    assert (data["delivery_id"], data["reason"], data["stage"]) == (
        delivery.id,
        "deadline",
        "purchase",
    )
    assert (data["message"], data["customer_id"]) == ("question", "kim")


async def first_delivery(world: World, session: str) -> Delivery:
    def find(tx: UnitOfWork) -> Delivery:
        (event,) = tx.events.of_occasions(["order-5"])
        (invitation,) = tx.invitations.of_event(event.id)
        return tx.deliveries.of_invitation(invitation.id)[0]

    return await world.storage.read(find)


class Stopped(Exception):
    """The unit of work went wrong after the fact was written."""


async def test_a_fact_that_is_not_stored_is_not_told(storage: Storage) -> None:
    world = telling(storage, Subscription(destination="crm", types=ALL))
    person = await world.customer("kim")

    def stop_and_fail(tx: UnitOfWork) -> None:
        known = tx.people.get(person)
        assert known is not None
        announcing.opted(tx, world.ctx, known, out=True, source="test")
        raise Stopped

    with pytest.raises(Stopped):
        await world.write(stop_and_fail)
    assert await told(world) == []
    crm = Destination(name="crm", state=DestinationState.ACTIVE, since=world.clock.now())
    await world.write(lambda tx: tx.destinations.add(crm))
    assert await world.storage.read(lambda tx: tx.next_due()) is None
