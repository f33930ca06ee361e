"""Rows about how fast a platform is written to, whoever of our workers writes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from storage.opening import open_storage
from surveys.model import (
    Address,
    Channel,
    Command,
    Finding,
    FindingKind,
    Outcome,
    OutcomeKind,
    Prompt,
)
from surveys.pacing import Pacing
from surveys.ports import Storage, UnitOfWork
from tests.phones import ACCOUNT, Phone
from tests.world import World

SECOND = timedelta(seconds=1)


class Journal:
    """See surveys.ports.Messenger; takes every message and notes when it came."""

    channel, account = Channel.TELEGRAM, ACCOUNT

    def __init__(self, world: World) -> None:
        self._world = world
        self.posts: list[tuple[datetime, str]] = []

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        self.posts.append((self._world.clock.at, address.chat))
        ref = {"chat_id": address.chat, "message_id": len(self.posts)}
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        return await self.send(address, prompt, "")

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        return Finding(kind=FindingKind.NO_HISTORY)

    def most_within(self, window: timedelta) -> int:
        """Return the most posts that any stretch of time so long has seen."""
        times = [at for at, _ in self.posts]
        return max(sum(start <= at < start + window for at in times) for start in times)


@asynccontextmanager
async def workers(
    world: World, journal: Journal, storages: tuple[Storage, ...]
) -> AsyncIterator[tuple[Dispatcher, ...]]:
    async with AsyncExitStack() as stack:
        yield tuple(
            [
                await stack.enter_async_context(
                    Dispatcher(
                        storage=storage,
                        ctx=world.ctx,
                        messengers=lambda: {Channel.TELEGRAM: journal},
                        metrics=Metrics(),
                        wake=lambda: None,
                    )
                )
                for storage in storages
            ]
        )


async def run_dry(world: World, journal: Journal, *storages: Storage) -> None:
    """Let the workers send, moving the clock to what is due next whenever they have nothing to do."""
    async with workers(world, journal, storages) as dispatchers:
        while True:
            found = await asyncio.gather(*(one.drain() for one in dispatchers))
            for one in dispatchers:
                await one.settled()
            if any(found):
                continue
            due = await world.storage.read(lambda tx: tx.next_due())
            if due is None:
                return
            world.clock.at = max(due, world.clock.at + SECOND / 100)


async def greeted(world: World, *users: str) -> None:
    """Customers who each ask for help once more, so that so many messages are due."""
    phones = {user: Phone(world, user) for user in users}
    for user in users:
        await phones[user].acts(Command(name="privacy"))


async def test_tg02_a_hundred_messages_to_one_chat_are_a_second_apart(storage: Storage) -> None:
    world = World(storage, pacing=Pacing())
    await greeted(world, *["1"] * 100)
    journal = Journal(world)
    await run_dry(world, journal, storage)

    times = [at for at, _ in journal.posts]
    assert len(times) == 100
    assert min(later - earlier for earlier, later in pairwise(times)) >= SECOND


async def test_tg03_a_group_sees_no_more_than_twenty_messages_a_minute(storage: Storage) -> None:
    world = World(storage, pacing=Pacing())
    await greeted(world, *["1"] * 40)

    def into_a_group(tx: UnitOfWork) -> None:
        address = tx.addresses.find(Channel.TELEGRAM, ACCOUNT, "1")
        assert address is not None
        tx.addresses.save(replace(address, chat="-1001234567890123"))

    await world.write(into_a_group)
    journal = Journal(world)
    await run_dry(world, journal, storage)

    assert len(journal.posts) == 40
    assert journal.most_within(timedelta(minutes=1)) <= 20


async def test_tg04_all_chats_together_stay_below_thirty_a_second(storage: Storage) -> None:
    world = World(storage, pacing=Pacing())
    await greeted(world, *map(str, range(200)))
    journal = Journal(world)
    await run_dry(world, journal, storage)

    assert len(journal.posts) == 200
    assert 20 <= journal.most_within(SECOND) <= 30


@pytest.mark.postgres
async def test_tg04_two_workers_with_one_token_share_its_bucket(
    postgres_url_factory: Callable[[], str],
) -> None:
    url = postgres_url_factory()
    async with open_storage(url) as first, open_storage(url) as second:
        world = World(first, pacing=Pacing())
        await greeted(world, *map(str, range(200)))
        journal = Journal(world)
        await run_dry(world, journal, first, second)

    assert sorted(int(chat) for _, chat in journal.posts) == list(range(200))
    assert 20 <= journal.most_within(SECOND) <= 30
