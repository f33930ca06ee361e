"""Rows F08, F09 and F12: what is cancelled in mid-commit, raced for by two workers, or poison to its handler."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf
from typing import TypeVar

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.desk import MOST_TRIES, Desk, pack_incoming
from storage.opening import open_storage
from surveys.model import (
    Acceptance,
    Address,
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    InboxEntry,
    InboxState,
    Incoming,
    Outcome,
    OutcomeKind,
    Person,
    Typed,
)
from surveys.pacing import Pacing
from surveys.ports import Storage, UnitOfWork
from surveys.service import operating
from surveys.service.context import Context
from surveys.service.outcomes import settle
from surveys.service.sending import Claimed, candidates, claim
from surveys.service.talking import entry_of
from tests.phones import ACCOUNT, Phone
from tests.programs import varied
from tests.world import World

T = TypeVar("T")
TIMES = 1000
AT_ONCE = 16


# --- F08: cancelled in mid-commit -----------------------------------------------------------------------


class Gated:
    """See surveys.ports.Storage; a write stays in its transaction, all but committed, until it is let go."""

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self._gate = threading.Event()
        self.reached = threading.Event()

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._inner.read(work)

    async def wipe(self) -> bool:
        return await self._inner.wipe()

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        def held(tx: UnitOfWork) -> T:
            result = work(tx)
            self.reached.set()
            assert self._gate.wait(60)
            return result

        return await self._inner.write(held)

    async def cancel(self, caller: "asyncio.Task[T]") -> None:
        """Cancel whoever waits for the commit, and then let it go on."""
        await asyncio.to_thread(self.reached.wait, 60)
        caller.cancel()
        with suppress(asyncio.CancelledError):
            await caller
        assert caller.cancelled()
        self._gate.set()


async def test_f08_an_event_whose_caller_went_away_in_mid_commit_is_stored_once(
    storage: Storage,
) -> None:
    world, gated = World(storage), Gated(storage)
    await world.browser(await world.customer("kim"))
    known = world.desk
    world.desk = Desk(storage=gated, ctx=world.ctx, wake=lambda: None)
    await gated.cancel(asyncio.create_task(world.happens("order.paid", "kim", id="e")))

    world.desk = known
    assert await world.happens("order.paid", "kim", id="e") is Acceptance.DUPLICATE
    (explained,) = await world.why("e")
    assert len(explained.decisions) == 1
    invitations = await storage.read(lambda tx: tx.invitations.of_event(explained.event.id))
    assert len(invitations) == 1


async def test_f08_an_outcome_whose_worker_was_cancelled_in_mid_commit_is_what_the_database_says(
    storage: Storage,
) -> None:
    world, gated = World(storage), Gated(storage)
    phone = Phone(world)
    await phone.acts(asks_for_help(world, phone).act)
    (greeting,) = await phone.claims()
    accepted = Outcome(kind=OutcomeKind.ACCEPTED, ref={"chat_id": "7001", "message_id": "1"})
    write = partial(
        settle,
        ctx=world.ctx,
        delivery_id=greeting.delivery.id,
        fence=greeting.delivery.fence,
        outcome=accepted,
    )
    await gated.cancel(asyncio.create_task(gated.write(write)))

    assert await storage.write(write) is None, "it is settled already"
    stored = await storage.read(lambda tx: tx.deliveries.get(greeting.delivery.id))
    assert stored is not None
    assert (stored.state, stored.ref) == (DeliveryState.SENT, accepted.ref)
    (attempt,) = await storage.read(lambda tx: tx.deliveries.attempts(greeting.delivery.id))
    assert attempt.kind is OutcomeKind.ACCEPTED
    assert await phone.claims() == ()


# --- F09: two workers at once ---------------------------------------------------------------------------


def fill(tx: UnitOfWork, *, ctx: Context) -> None:
    """Let a thousand chats wait for one message each."""
    for n in range(TIMES):
        person, now = Person(id=f"p{n}", subject_id=f"s{n}", created_at=ctx.now()), ctx.now()
        tx.people.add(person)
        address = Address(
            id=f"a{n}",
            person_id=person.id,
            channel=Channel.TELEGRAM,
            account=ACCOUNT,
            user=str(n),
            chat=str(n),
            created_at=now,
        )
        tx.addresses.add(address)
        greeting = Delivery(
            id=f"d{n}",
            key=f"a{n}/notice.start//0",
            person_id=person.id,
            address_id=address.id,
            channel=Channel.TELEGRAM,
            delivery_class=DeliveryClass.REPLY,
            kind="notice.start",
            args={"language": "ko"},
            state=DeliveryState.PENDING,
            created_at=now,
            due_at=now,
        )
        tx.deliveries.add(greeting)


async def claims(storage: Storage, ctx: Context) -> list[str]:
    """Claim, as a worker does, until there is nothing left; return what was ours."""
    mine: list[str] = []
    here = (Channel.TELEGRAM,)
    while due := await storage.read(lambda tx: candidates(tx, ctx, here, AT_ONCE)):
        found = await asyncio.gather(
            *(storage.write(partial(claim, ctx=ctx, delivery_id=each)) for each in due)
        )
        mine += [each.delivery.id for each in found if isinstance(each, Claimed)]
    return mine


@pytest.mark.postgres
async def test_f09_a_thousand_messages_are_claimed_once_each_by_two_workers_at_once(
    postgres_url_factory: Callable[[], str],
) -> None:
    url = postgres_url_factory()
    async with open_storage(url) as first, open_storage(url) as second:
        ctx = replace(World(first).ctx, pacing=Pacing(telegram=inf, chats=inf))
        await first.write(partial(fill, ctx=ctx))
        one, other = await asyncio.gather(claims(first, ctx), claims(second, ctx))
        rows = await first.read(lambda tx: tx.deliveries.in_state(DeliveryState.SENDING, 9999))
        tries = await first.read(
            lambda tx: Counter(len(tx.deliveries.attempts(row.id)) for row in rows)
        )

    assert one, "the first worker had no part in it"
    assert other, "the second worker had no part in it"
    assert sorted(one + other) == sorted(f"d{n}" for n in range(TIMES))
    assert {(row.fence, row.attempts) for row in rows} == {(1, 1)}
    assert tries == {1: TIMES}


# --- F12: poison ----------------------------------------------------------------------------------------


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


def asks_for_help(world: World, phone: Phone, number: int = 900) -> Incoming:
    """Something she wrote, which is answered with a notice."""
    return Incoming(
        source=f"telegram:{ACCOUNT}",
        key=f"{phone.user}/{number}",
        channel=Channel.TELEGRAM,
        account=ACCOUNT,
        user=phone.user,
        chat=phone.user,
        at=world.clock.now(),
        order=number,
        act=Typed(text="도움말"),
    )


async def kept_for_later(world: World, act: Incoming, **changes: object) -> InboxEntry:
    """Store an act whose handling failed when it came."""
    entry = entry_of(world.ctx, act, InboxState.NEW)
    body = pack_incoming(act) | changes
    entry = replace(entry, body=body, due_at=world.clock.now())
    await world.write(lambda tx: tx.inbox.add(entry))
    return entry


async def test_f12_poison_is_a_dead_letter_after_five_tries_and_holds_up_nobody(
    storage: Storage, logged: list[EventDict]
) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    phones = [Phone(world, user) for user in ("7001", "7002", "7003")]
    before, poison, after = [
        await kept_for_later(world, asks_for_help(world, phone), **changes)
        for phone, changes in zip(phones, ({}, {"kind": "Unheard"}, {}), strict=True)
    ]

    await world.desk.handle_stored()
    states = [await state(world, entry) for entry in (before, poison, after)]
    assert states == [InboxState.DONE, InboxState.NEW, InboxState.DONE]
    assert await phones[0].reads() == ["notice", "notice"], "one for each of the two others"

    for _ in range(2 * MOST_TRIES):
        await world.later(minutes=5)
    (dead,) = await storage.read(lambda tx: operating.dead_letters(tx, 9))
    assert (dead.id, dead.state, dead.tries, dead.due_at) == (
        poison.id,
        InboxState.FAILED,
        MOST_TRIES,
        None,
    )
    assert re.fullmatch(r"KeyError at bot/desk\.py:[0-9]+", dead.error or "")
    assert dead.body == poison.body
    assert (await storage.read(operating.standing)).dead_letters == 1
    alarms = [line["inbox"] for line in logged if line["log_level"] == "error"]
    assert alarms == [poison.id] * MOST_TRIES


async def state(world: World, entry: InboxEntry) -> InboxState | None:
    found = await world.storage.read(lambda tx: tx.inbox.get(entry.id))
    return found.state if found else None
