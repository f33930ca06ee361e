"""The dispatcher: one request per claim, none on a claim that runs out, and one account's trouble stays its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from surveys.errors import StorageBusy
from surveys.model import (
    Address,
    Channel,
    Command,
    DeliveryState,
    Finding,
    FindingKind,
    Outcome,
    OutcomeKind,
    Prompt,
    Started,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import operating
from surveys.service.outcomes import QUARANTINE
from tests.phones import ACCOUNT, LOST, NO_HISTORY, Phone
from tests.world import World

T = TypeVar("T")
PENDING, PARKED = DeliveryState.PENDING, DeliveryState.PARKED


class Platform:
    """See surveys.ports.Messenger; takes every message, and ``slowness`` for each."""

    def __init__(
        self,
        world: World,
        *,
        account: str = ACCOUNT,
        slowness: float = 0,
        channel: Channel = Channel.TELEGRAM,
    ) -> None:
        self.channel, self.account = channel, account
        self.posted: list[tuple[str, str]] = []
        self.looks: list[tuple[str, str | None]] = []
        self.findings: list[Finding] = []
        self.lost: list[Outcome] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._world = world
        self._slowness = timedelta(seconds=slowness)

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        return await self._take(address, prompt)

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        return await self._take(address, prompt)

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        self.looks.append((key, cursor))
        return self.findings.pop(0) if self.findings else NO_HISTORY

    async def _take(self, address: Address, prompt: Prompt) -> Outcome:
        await self.gate.wait()
        self._world.clock.at += self._slowness
        self.posted.append((address.user, prompt.kind))
        if self.lost:
            return self.lost.pop(0)
        ref = {"chat_id": address.chat, "message_id": str(len(self.posted))}
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)


@asynccontextmanager
async def dispatching(
    world: World, *platforms: Platform, storage: Storage | None = None
) -> AsyncIterator[Dispatcher]:
    async with Dispatcher(
        storage=storage or world.storage,
        ctx=world.ctx,
        messengers=lambda: {platform.channel: platform for platform in platforms},
        metrics=Metrics(),
        wake=lambda: None,
    ) as dispatcher:
        yield dispatcher


async def emptied(dispatcher: Dispatcher) -> int:
    """Let everything that may go now go; return how many deliveries that were."""
    total = 0
    while found := await dispatcher.drain():
        total += found
        await dispatcher.settled()
    return total


async def greetings(world: World, *users: str) -> None:
    """Customers who have pressed Start and are to be greeted."""
    phones = {user: Phone(world, user) for user in users}
    for user in users:
        await phones[user].acts(Started())


class Stalled:
    """See surveys.ports.Storage; the process stands still for a while after each commit."""

    def __init__(self, world: World, stall: timedelta) -> None:
        self._world = world
        self._stall = stall

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._world.storage.read(work)

    async def wipe(self) -> bool:
        return await self._world.storage.wipe()

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        result = await self._world.storage.write(work)
        self._world.clock.at += self._stall
        return result


async def test_no_request_begins_on_a_claim_that_is_about_to_run_out(storage: Storage) -> None:
    """The claim's other end would call it lost, and settle it as if it might have been sent."""
    world = World(storage)
    await greetings(world, "1")
    platform = Platform(world)
    stalled = Stalled(world, timedelta(seconds=21))
    async with dispatching(world, platform, storage=stalled) as dispatcher:
        assert await dispatcher.drain() == 1
        await dispatcher.settled()
    (waiting,) = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    assert (waiting.attempts, waiting.reason) == (0, "lease_over")
    assert platform.posted == []


async def test_what_is_claimed_at_the_end_goes_back_and_costs_no_try(storage: Storage) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform = Platform(world)
    async with dispatching(world, platform) as dispatcher:
        assert await dispatcher.drain() == 1
        dispatcher.stop()
        await dispatcher.settled()
    (back,) = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    assert (back.attempts, back.reason, platform.posted) == (0, "stopping", [])


async def test_chats_of_a_bot_that_was_replaced_hold_up_no_others(storage: Storage) -> None:
    world = World(storage)
    await greetings(world, "1", "2")
    another = Platform(world, account="bot2")
    async with dispatching(world, another) as dispatcher:
        assert await emptied(dispatcher) == 2
        assert another.posted == []

        await greetings(world, "3")
        await world.write(
            lambda tx: tx.addresses.save(_moved(tx.addresses.find(Channel.TELEGRAM, ACCOUNT, "3")))
        )
        assert await emptied(dispatcher) == 1
    assert another.posted == [("3", "notice")]


async def test_messages_to_one_chat_go_one_after_the_other_and_a_hanging_chat_holds_up_no_other(
    storage: Storage,
) -> None:
    world = World(storage)
    await greetings(world, "1", "1", "2")
    platform = Platform(world)
    platform.gate.clear()
    async with dispatching(world, platform) as dispatcher:
        assert [await dispatcher.drain(), await dispatcher.drain()] == [2, 0]
        platform.gate.set()
        await dispatcher.settled()
        assert await emptied(dispatcher) == 1
    assert sorted(platform.posted) == [("1", "notice"), ("1", "notice"), ("2", "notice")]


async def test_a_lost_reply_is_sent_once_more_after_its_quarantine_and_parked_the_next_time(
    storage: Storage,
) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform = Platform(world)
    platform.lost = [LOST, LOST]
    async with dispatching(world, platform) as dispatcher:
        await emptied(dispatcher)
        assert await dispatcher.look_up() == 0
        world.clock.at += QUARANTINE
        assert await dispatcher.look_up() == 1
        await dispatcher.settled()
        await emptied(dispatcher)
        world.clock.at += QUARANTINE
        assert await dispatcher.look_up() == 1
        await dispatcher.settled()
        assert await emptied(dispatcher) == 0
    (parked,) = await world.storage.read(lambda tx: tx.deliveries.in_state(PARKED, 9))
    assert (parked.resends, parked.reason, len(platform.posted)) == (1, "timeout_again", 2)


async def test_a_look_goes_on_where_its_last_page_ended(storage: Storage) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform = Platform(world)
    platform.lost = [LOST]
    ref = {"channel": "D1", "ts": "1.2"}
    platform.findings = [
        Finding(kind=FindingKind.NOT_NOW, cursor="next", retry_after=1),
        Finding(kind=FindingKind.FOUND, ref=ref),
    ]
    async with dispatching(world, platform) as dispatcher:
        await emptied(dispatcher)
        for wait in (QUARANTINE, timedelta(seconds=1)):
            world.clock.at += wait
            assert await dispatcher.look_up() == 1
            await dispatcher.settled()
    assert [cursor for _, cursor in platform.looks] == [None, "next"]
    (sent,) = await world.storage.read(lambda tx: tx.deliveries.in_state(DeliveryState.SENT, 9))
    assert (sent.ref, len(platform.posted)) == (ref, 1)


def _moved(address: Address | None) -> Address:
    assert address is not None
    return replace(address, account="bot2")


async def test_while_sending_is_held_a_round_finds_nothing_so_that_the_loop_naps() -> None:
    """A drain that found held rows again and again would never let the loop rest."""
    world = World()
    platform, phone = Platform(world), Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Command(name="help"))
    await world.write(lambda tx: operating.hold(tx, world.ctx, "", "cli:x"))
    async with dispatching(world, platform) as dispatcher:
        assert await dispatcher.drain() == 0
        await dispatcher.settled()
        assert platform.posted == []

        await world.write(lambda tx: operating.release(tx, world.ctx, "cli:x"))
        assert await emptied(dispatcher) == 1
    assert [kind for _, kind in platform.posted] == ["notice"]


async def test_each_batch_is_counted_before_anything_of_it_is_claimed() -> None:
    world, counted = World(), list[int]()
    platform = Platform(world)

    async def count() -> None:
        sending = await world.storage.read(lambda tx: tx.deliveries.count(DeliveryState.SENDING))
        counted.append(sending + len(platform.posted))

    await greetings(world, "1", "2")
    async with Dispatcher(
        storage=world.storage,
        ctx=world.ctx,
        messengers=lambda: {platform.channel: platform},
        metrics=Metrics(),
        wake=lambda: None,
        before=count,
    ) as dispatcher:
        await emptied(dispatcher)

    assert counted == [0]
    assert len(platform.posted) == 2


class Ailing:
    """See surveys.ports.Storage; claiming one delivery and putting it off fail, as ``errors`` say."""

    def __init__(self, world: World, delivery_id: str, *errors: Exception) -> None:
        self._world = world
        self._delivery_id = delivery_id
        self._errors = list(errors)
        self.is_away = False

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._world.storage.read(work)

    async def wipe(self) -> bool:
        return await self._world.storage.wipe()

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        if self.is_away:
            away = "away"
            raise StorageBusy(away)
        about = [cell.cell_contents for cell in getattr(work, "__closure__", None) or ()]
        if self._delivery_id in about and self._errors:
            raise self._errors.pop(0)
        return await self._world.storage.write(work)


async def test_an_outcome_is_stored_though_the_storage_was_away_for_a_moment(
    storage: Storage,
) -> None:
    """Forgotten, it would be unknown, and a reply that is known to have arrived be sent twice."""
    world = World(storage)
    await greetings(world, "1")
    (waiting,) = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    platform, ailing = Platform(world), Ailing(world, waiting.id)
    platform.gate.clear()
    async with dispatching(world, platform, storage=ailing) as dispatcher:
        await dispatcher.drain()
        ailing.is_away = True
        platform.gate.set()
        await asyncio.sleep(0.1)
        ailing.is_away = False
        await dispatcher.settled()

    (sent,) = await world.storage.read(lambda tx: tx.deliveries.in_state(DeliveryState.SENT, 9))
    assert (sent.id, len(platform.posted)) == (waiting.id, 1)


@pytest.mark.parametrize(
    ("second", "later"), [(StorageBusy("locked"), 1), (ValueError("a bug there, too"), 0)]
)
async def test_one_that_can_neither_be_claimed_nor_put_off_leaves_the_others_of_its_batch_sent(
    storage: Storage, second: Exception, later: int
) -> None:
    """Their claims are committed: raised on, nobody would send them, and they would end unknown.

    The one itself is parked where it is no better for another try.
    """
    world = World(storage)
    await greetings(world, "1", "2", "3")
    waiting = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    platform = Platform(world)
    ailing = Ailing(world, waiting[1].id, ValueError("a bug"), second)
    async with dispatching(world, platform, storage=ailing) as dispatcher:
        assert await dispatcher.drain() == 3 - later
        await dispatcher.settled()
        assert sorted(user for user, _ in platform.posted) == ["1", "3"]

        assert await emptied(dispatcher) == later
    assert len(platform.posted) == 2 + later
    parked = await world.storage.read(lambda tx: tx.deliveries.in_state(PARKED, 9))
    assert [each.reason for each in parked] == ["bug"] * (1 - later)


async def test_a_history_that_may_not_be_read_holds_up_no_other_channel(storage: Storage) -> None:
    world = World(storage)
    slack, telegram = Platform(world, channel=Channel.SLACK), Platform(world)
    for user in ("1", "2"):
        await Phone(world, user, Channel.SLACK).acts(Started())
    await greetings(world, "3")
    slack.lost, telegram.lost = [LOST, LOST], [LOST]
    slack.findings = [Finding(kind=FindingKind.NOT_NOW, reason="ratelimited", retry_after=3600)]
    async with dispatching(world, slack, telegram) as dispatcher:
        await emptied(dispatcher)
        world.clock.at += QUARANTINE
        assert await dispatcher.look_up() == 2
        await dispatcher.settled()

    assert (len(slack.looks), len(telegram.looks)) == (1, 1)
    (again,) = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    assert (again.channel, again.resends) == (Channel.TELEGRAM, 1)
