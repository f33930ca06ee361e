"""Stands the real Slack channel on a real port in front of a recording core."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol

import aiohttp
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.slack.channel import SlackAccess, SlackChannel
from bot.slack.socket import Patience
from bot.slack.team.backing import Backing
from surveys.errors import StorageBusy
from surveys.model import Incoming, Receipt
from tests.fakes.slack import FakeSlack
from tests.serving import serve

QUICK = Patience(ping=0.1, silence=0.3, step=1.0, pause=0.05)
TOKEN = "Tk_-" + "a" * 18


class Wall:
    """The wall clock, which a test may move."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Receiving(Protocol):
    """What stands behind the channel."""

    async def receive(self, incoming: Incoming) -> Receipt:
        """Commit, or raise."""

    async def on_revoked(self) -> None:
        """Hear that our access is gone."""


class Core:
    """Keeps what it is handed, once per key, and answers with the receipt it was told to give."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], Incoming] = {}
        self.receipt = Receipt()
        self.busy = 0
        self.broken = 0
        self.revoked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def receive(self, incoming: Incoming) -> Receipt:
        await self.open.wait()
        if self.busy:
            self.busy -= 1
            raise StorageBusy
        if self.broken:
            self.broken -= 1
            raise RuntimeError("a bug")
        if (incoming.source, incoming.key) in self.taken:
            return Receipt(duplicate=True, toast=self.receipt.toast, form=self.receipt.form)
        self.taken[incoming.source, incoming.key] = incoming
        return self.receipt

    async def on_revoked(self) -> None:
        self.revoked += 1

    @property
    def acts(self) -> list[Any]:
        return [incoming.act for incoming in self.taken.values()]


def access(slack: FakeSlack, **changes: str) -> SlackAccess:
    settings: Mapping[str, Any] = {
        "bot_token": slack.token,
        "signing_secret": slack.secret,
        "base_url": slack.base_url,
    }
    return SlackAccess(**{**settings, **changes})


@asynccontextmanager
async def channel_to(
    slack: FakeSlack,
    core: Receiving,
    clock: Wall | None = None,
    backing: Backing | None = None,
    /,
    **changes: str,
) -> AsyncIterator[SlackChannel]:
    """Join the fake workspace; with ``backing`` staff are heard as well."""
    numbers = count(1)
    async with (
        aiohttp.ClientSession() as session,
        SlackChannel(
            access(slack, **changes),
            session=session,
            receive=core.receive,
            clock=clock or Wall(),
            ids=lambda: f"id{next(numbers)}",
            on_revoked=core.on_revoked,
            patience=QUICK,
            backing=backing,
        ) as channel,
    ):
        yield channel


def serving(routes: Sequence[BaseRoute]) -> AbstractAsyncContextManager[str]:
    """Serve the routes in this loop; gives the root URL."""
    return serve(Starlette(routes=list(routes)))


@asynccontextmanager
async def running(channel: SlackChannel) -> AsyncIterator[None]:
    """Run the channel's background work."""
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(channel.run())
        try:
            yield
        finally:
            work.cancel()


async def until(true: Any, seconds: float = 120.0) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)
