"""Unsettled deliveries and dead letters: what an operator sees, and what each of the acts leads to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.orders import MOST, Act, Order, obeyed
from surveys.errors import NotFound, NotWaiting, StorageBusy
from surveys.model import (
    Command,
    Deed,
    Delivery,
    DeliveryState,
    InboxEntry,
    InboxState,
    InvitationState,
    OutcomeKind,
    Tap,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import operating
from surveys.service.holding import is_held
from surveys.service.operating import Settlement, Standing, Unsettled
from tests.phones import LOST, Phone
from tests.programs import varied
from tests.world import NOON, World

BY = "cli:minji"
UNKNOWN, PARKED = DeliveryState.UNKNOWN, DeliveryState.PARKED


async def lost(storage: Storage, **trigger: Any) -> tuple[World, Phone, str]:
    """A customer whose question may have arrived: its request had no answer, and nobody can look."""
    world = World(storage, varied(triggers={"checkout": {"after": "0s", **trigger}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    (claimed,) = await phone.claims()
    await phone.settles(claimed, LOST)
    return world, phone, claimed.delivery.id


async def parked(storage: Storage, **trigger: Any) -> tuple[World, Phone, str]:
    world, phone, delivery_id = await lost(storage, **trigger)
    world.clock.at += timedelta(minutes=1)
    (settled,) = await phone.looks()
    assert settled is not None
    assert settled.state is PARKED
    return world, phone, delivery_id


async def settle(world: World, delivery_id: str, verdict: Settlement) -> None:
    await world.write(lambda tx: operating.settle_by_hand(tx, world.ctx, delivery_id, verdict, BY))


async def row(world: World, delivery_id: str) -> Delivery:
    found = await world.storage.read(lambda tx: tx.deliveries.get(delivery_id))
    assert found is not None
    return found


async def listed(world: World, limit: int = 9) -> tuple[Unsettled, ...]:
    return await world.storage.read(lambda tx: operating.unsettled(tx, limit))


def _add(tx: UnitOfWork, *, delivery: Delivery) -> None:
    tx.deliveries.add(delivery)


async def slots(world: World) -> int:
    person = await world.storage.read(lambda tx: operating.unsettled(tx, 1))
    people = {each.delivery.person_id for each in person}
    return await world.write(lambda tx: sum(len(tx.clocks.lock(one)) for one in people))


async def cohort(world: World) -> list[tuple[int, int, int]]:
    day = NOON.date()
    rows = await world.storage.read(lambda tx: tx.reports.funnel(day, day + timedelta(days=9)))
    return [(row.invited, row.delivered, row.answered) for row in rows]


# --- what is seen ---------------------------------------------------------------------------------


async def test_an_unknown_delivery_is_told_with_its_customer_its_stage_and_its_attempts(
    storage: Storage,
) -> None:
    world, _, delivery_id = await lost(storage)

    (one,) = await listed(world)
    (attempt,) = one.attempts
    assert one.to_json() == {
        "id": delivery_id,
        "state": "unknown",
        "reason": "timeout",
        "customer": "kim",
        "channel": "telegram",
        "kind": "question",
        "step": "ask",
        "stage": "purchase",
        "touchpoint": "checkout",
        "created_at": NOON.isoformat(),
        "look_up_at": (NOON + timedelta(seconds=30)).isoformat(),
        "resends": 0,
        "attempts": [
            {
                "started_at": NOON.isoformat(),
                "ended_at": NOON.isoformat(),
                "outcome": "unknown",
                "reason": "timeout",
            }
        ],
    }
    assert (attempt.fence, attempt.kind) == (1, OutcomeKind.UNKNOWN)


async def test_a_message_outside_an_ask_has_no_stage_and_a_nameless_customer_our_id(
    storage: Storage,
) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.acts(Command(name="help"))
    (claimed,) = await phone.claims()
    await phone.settles(claimed, LOST)

    (one,) = await listed(world)
    assert (one.stage, one.touchpoint) == ("", "")
    assert one.customer == one.delivery.person_id


async def test_unknown_and_parked_are_listed_oldest_first_up_to_the_limit(
    storage: Storage,
) -> None:
    world, _, delivery_id = await lost(storage)
    oldest = replace(
        await row(world, delivery_id),
        id="oldest",
        key="o",
        state=PARKED,
        created_at=NOON - timedelta(1),
    )
    newest = replace(oldest, id="newest", key="n", created_at=NOON + timedelta(1))
    for each in (newest, oldest):
        await world.write(partial(_add, delivery=each))

    assert [each.delivery.id for each in await listed(world)] == ["oldest", delivery_id, "newest"]
    assert [each.delivery.id for each in await listed(world, 2)] == ["oldest", delivery_id]


async def test_what_waits_is_counted(storage: Storage) -> None:
    world, _, delivery_id = await lost(storage)
    more = replace(await row(world, delivery_id), id="more", key="m", state=PARKED)
    await world.write(lambda tx: tx.deliveries.add(more))
    await world.write(lambda tx: tx.inbox.add(letter()))

    told = await storage.read(operating.standing)
    assert told == Standing(unknown=1, parked=1, dead_letters=1, hold=None)
    assert told.waiting == 3


# --- settling by hand -----------------------------------------------------------------------------


async def test_settled_as_sent_it_counts_as_delivered_and_waits_for_the_answer(
    storage: Storage,
) -> None:
    world, _, delivery_id = await parked(storage)
    await settle(world, delivery_id, Settlement.SENT)

    settled = await row(world, delivery_id)
    assert (settled.state, settled.due_at) == (DeliveryState.SENT, None)
    assert await cohort(world) == [(1, 1, 0)]
    assert await listed(world) == ()


async def test_settled_as_sent_it_is_edited_only_once_an_answer_has_named_it(
    storage: Storage,
) -> None:
    world, phone, delivery_id = await parked(storage)
    claimed = await row(world, delivery_id)
    await settle(world, delivery_id, Settlement.SENT)

    message = {"chat_id": "7001", "message_id": "m9"}
    await phone.acts(Tap(token=claimed.token or "", value="5", message=message))
    assert (await row(world, delivery_id)).ref == message
    assert await cohort(world) == [(1, 1, 1)]


async def test_resent_it_goes_out_again_as_a_recorded_resend_with_its_times_begun_anew(
    storage: Storage,
) -> None:
    world, phone, delivery_id = await parked(storage)
    world.clock.at += timedelta(hours=1)
    await settle(world, delivery_id, Settlement.RESEND)
    assert (await row(world, delivery_id)).state is DeliveryState.PENDING

    assert await phone.reads() == ["notice", "question"]
    sent = await row(world, delivery_id)
    assert (sent.state, sent.resends, sent.attempts) == (DeliveryState.SENT, 1, 2)
    invitation = await storage.read(lambda tx: tx.invitations.get(sent.invitation_id or ""))
    assert invitation is not None
    assert invitation.sent_at == world.clock.at
    assert invitation.closes_at == world.clock.at + timedelta(hours=24)
    assert await cohort(world) == [(1, 1, 0)]


async def test_resent_every_contact_rule_is_checked_again(storage: Storage) -> None:
    world, phone, delivery_id = await parked(storage)
    await phone.acts(Command(name="stop"))
    await settle(world, delivery_id, Settlement.RESEND)

    assert await phone.reads() == ["notice", "notice"]
    assert (await row(world, delivery_id)).state is DeliveryState.SUPPRESSED


async def test_resent_in_the_night_it_waits_for_the_morning(storage: Storage) -> None:
    world, phone, delivery_id = await parked(storage)
    world.clock.at = NOON + timedelta(hours=11)
    await settle(world, delivery_id, Settlement.RESEND)

    assert await phone.claims() == ()
    held = await row(world, delivery_id)
    assert held.due_at == NOON + timedelta(hours=20)


async def test_resent_too_late_it_expires(storage: Storage) -> None:
    world, phone, delivery_id = await parked(storage, max_wait="1h")
    world.clock.at += timedelta(hours=2)
    await settle(world, delivery_id, Settlement.RESEND)

    assert await phone.claims() == ()
    assert (await row(world, delivery_id)).state is DeliveryState.EXPIRED


async def test_dropped_it_has_failed_and_its_slot_is_free(storage: Storage) -> None:
    world, _, delivery_id = await parked(storage)
    assert await slots(world) == 1
    await settle(world, delivery_id, Settlement.DROP)

    dropped = await row(world, delivery_id)
    assert (dropped.state, dropped.reason) == (DeliveryState.FAILED, "operator")
    assert (await world.verdicts("kim"))[-1] == ("skipped", "operator")
    assert await world.write(lambda tx: tx.clocks.lock(dropped.person_id)) == ()
    invitation = await storage.read(lambda tx: tx.invitations.get(dropped.invitation_id or ""))
    assert invitation is not None
    assert invitation.state is InvitationState.SUPPRESSED


@pytest.mark.parametrize("verdict", list(Settlement))
async def test_what_is_settled_is_not_settled_again_and_nothing_changes(
    storage: Storage, verdict: Settlement
) -> None:
    world, _, delivery_id = await parked(storage)
    await settle(world, delivery_id, Settlement.SENT)
    before, trail = await row(world, delivery_id), await storage.read(lambda tx: tx.audit.newest(9))

    with pytest.raises(NotWaiting, match="is sent: there is nothing to settle"):
        await settle(world, delivery_id, verdict)
    with pytest.raises(NotFound):
        await settle(world, "nothing", verdict)
    assert await row(world, delivery_id) == before
    assert await storage.read(lambda tx: tx.audit.newest(9)) == trail


async def test_each_settlement_stands_in_the_audit_trail(storage: Storage) -> None:
    world, _, delivery_id = await parked(storage)
    at = world.clock.at
    await settle(world, delivery_id, Settlement.RESEND)

    known = {"as": "resend", "was": "parked", "reason": "timeout"}
    deed = Deed(at=at, by=BY, act="settle", subject=delivery_id, details=known)
    assert await storage.read(lambda tx: tx.audit.newest(9)) == (deed,)


async def test_given_up_is_what_is_due_and_proactive_and_nothing_else(storage: Storage) -> None:
    """In an older copy most of what waits went out in the time that was lost."""
    world, phone, delivery_id = await parked(storage)
    await settle(world, delivery_id, Settlement.RESEND)
    later = replace(await row(world, delivery_id), id="later", key="l", invitation_id=None)
    tomorrow = replace(later, due_at=world.clock.at + timedelta(days=1))
    await world.write(partial(_add, delivery=tomorrow))
    await phone.acts(Command(name="help"))

    assert await world.write(lambda tx: operating.give_up_waiting(tx, world.ctx, BY, 9)) == 0
    await world.write(lambda tx: operating.hold(tx, world.ctx, "restored", BY))
    assert await world.write(lambda tx: operating.give_up_waiting(tx, world.ctx, BY, 9)) == 1
    await world.write(lambda tx: operating.release(tx, world.ctx, BY))
    assert (await row(world, delivery_id)).state is DeliveryState.FAILED
    assert (await row(world, "later")).state is DeliveryState.PENDING
    assert await phone.reads() == ["notice", "notice"]
    _, deed = await storage.read(lambda tx: tx.audit.newest(2))
    assert (deed.act, deed.details) == ("give_up_waiting", {"deliveries": 1})


class Counting:
    """See surveys.ports.Storage; counts its commits, and fails at one of them."""

    def __init__(self, storage: Storage, fails_at: int = 0) -> None:
        self._storage = storage
        self._fails_at = fails_at
        self.commits = 0

    async def read(self, work: Callable[[UnitOfWork], Any]) -> Any:
        return await self._storage.read(work)

    async def write(self, work: Callable[[UnitOfWork], Any]) -> Any:
        self.commits += 1
        if self.commits == self._fails_at:
            message = "killed"
            raise StorageBusy(message)
        return await self._storage.write(work)

    async def wipe(self) -> bool:
        return await self._storage.wipe()


async def test_what_waits_is_given_up_in_small_commits_and_a_hold_stands_until_the_last(
    storage: Storage,
) -> None:
    world, _, delivery_id = await parked(storage)
    await settle(world, delivery_id, Settlement.RESEND)
    one = replace(await row(world, delivery_id), invitation_id=None)
    many = [replace(one, id=f"x{number}", key=f"x{number}") for number in range(2 * MOST)]
    for each in many:
        await world.write(partial(_add, delivery=each))
    await world.write(lambda tx: operating.hold(tx, world.ctx, "restored", BY))
    order = Order(act=Act.RELEASE_DROP)

    async def waiting() -> int:
        return await storage.read(lambda tx: tx.deliveries.count(DeliveryState.PENDING))

    with pytest.raises(StorageBusy):
        await obeyed(Counting(storage, fails_at=2), world.ctx, order, BY)
    assert await waiting() == MOST + 1
    assert await storage.read(is_held)

    again = Counting(storage)
    assert await obeyed(again, world.ctx, order, BY) == "release_drop"
    assert (await waiting(), again.commits) == (0, 4)
    assert not await storage.read(is_held)


# --- dead letters ---------------------------------------------------------------------------------


def letter(**parts: Any) -> InboxEntry:
    filled: dict[str, Any] = {
        "id": "i1",
        "source": "event:shop",
        "key": "e99",
        "digest": "d",
        "received_at": NOON,
        "state": InboxState.FAILED,
        "body": {"event": 1},
        "tries": 5,
        "error": "KeyError: 'amount'",
    }
    return InboxEntry(**(filled | parts))


async def written(storage: Storage) -> tuple[World, Callable[[], Any]]:
    world = World(storage)
    await world.write(lambda tx: tx.inbox.add(letter()))

    async def again() -> InboxEntry | None:
        return await storage.read(lambda tx: tx.inbox.get("i1"))

    return world, again


async def test_a_dead_letter_is_listed_with_its_error(storage: Storage) -> None:
    await written(storage)

    assert await storage.read(lambda tx: operating.dead_letters(tx, 9)) == (letter(),)


async def test_a_retried_letter_has_all_its_tries_again(storage: Storage) -> None:
    world, again = await written(storage)
    await world.write(lambda tx: operating.retry_letter(tx, world.ctx, "i1", BY))

    assert await again() == letter(state=InboxState.NEW, tries=0, due_at=NOON)
    assert await storage.read(lambda tx: tx.next_due()) == NOON


async def test_a_dropped_letter_keeps_its_error_and_loses_its_content(storage: Storage) -> None:
    world, again = await written(storage)
    await world.write(lambda tx: operating.drop_letter(tx, world.ctx, "i1", BY))

    assert await again() == letter(state=InboxState.DONE, body=None)


async def test_only_dead_letters_are_retried_or_dropped(storage: Storage) -> None:
    world, again = await written(storage)
    await world.write(lambda tx: operating.drop_letter(tx, world.ctx, "i1", BY))

    def acts(tx: UnitOfWork) -> None:
        for act in (operating.retry_letter, operating.drop_letter):
            with pytest.raises(NotWaiting):
                act(tx, world.ctx, "i1", BY)
            with pytest.raises(NotFound):
                act(tx, world.ctx, "i2", BY)

    await world.write(acts)
    assert await again() == letter(state=InboxState.DONE, body=None)
    (deed,) = await storage.read(lambda tx: tx.audit.newest(9))
    assert deed == Deed(at=NOON, by=BY, act="drop", subject="i1", details={"source": "event:shop"})
