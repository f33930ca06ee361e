"""A platform that takes every message and notes when, and workers that send all there is to it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from surveys.model import (
    Address,
    Channel,
    Finding,
    FindingKind,
    Outcome,
    OutcomeKind,
    Prompt,
)
from surveys.ports import Storage
from tests.phones import ACCOUNT
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
