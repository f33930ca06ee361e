"""A fake Telegram as a bot meets it: updates wait until a later getUpdates confirms them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from starlette.routing import Route

from bot.telegram.health import Health
from bot.telegram.polling import Poller
from bot.telegram.reception import CallbackAnswer, Receive, Reception
from surveys.model import Channel, Json
from surveys.ports import Clock
from tests.simulation.outside import World
from tests.simulation.platforms import Front, Platform
from tests.simulation.process import Process

BOT = "7001"
KEPT_SECONDS = 150
"""How long a press of a button waits for a bot that is down (FAULTS.md T5)."""


@dataclass(frozen=True, slots=True)
class _Update:
    number: int
    at: float
    body: dict[str, Json]


class Telegram(Platform):
    """The platform: chats, and the queue of what customers did."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Channel.TELEGRAM, BOT, keeps_keys=False)
        self._queue: list[_Update] = []
        self._number = 100
        self._news = asyncio.Event()

    def happens(self, who: str, what: str, **body: Json) -> int:
        """Queue an update; return its number."""
        self._number += 1
        update = {"update_id": self._number, **body}
        self._queue.append(_Update(self._number, self.world.loop.time(), update))
        self.world.write("act", who, f"telegram:{BOT}/{self._number}", what)
        self._news.set()
        return self._number

    async def updates(self, offset: int | None) -> list[dict[str, Json]]:
        """Confirm what is below the offset; hold the poll open until there is something above."""
        self._confirm(offset or 0)
        await asyncio.sleep(0.05)
        while not self._queue:
            self._news.clear()
            await self._news.wait()
            await asyncio.sleep(0.05)
        return [update.body for update in self._queue[: self._dice.choice((1, 2, 100))]]

    def _confirm(self, offset: int) -> None:
        confirmed = [update for update in self._queue if update.number < offset]
        for update in confirmed:
            self.world.write("ack", key=f"telegram:{BOT}/{update.number}")
        oldest = self.world.loop.time() - KEPT_SECONDS
        self._queue = [
            update
            for update in self._queue[len(confirmed) :]
            if "callback_query" not in update.body or update.at >= oldest
        ]


class TelegramPart:
    """Telegram as one process has it: the real poller and the real reading of updates over the fake."""

    def __init__(
        self,
        platform: Telegram,
        process: Process,
        *,
        receive: Receive,
        load_offset: Callable[[], Awaitable[int | None]],
        save_offset: Callable[[int], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._platform = platform
        self._process = process
        self._health = Health(clock)
        self.messenger = Front(platform, process)
        self.account = BOT
        self._poller = Poller(
            fetch=self._fetch,
            answer=self._answer,
            reception=Reception(bot_id=lambda: BOT, receive=receive, clock=clock),
            load_offset=load_offset,
            save_offset=save_offset,
            health=self._health,
            dice=platform.world.dice("poller"),
        )

    async def __aenter__(self) -> Self:
        self._health.ok()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._health.stop()

    async def run(self) -> None:
        await self._poller.run()

    def routes(self) -> list[Route]:
        return []

    def health(self) -> dict[str, str]:
        return {"state": self._health.state, "reason": self._health.reason}

    def deep_link(self, token: str) -> str:
        return f"https://t.me/simulated?start={token}"

    async def _fetch(self, offset: int | None) -> Json:
        if self._process.in_transaction:
            self._platform.world.write("fault", detail="getUpdates within a transaction")
        self._process.must_live()
        updates = await self._platform.updates(offset)
        self._process.reach("after getUpdates")
        return updates

    async def _answer(self, answer: CallbackAnswer) -> None:
        self._process.reach("before answering a button press")
        await self._process.nap(0.05)
