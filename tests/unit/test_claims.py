"""Between a claim and its request: a hold that came is heard, and a commit in doubt is looked into."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from surveys.errors import StorageBusy
from surveys.model import Command, DeliveryState
from surveys.ports import Storage, UnitOfWork
from surveys.service import operating
from surveys.service.outcomes import DEADLINE
from tests.phones import Phone
from tests.unit.test_dispatcher import Platform, greetings
from tests.world import World

T = TypeVar("T")
PENDING, SENT = DeliveryState.PENDING, DeliveryState.SENT


class Between:
    """See surveys.ports.Storage; ``then`` happens once after the next commit, before anybody hears of it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.then: Callable[[], Awaitable[None]] | None = None
        self.loses_answers = False
        self.reads = 0

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        self.reads += 1
        return await self._world.storage.read(work)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        result = await self._world.storage.write(work)
        then, self.then = self.then, None
        if then is not None:
            await then()
        if self.loses_answers:
            self.loses_answers = False
            message = "the connection broke at the commit"
            raise StorageBusy(message)
        return result

    async def wipe(self) -> bool:
        return await self._world.storage.wipe()


@asynccontextmanager
async def dispatching(
    world: World, platform: Platform, storage: Storage, orders: Callable[[], int] = lambda: 0
) -> AsyncIterator[Dispatcher]:
    async with Dispatcher(
        storage=storage,
        ctx=world.ctx,
        messengers=lambda: {platform.channel: platform},
        metrics=Metrics(),
        wake=lambda: None,
        orders=orders,
    ) as dispatcher:
        yield dispatcher


async def held(world: World) -> None:
    await world.write(lambda tx: operating.hold(tx, world.ctx, "wrong price", "cli:x"))


async def states(world: World) -> list[tuple[DeliveryState, int, str | None]]:
    def work(tx: UnitOfWork) -> list[tuple[DeliveryState, int, str | None]]:
        rows = [row for state in DeliveryState for row in tx.deliveries.in_state(state, 9)]
        return [(row.state, row.attempts, row.reason) for row in rows]

    return await world.storage.read(work)


async def helped(world: World) -> Phone:
    """A customer whose help text, no receipt, is due."""
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Command(name="help"))
    return phone


async def test_a_loop_that_stalled_after_its_claim_hears_of_the_hold_that_came_meanwhile(
    storage: Storage,
) -> None:
    world = World(storage)
    platform = Platform(world)
    await helped(world)
    between = Between(world)

    async def stall() -> None:
        await held(world)
        world.clock.at += timedelta(seconds=2)

    between.then = stall
    async with dispatching(world, platform, between) as dispatcher:
        assert await dispatcher.drain() == 1
        await dispatcher.settled()

    assert platform.posted == []
    assert (PENDING, 0, "held") in await states(world)


async def post_held_between(world: World, platform: Platform) -> None:
    """Send what is due, while an order of this process holds sending between a claim and its request."""
    orders, between = 0, Between(world)

    async def order() -> None:
        nonlocal orders
        await held(world)
        orders += 1

    between.then = order
    async with dispatching(world, platform, between, lambda: orders) as dispatcher:
        assert await dispatcher.drain() == 1
        await dispatcher.settled()


async def test_an_order_given_in_this_process_is_heard_however_fresh_the_claim(
    storage: Storage,
) -> None:
    world = World(storage)
    platform = Platform(world)
    await helped(world)
    await post_held_between(world, platform)

    assert platform.posted == []


async def test_a_receipt_goes_out_though_the_hold_came_after_its_claim(storage: Storage) -> None:
    world = World(storage)
    platform = Platform(world)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Command(name="stop"))
    await post_held_between(world, platform)

    assert [kind for _, kind in platform.posted] == ["notice"]


async def test_a_fresh_claim_costs_no_look_at_the_hold(storage: Storage) -> None:
    world = World(storage)
    platform, between = Platform(world), Between(world)
    await helped(world)
    async with dispatching(world, platform, between) as dispatcher:
        assert await dispatcher.drain() == 1
        before = between.reads
        await dispatcher.settled()

    assert len(platform.posted) == 1
    assert between.reads == before


async def test_a_claim_whose_commit_was_in_doubt_and_stands_is_sent_and_not_parked(
    storage: Storage,
) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform, between = Platform(world), Between(world)
    async with dispatching(world, platform, between) as dispatcher:
        between.loses_answers = True
        assert await dispatcher.drain() == 0
        assert await states(world) == [(DeliveryState.SENDING, 1, None)]
        world.clock.at += timedelta(seconds=3)
        await dispatcher.drain()
        await dispatcher.settled()
        await dispatcher.drain()

    assert len(platform.posted) == 1
    assert await states(world) == [(SENT, 1, None)]


async def test_a_claim_in_doubt_that_is_found_too_late_goes_back_to_the_queue(
    storage: Storage,
) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform, between = Platform(world), Between(world)
    async with dispatching(world, platform, between) as dispatcher:
        between.loses_answers = True
        await dispatcher.drain()
        world.clock.at += 2.5 * DEADLINE
        await dispatcher.drain()
        await dispatcher.settled()

    assert platform.posted == []
    assert await states(world) == [(PENDING, 0, "lease_over")]


class Forgetting(Between):
    """Its commits in doubt were never made."""

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        if not self.loses_answers:
            return await super().write(work)

        def undone(tx: UnitOfWork) -> T:
            work(tx)
            raise StorageBusy("the connection broke before the commit")

        self.loses_answers = False
        return await self._world.storage.write(undone)


async def test_a_claim_in_doubt_that_was_never_made_is_made_again_and_sent_once(
    storage: Storage,
) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform, between = Platform(world), Forgetting(world)
    async with dispatching(world, platform, between) as dispatcher:
        between.loses_answers = True
        assert await dispatcher.drain() == 0
        assert await dispatcher.drain() == 1
        await dispatcher.settled()
        await dispatcher.drain()
        await dispatcher.settled()

    assert len(platform.posted) == 1
    assert await states(world) == [(SENT, 1, None)]
