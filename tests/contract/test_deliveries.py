"""surveys.ports.Deliveries."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from surveys.model import (
    Attempt,
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Json,
    Outcome,
    OutcomeKind,
)
from surveys.pacing import Bucket
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

TELEGRAM = (Channel.TELEGRAM,)


def names(deliveries: Iterable[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]


async def store_all(world: Storage, **parts: dict[str, Any]) -> None:
    rows = [ex.delivery(name, **given) for name, given in parts.items()]
    await ex.store_all(world, lambda unit: unit.deliveries.add, *rows)


async def claimed(world: Storage, minute: float, *channels: Channel, limit: int = 99) -> list[str]:
    wanted = channels or TELEGRAM
    return names(
        await world.write(lambda unit: unit.deliveries.claimable(ex.at(minute), wanted, limit))
    )


async def test_a_delivery_comes_back_whole_and_as_last_saved(world: Storage) -> None:
    delivery = ex.delivery("d1")
    sent = replace(
        delivery,
        delivery_class=DeliveryClass.EDIT,
        state=DeliveryState.SENT,
        due_at=None,
        invitation_id="invitation-1",
        step="score",
        seq=3,
        args=ex.NESTED,
        token="t" * 22,
        target_id="d0",
        expires_at=ex.at(9),
        fence=2,
        attempts=2,
        started_at=ex.at(1),
        sent_at=ex.at(2),
        ref={"chat_id": -1001234567890123, "message_id": 2},
        reason="retried",
        resends=1,
    )

    await world.write(lambda unit: unit.deliveries.add(delivery))
    assert await world.read(lambda unit: unit.deliveries.get("d1")) == delivery
    assert await world.write(lambda unit: unit.deliveries.look("d1")) == delivery

    await world.write(lambda unit: unit.deliveries.save(sent))
    assert await world.read(lambda unit: unit.deliveries.get("d1")) == sent


async def test_what_can_be_read_needs_no_mending(world: Storage) -> None:
    await store_all(world, d1={})

    whole = await world.read(lambda unit: unit.deliveries.mended("d1", ex.at(1)))
    assert whole == (ex.delivery("d1"), ())
    assert await world.read(lambda unit: unit.deliveries.mended("d2", ex.at(1))) is None


async def test_nothing_is_claimable_for_an_address_to_which_something_is_being_sent(
    world: Storage,
) -> None:
    await store_all(
        world,
        first={"state": DeliveryState.SENDING},
        next={},
        other={"address_id": "ben-tg"},
    )

    assert await claimed(world, 1) == ["other"]


async def test_a_chat_without_room_gets_edits_and_no_new_message(world: Storage) -> None:
    chat = Bucket(scope="address:ann-tg", every=timedelta(minutes=1), address_id="ann-tg")
    await store_all(world, news={}, edit={"target_id": "d0"}, other={"address_id": "ben-tg"})

    await world.write(lambda unit: unit.paces.take([chat], ex.START))
    assert await claimed(world, 0.9) == ["edit", "other"]
    assert await claimed(world, 1) == ["news", "edit", "other"]
    await world.write(lambda unit: unit.paces.take([chat], ex.at(60)))
    assert await claimed(world, 1.5) == ["news", "edit", "other"]


async def test_unsettled_are_unknown_and_due_on_the_given_channels_earliest_first(
    world: Storage,
) -> None:
    unknown = {"state": DeliveryState.UNKNOWN}
    await store_all(
        world,
        second=unknown | {"due_at": ex.at(3)},
        first=unknown | {"due_at": ex.at(1), "channel": Channel.SLACK},
        later=unknown | {"due_at": ex.at(5)},
        settled_by_hand=unknown | {"due_at": None},
        pending={"due_at": ex.at(1)},
    )

    async def unsettled(*channels: Channel, limit: int = 9) -> list[str]:
        now = ex.at(4)
        return names(
            await world.write(lambda unit: unit.deliveries.unsettled(now, channels, limit))
        )

    assert await unsettled(Channel.SLACK, Channel.TELEGRAM) == ["first", "second"]
    assert await unsettled(Channel.SLACK, Channel.TELEGRAM, limit=1) == ["first"]
    assert await unsettled(Channel.TELEGRAM) == ["second"]


async def test_claimable_are_pending_and_due_on_the_given_channels_earliest_first(
    world: Storage,
) -> None:
    await store_all(
        world,
        third={"due_at": ex.at(5), "address_id": "ben-tg"},
        second={"due_at": ex.at(2), "channel": Channel.SLACK, "address_id": "ben-web"},
        first={"due_at": ex.at(1)},
        later={"due_at": ex.at(5.01)},
        ended={"due_at": None, "state": DeliveryState.SENT},
        sending={"state": DeliveryState.SENDING, "address_id": "ben-phone"},
        web={"channel": Channel.WEBCHAT, "address_id": "ann-web"},
    )

    both = (Channel.SLACK, Channel.TELEGRAM)
    assert await claimed(world, 5) == ["first", "third"]
    assert await claimed(world, 5, *both) == ["first", "second", "third"]
    assert await claimed(world, 5, *both, limit=2) == ["first", "second"]
    assert await claimed(world, 0.5, *both) == []


async def test_one_address_gets_its_messages_in_created_order(world: Storage) -> None:
    await store_all(
        world,
        c={"created_at": ex.at(3), "due_at": ex.at(3)},
        a={"created_at": ex.at(1), "due_at": ex.at(5)},
        b1={"created_at": ex.at(2), "due_at": ex.at(4)},
        b2={"created_at": ex.at(2), "due_at": ex.at(4)},
    )

    assert await claimed(world, 9) == ["a", "b1", "b2", "c"]


async def test_a_limit_does_not_let_a_newer_message_overtake_an_older_one(world: Storage) -> None:
    await store_all(
        world,
        older={"created_at": ex.at(1), "due_at": ex.at(5)},
        other={"created_at": ex.at(1), "due_at": ex.at(4), "address_id": "ben-tg"},
        newer={"created_at": ex.at(2), "due_at": ex.at(3)},
    )

    assert await claimed(world, 9, limit=1) == ["older"]
    assert await claimed(world, 9, limit=2) == ["older", "newer"]
    assert await claimed(world, 9, limit=3) == ["older", "newer", "other"]


async def test_messages_created_together_go_out_as_they_were_added(world: Storage) -> None:
    await store_all(world, z={"due_at": ex.at(1)}, y={}, x={}, w={"address_id": "ben-tg"})

    assert await claimed(world, 1) == ["z", "y", "x", "w"]


async def test_a_paused_channel_sends_nothing_before_the_end(world: Storage) -> None:
    await store_all(world, tg={}, slack={"channel": Channel.SLACK, "address_id": "ben-tg"})

    await world.write(lambda unit: unit.deliveries.pause("telegram", ex.at(5)))

    assert await claimed(world, 4.99, Channel.TELEGRAM, Channel.SLACK) == ["slack"]
    assert sorted(await claimed(world, 5, Channel.TELEGRAM, Channel.SLACK)) == ["slack", "tg"]


async def test_a_paused_address_holds_only_its_own(world: Storage) -> None:
    await store_all(world, anns={}, bens={"address_id": "ben-tg"})

    await world.write(lambda unit: unit.deliveries.pause("address:ann-tg", ex.at(5)))

    assert await claimed(world, 4.99, limit=1) == ["bens"]
    assert sorted(await claimed(world, 5)) == ["anns", "bens"]


async def test_a_pause_from_before_the_clock_was_set_back_holds_nothing(world: Storage) -> None:
    days = 3 * 24 * 60
    await store_all(world, anns={}, bens={"address_id": "ben-tg"})

    def work(unit: UnitOfWork) -> None:
        unit.deliveries.pause("telegram", ex.at(days))
        unit.deliveries.pause("address:ann-tg", ex.at(days))

    await world.write(work)
    assert sorted(await claimed(world, 1)) == ["anns", "bens"]

    await world.write(lambda unit: unit.deliveries.pause("address:ann-tg", ex.at(3)))
    assert await claimed(world, 2) == ["bens"]
    assert sorted(await claimed(world, 3)) == ["anns", "bens"]
    await world.write(lambda unit: unit.deliveries.pause("telegram", ex.at(5)))
    assert await claimed(world, 4) == []
    assert sorted(await claimed(world, 5)) == ["anns", "bens"]


async def test_unsent_asks_are_proactive_pending_and_due_on_any_channel(world: Storage) -> None:
    await store_all(
        world,
        late={"due_at": ex.at(2)},
        slack={"channel": Channel.SLACK, "address_id": "ben-tg"},
        reply={"delivery_class": DeliveryClass.REPLY},
        gone={"state": DeliveryState.SENT, "due_at": None},
    )
    asks = {"late", "slack"}

    async def unsent(minute: float, limit: int = 9) -> set[str]:
        return set(
            names(await world.write(lambda unit: unit.deliveries.unsent_asks(ex.at(minute), limit)))
        )

    assert await unsent(1) == {"slack"}
    assert await unsent(2) == asks
    assert len(await unsent(2, limit=1)) == 1


async def test_the_later_end_of_two_pauses_wins(world: Storage) -> None:
    await store_all(world, d1={})

    def work(unit: UnitOfWork) -> None:
        unit.deliveries.pause("telegram", ex.at(2))
        unit.deliveries.pause("telegram", ex.at(5))
        unit.deliveries.pause("telegram", ex.at(3))

    await world.write(work)

    assert await claimed(world, 4) == []
    assert await claimed(world, 5) == ["d1"]


async def test_a_web_chat_pulls_its_due_messages_in_created_order(world: Storage) -> None:
    web: dict[str, Any] = {"channel": Channel.WEBCHAT, "address_id": "ann-web"}
    await store_all(
        world,
        second=web | {"created_at": ex.at(1)},
        third=web | {"created_at": ex.at(1)},
        first=web | {"due_at": ex.at(5)},
        later=web | {"due_at": ex.at(5.01)},
        seen=web | {"state": DeliveryState.SENT, "due_at": None},
        bens=web | {"address_id": "ben-web"},
    )

    def pull(limit: int) -> Any:
        return lambda unit: names(unit.deliveries.pullable("ann-web", ex.at(5), limit))

    assert await world.write(pull(9)) == ["first", "second", "third"]
    assert await world.write(pull(2)) == ["first", "second"]


async def test_whose_messages_came_due_in_a_while_is_told_without_claiming_them(
    world: Storage,
) -> None:
    web: dict[str, Any] = {"channel": Channel.WEBCHAT, "address_id": "ann-web"}
    await store_all(
        world,
        second=web | {"due_at": ex.at(5)},
        first=web | {"due_at": ex.at(4), "created_at": ex.at(3)},
        bens=web | {"due_at": ex.at(4), "created_at": ex.at(2), "address_id": "ben-web"},
        before=web | {"due_at": ex.at(3)},
        later=web | {"due_at": ex.at(5.01)},
        seen=web | {"state": DeliveryState.SENT, "due_at": None},
        pushed={"due_at": ex.at(4)},
    )

    def look(unit: UnitOfWork) -> tuple[tuple[str, str], ...]:
        return unit.deliveries.came_due(Channel.WEBCHAT, ex.at(3), ex.at(5))

    expected = (("ben-web", "bens"), ("ann-web", "first"), ("ann-web", "second"))
    assert await world.read(look) == expected
    assert await world.write(look) == expected


async def test_pending_deliveries_of_any_channel_expire_at_their_instant(world: Storage) -> None:
    await store_all(
        world,
        now={"expires_at": ex.at(5), "due_at": ex.at(9)},
        before={"expires_at": ex.at(1), "channel": Channel.WEBCHAT, "address_id": "ann-web"},
        later={"expires_at": ex.at(5.01)},
        never={"expires_at": None},
        sent={"expires_at": ex.at(1), "state": DeliveryState.SENT},
        sending={"expires_at": ex.at(1), "state": DeliveryState.SENDING},
    )

    def expired(limit: int) -> Any:
        return lambda unit: names(unit.deliveries.expired(ex.at(5), limit))

    assert sorted(await world.write(expired(9))) == ["before", "now"]
    assert len(await world.write(expired(1))) == 1


async def test_deliveries_of_an_invitation_come_in_created_order(world: Storage) -> None:
    mine = {"invitation_id": "invitation-1"}
    await store_all(
        world,
        b=mine | {"created_at": ex.at(1)},
        c=mine | {"created_at": ex.at(1), "state": DeliveryState.FAILED},
        a=mine,
        other={"invitation_id": "invitation-2"},
        none={},
    )

    found = await world.read(lambda unit: unit.deliveries.of_invitation("invitation-1"))
    assert names(found) == ["a", "b", "c"]


async def test_the_newest_sent_of_an_address_come_oldest_first(world: Storage) -> None:
    sent = {"state": DeliveryState.SENT, "due_at": None}
    await store_all(
        world,
        third=sent | {"created_at": ex.at(3), "sent_at": ex.at(3)},
        first=sent | {"created_at": ex.at(1), "sent_at": ex.at(1)},
        second=sent | {"created_at": ex.at(2), "sent_at": ex.at(2)},
        pending={},
        bens=sent | {"address_id": "ben-tg", "sent_at": ex.at(4)},
    )

    def newest(limit: int) -> Any:
        return lambda unit: names(unit.deliveries.of_address("ann-tg", limit))

    assert await world.read(newest(9)) == ["first", "second", "third"]
    assert await world.read(newest(2)) == ["second", "third"]


async def test_deliveries_in_a_state_come_oldest_first(world: Storage) -> None:
    unknown = {"state": DeliveryState.UNKNOWN}
    await store_all(world, b=unknown | {"created_at": ex.at(1)}, a=unknown, a2=unknown, pending={})

    def found(limit: int) -> Any:
        return lambda unit: names(unit.deliveries.in_state(DeliveryState.UNKNOWN, limit))

    assert await world.read(found(9)) == ["a", "a2", "b"]
    assert await world.read(found(2)) == ["a", "a2"]


async def test_overdue_are_those_sending_since_before_the_instant(world: Storage) -> None:
    sending = {"state": DeliveryState.SENDING, "due_at": None}
    await store_all(
        world,
        at_it=sending | {"started_at": ex.at(5)},
        before=sending | {"started_at": ex.at(4.99)},
        long_before=sending | {"started_at": ex.at(1)},
        unknown={"state": DeliveryState.UNKNOWN, "started_at": ex.at(1)},
    )

    def overdue(limit: int) -> Any:
        return lambda unit: names(unit.deliveries.overdue_sending(ex.at(5), limit))

    assert sorted(await world.write(overdue(9))) == ["before", "long_before"]
    assert len(await world.write(overdue(1))) == 1


async def test_an_attempt_is_noted_and_finished_per_fence(world: Storage) -> None:
    await store_all(world, d1={})
    accepted = Outcome(kind=OutcomeKind.ACCEPTED, ref={"ts": "1731.0002"})
    timeout = Outcome(kind=OutcomeKind.UNKNOWN, reason="timeout")

    def work(unit: UnitOfWork) -> None:
        unit.deliveries.attempt("d1", 1, ex.at(1))
        unit.deliveries.finish_attempt("d1", 1, ex.at(2), timeout)
        unit.deliveries.attempt("d1", 2, ex.at(3))
        unit.deliveries.finish_attempt("d1", 2, ex.at(4), accepted)

    await world.write(work)

    assert await world.read(lambda unit: unit.deliveries.get("d1")) == ex.delivery("d1")


async def test_a_class_alone_is_claimed_and_pulled_past_any_number_of_others(
    world: Storage,
) -> None:
    receipt = {"delivery_class": DeliveryClass.RECEIPT, "due_at": ex.at(1)}
    web = {"channel": Channel.WEBCHAT, "address_id": "ann-web"}
    await store_all(world, ask={}, edit={"delivery_class": DeliveryClass.EDIT}, receipt=receipt)
    await store_all(
        world, web_ask=web, web_receipt=web | receipt, later=receipt | {"due_at": ex.at(3)}
    )

    def work(unit: UnitOfWork) -> tuple[list[str], list[str]]:
        now, only = ex.at(2), DeliveryClass.RECEIPT
        return (
            names(unit.deliveries.claimable(now, TELEGRAM, 1, only=only)),
            names(unit.deliveries.pullable("ann-web", now, 1, only=only)),
        )

    assert await world.write(work) == (["receipt"], ["web_receipt"])


async def test_deliveries_are_counted_by_state(world: Storage) -> None:
    parked = {"state": DeliveryState.PARKED}
    await store_all(world, one=parked, two=parked, other={})

    states = (DeliveryState.PARKED, DeliveryState.UNKNOWN)
    counts = await world.read(lambda unit: [unit.deliveries.count(state) for state in states])
    assert counts == [2, 0]


async def test_attempts_are_told_by_fence_with_what_became_of_them(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for fence in (2, 1):
            unit.deliveries.attempt("d1", fence, ex.at(fence))
        outcome = Outcome(kind=OutcomeKind.UNKNOWN, reason="timeout")
        unit.deliveries.finish_attempt("d1", 1, ex.at(1.5), outcome)
        unit.deliveries.attempt("d2", 1, ex.START)

    await store_all(world, d1={}, d2={})
    await world.write(work)

    first = Attempt(
        fence=1,
        started_at=ex.at(1),
        ended_at=ex.at(1.5),
        kind=OutcomeKind.UNKNOWN,
        reason="timeout",
    )
    told = await world.read(lambda unit: unit.deliveries.attempts("d1"))
    assert told == (first, Attempt(fence=2, started_at=ex.at(2)))


async def test_the_questions_that_wait_for_a_channel_come_in_created_order(world: Storage) -> None:
    def work(unit: UnitOfWork) -> tuple[list[str], list[str]]:
        rows: dict[str, dict[str, Json]] = {
            "later": {"created_at": ex.at(2)},
            "first": {"created_at": ex.at(1)},
            "elsewhere": {"channel": Channel.SLACK},
            "thanks": {"step": "thanks"},
            "edit": {"target_id": "first"},
            "sent": {"state": DeliveryState.SENT},
        }
        for name, values in rows.items():
            told = {"key": name, "step": "ask", "channel": Channel.TELEGRAM, **values}
            unit.deliveries.add(ex.delivery(name, **told))
        found = [unit.deliveries.asks_waiting(Channel.TELEGRAM, limit) for limit in (9, 1)]
        return [d.id for d in found[0]], [d.id for d in found[1]]

    assert await world.write(work) == (["first", "later"], ["first"])
