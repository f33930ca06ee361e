"""Workers that go for one customer's questions at the same time, over one database."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.delivery import Dispatcher
from bot.desk import Desk
from bot.metrics import Metrics
from surveys.model import (
    Address,
    Bubble,
    Channel,
    CustomerHint,
    Delivery,
    DeliveryState,
    Event,
    Finding,
    FindingKind,
    Invitation,
    Outcome,
    OutcomeKind,
    Prompt,
    Purpose,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import webchat
from surveys.service.context import Context
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert
from tests.world import World

PUSHED = (Channel.TELEGRAM, Channel.SLACK)


class Platform:
    """See surveys.ports.Messenger; one account of a channel, which both workers write to."""

    def __init__(self, channel: Channel, posted: Counter[str]) -> None:
        self.channel, self.account = channel, "ours"
        self._posted = posted

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        await asyncio.sleep(0)
        self._posted[address.person_id] += 1
        return Outcome(kind=OutcomeKind.ACCEPTED, ref={"chat_id": address.chat, "message_id": "1"})

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        return Finding(kind=FindingKind.NO_HISTORY)


class Worker:
    """What a process does that only has the worker's role."""

    def __init__(self, ctx: Context, storage: Storage, posted: Counter[str]) -> None:
        platforms = {channel: Platform(channel, posted) for channel in PUSHED}
        self.desk = Desk(storage=storage, ctx=ctx, wake=lambda: None)
        self.dispatcher = Dispatcher(
            storage=storage,
            ctx=ctx,
            messengers=lambda: platforms,
            metrics=Metrics(),
            wake=lambda: None,
        )

    async def work(self) -> None:
        """Come round until nothing is left to do here."""
        async with self.dispatcher:
            while await self._found() or await self._found_at_rest():
                await asyncio.sleep(0)

    async def _found(self) -> int:
        return await self.desk.wake_due() + await self.dispatcher.drain()

    async def _found_at_rest(self) -> int:
        """While as many requests are under way as may be at once, nothing is found though much waits."""
        await self.dispatcher.settled()
        return await self._found()


def reached(
    world: World, number: int, channels: Sequence[Channel]
) -> Callable[[UnitOfWork], str | None]:
    """Store a customer with her chats; return the one-time link where web chat is one of them."""
    given = ConsentGiven(
        purpose=Purpose.SERVICE_SURVEY, at=world.clock.now(), source="test", text_version="1"
    )

    def work(tx: UnitOfWork) -> str | None:
        now, ctx = world.clock.now(), world.ctx
        wanted = CustomerUpsert(id=f"c{number}", consents=(given,))
        person_id = upsert(tx, wanted, now=now, new_id=ctx.new_id).id
        for channel in channels:
            if channel in PUSHED:
                address = Address(
                    id=ctx.new_id(),
                    person_id=person_id,
                    channel=channel,
                    account="ours",
                    user=f"u{number}",
                    chat=f"u{number}",
                    created_at=now,
                )
                tx.addresses.add(address)
        if Channel.WEBCHAT not in channels:
            return None
        return create_link(tx, person_id, Channel.WEBCHAT, now=now, new_token=ctx.new_token)

    return work


def event(world: World, number: int, kind: str) -> Event:
    return Event(
        source="shop",
        id=f"{kind}-{number}",
        type=kind,
        subject=f"{kind}-{number}",
        time=world.clock.now(),
        customer=CustomerHint(id=f"c{number}"),
    )


@dataclass(frozen=True, slots=True)
class Outset:
    """What every round begins with."""

    sessions: Sequence[str]
    deliveries: Sequence[Delivery]
    invitations: Sequence[Invitation]

    def restore(self, tx: UnitOfWork) -> None:
        """Put the questions back into the outbox, uncounted; only their fences go on."""
        for invitation in self.invitations:
            tx.clocks.give_back(invitation.id)
            tx.invitations.save(invitation)
        for delivery in self.deliveries:
            now = tx.deliveries.get(delivery.id)
            tx.deliveries.save(replace(delivery, fence=now.fence if now else 0))


async def populated(
    world: World,
    storage: Storage,
    reached_by: Sequence[Sequence[Channel]],
    asked: Sequence[Sequence[str]],
) -> Outset:
    """Store a person for each of ``reached_by``, with a question in the outbox for each of her ``asked``."""
    desk = Desk(storage=storage, ctx=world.ctx, wake=lambda: None)
    everybody = [reached(world, number, channels) for number, channels in enumerate(reached_by)]
    links = await storage.write(lambda tx: [work(tx) for work in everybody])
    opened = [await desk.open(link) for link in links if link]
    for kinds in zip(*asked, strict=True):
        await desk.accept([event(world, number, kind) for number, kind in enumerate(kinds)])
        while await desk.wake_due():
            pass
        await storage.write(_uncounted)
    deliveries, invitations = await storage.write(_uncounted)
    return Outset([each.session for each in opened if each], deliveries, invitations)


def _uncounted(tx: UnitOfWork) -> tuple[Sequence[Delivery], Sequence[Invitation]]:
    """Return what is in the outbox and what it asks, and leave no slot behind."""
    deliveries = tx.deliveries.in_state(DeliveryState.PENDING, 10_000)
    found = [tx.invitations.get(delivery.invitation_id or "") for delivery in deliveries]
    invitations = [invitation for invitation in found if invitation]
    for invitation in invitations:
        tx.clocks.give_back(invitation.id)
    return deliveries, invitations


async def browsing(desk: Desk, sessions: Sequence[str]) -> None:
    for session in sessions:
        await desk.transcript(session)


def slots_of(people: Sequence[str], tx: UnitOfWork) -> list[int]:
    return [len(tx.clocks.lock(person_id)) for person_id in people]


def shown(world: World, sessions: Sequence[str], tx: UnitOfWork) -> list[tuple[str, int]]:
    """Return who sees how many questions in her browser."""
    addresses = [webchat.address_of(tx, world.ctx, session) for session in sessions]
    return [
        (address.person_id, sum(bool(b.prompt.scale) for b in _bubbles(tx, world, address)))
        for address in addresses
        if address is not None
    ]


def _bubbles(tx: UnitOfWork, world: World, address: Address) -> Sequence[Bubble]:
    return webchat.transcript(tx, world.ctx, address)


async def race(world: World, outset: Outset, stores: Sequence[Storage]) -> None:
    """Let a worker over each of the stores go for all of it; see that everybody was asked once."""
    people = {invitation.person_id for invitation in outset.invitations}
    await stores[0].write(outset.restore)
    posted = Counter[str]()
    workers = [Worker(world.ctx, storage, posted) for storage in stores]
    browsers = [browsing(worker.desk, outset.sessions) for worker in workers]
    await asyncio.gather(*(worker.work() for worker in workers), *browsers)
    for person_id, asked in await stores[0].read(partial(shown, world, outset.sessions)):
        posted[person_id] += asked
    slots = await stores[0].read(partial(slots_of, tuple(people)))

    assert {person_id: posted[person_id] for person_id in people} == dict.fromkeys(people, 1)
    assert set(slots) == {1}
