"""Two workers and several due asks of one person: exactly one goes out, whichever channels she has."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pytest

from bot.delivery import Dispatcher
from bot.desk import Desk
from bot.metrics import Metrics
from storage.opening import open_storage
from surveys.model import (
    Address,
    Bubble,
    Channel,
    CustomerHint,
    Event,
    Finding,
    FindingKind,
    Outcome,
    OutcomeKind,
    Prompt,
    Purpose,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import webchat
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert
from tests.programs import varied
from tests.world import World

PEOPLE = 1000
AT_ONCE = 50
HAPPENED = (
    ("order.paid", "support.solved"),
    ("order.delivered",),
    ("support.solved", "order.paid"),
)
"""Two due asks each, of two instruments: a delivery here asks for satisfaction and for recommendation."""

PUSHED = (Channel.TELEGRAM, Channel.SLACK)
REACHED_BY = ((Channel.TELEGRAM,), (Channel.SLACK,), (Channel.WEBCHAT,), tuple(Channel))


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

    def __init__(self, world: World, storage: Storage, posted: Counter[str]) -> None:
        platforms = {channel: Platform(channel, posted) for channel in PUSHED}
        self.desk = Desk(storage=storage, ctx=world.ctx, wake=lambda: None)
        self.dispatcher = Dispatcher(
            storage=storage,
            ctx=world.ctx,
            messengers=lambda: platforms,
            metrics=Metrics(),
            wake=lambda: None,
        )

    async def work(self) -> None:
        """Come round until nothing is left to do here."""
        async with self.dispatcher:
            while await self.desk.wake_due() + await self.dispatcher.drain():
                await asyncio.sleep(0)
            await self.dispatcher.settled()


def live() -> World:
    at_once = {"after": "0s", "occurrence": None}
    triggers = dict.fromkeys(("checkout", "support", "delivery", "recommend"), at_once)
    return World(program=varied(rules={"quiet_hours": None}, triggers=triggers))


def reached(world: World, number: int) -> Callable[[UnitOfWork], str | None]:
    """Store a customer with her chats; return the one-time link where web chat is one of them."""
    channels = REACHED_BY[number % len(REACHED_BY)]
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


async def populated(world: World, storage: Storage) -> list[str]:
    """Store everybody and what happened to them; return the sessions of who has a browser open."""
    portions = [range(first, first + AT_ONCE) for first in range(0, PEOPLE, AT_ONCE)]
    found = await asyncio.gather(*(portion(world, storage, numbers) for numbers in portions))
    return [session for sessions in found for session in sessions]


async def portion(world: World, storage: Storage, numbers: Sequence[int]) -> list[str]:
    desk = Desk(storage=storage, ctx=world.ctx, wake=lambda: None)
    works = [reached(world, number) for number in numbers]
    links = await storage.write(lambda tx: [work(tx) for work in works])
    opened = [await desk.open(link) for link in links if link]
    await desk.accept([event(world, n, kind) for n in numbers for kind in HAPPENED[n % 3]])
    return [each.session for each in opened if each]


async def browsing(desk: Desk, sessions: list[str]) -> None:
    for session in sessions:
        await desk.transcript(session)


@pytest.mark.postgres
async def test_of_several_due_asks_of_one_person_two_workers_send_exactly_one(
    postgres_url_factory: Callable[[], str],
) -> None:
    """1,000 people of one, two or three channels; the browsers of web chat pull twice at a time."""
    url = postgres_url_factory()
    world, posted = live(), Counter[str]()
    async with open_storage(url) as first, open_storage(url) as second:
        sessions = await populated(world, first)
        workers = [Worker(world, storage, posted) for storage in (first, second)]
        await asyncio.gather(*(worker.work() for worker in workers))
        await asyncio.gather(*(browsing(worker.desk, sessions) for worker in workers))
        for person_id, asked in await first.read(lambda tx: _shown(tx, world, sessions)):
            posted[person_id] += asked
        slots = await first.read(lambda tx: [len(tx.clocks.lock(each)) for each in posted])

    assert len(posted) == PEOPLE
    assert set(posted.values()) == {1}
    assert set(slots) == {1}


def _shown(tx: UnitOfWork, world: World, sessions: Sequence[str]) -> list[tuple[str, int]]:
    """Return who sees how many questions in her browser."""
    addresses = [webchat.address_of(tx, world.ctx, session) for session in sessions]
    return [
        (address.person_id, sum(bool(b.prompt.scale) for b in _bubbles(tx, world, address)))
        for address in addresses
        if address is not None
    ]


def _bubbles(tx: UnitOfWork, world: World, address: Address) -> Sequence[Bubble]:
    return webchat.transcript(tx, world.ctx, address)
