"""A fake Slack as an app meets it: it posts what customers do, and posts again what was not acknowledged in time."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from starlette.routing import Route

from bot.slack.directory import SlackUser
from bot.slack.incoming import Installation, read
from surveys.errors import StorageBusy
from surveys.model import Channel, Json
from surveys.ports import Clock
from tests.simulation.outside import World
from tests.simulation.platforms import Front, Platform
from tests.simulation.process import Down, Process

TEAM = "T1"
APP = "A1"
ACK_SECONDS = 3.0
RETRIES = (0.0, 60.0, 300.0)
"""Seconds to wait before each retry of an event; a press of a button is never sent again (FAULTS.md S1)."""

Door = Callable[[dict[str, Json]], Awaitable[None]]


class Slack(Platform):
    """The platform: channels, and requests to whatever process answers at ``door``."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Channel.SLACK, TEAM, keeps_keys=True)
        self.door: Door | None = None
        self._numbers = 0

    def happens(self, who: str, what: str, key: str, body: dict[str, Json]) -> None:
        """Tell the app, as often as it takes; later tellings may overtake earlier ones."""
        self.world.write("act", who, f"slack:{APP}/{TEAM}/{key}", what)
        tries = RETRIES if body["type"] == "event_callback" else ()
        repeated = bool(tries) and self._dice.random() < 0.2
        delays = (self._dice.uniform(0.0, 2.0), *tries)
        self.world.begin(self._tell(key, body, delays, repeated=repeated))

    def new_ts(self) -> str:
        """Return a timestamp that no other has."""
        self._numbers += 1
        return f"{1_762_041_600 + self.world.loop.time():.3f}{self._numbers % 1000:03}"

    async def _tell(
        self, key: str, body: dict[str, Json], delays: tuple[float, ...], *, repeated: bool
    ) -> None:
        for delay in delays:
            await asyncio.sleep(delay)
            if await self._acknowledged(body):
                self.world.write("ack", key=f"slack:{APP}/{TEAM}/{key}")
                if not repeated:
                    return
                repeated = False

    async def _acknowledged(self, body: dict[str, Json]) -> bool:
        if self.door is None:
            return False
        try:
            async with asyncio.timeout(ACK_SECONDS):
                await self.door(body)
        except (Down, StorageBusy, TimeoutError):
            return False
        return True


class SlackPart:
    """Slack as one process has it: the real reading of bodies over the fake."""

    def __init__(
        self,
        platform: Slack,
        process: Process,
        *,
        receive: Callable[..., Awaitable[object]],
        clock: Clock,
    ) -> None:
        self._platform = platform
        self._process = process
        self._receive = receive
        self._clock = clock
        self._ours = Installation(team=TEAM, bot_user="UBOT")
        self.messenger = Front(platform, process)
        self.account = TEAM

    async def __aenter__(self) -> Self:
        self._platform.door = self._answer
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._platform.door = None

    async def run(self) -> None:
        return

    def routes(self) -> list[Route]:
        return []

    def health(self) -> dict[str, str]:
        return {"state": "ok", "reason": ""}

    async def find_user(self, email: str | None, user_id: str | None) -> SlackUser | None:
        return None

    async def _answer(self, body: dict[str, Json]) -> None:
        """Commit what a body says; only then does the ack go out."""

        async def handle() -> None:
            incoming = read(body, self._ours, self._clock.now())
            if incoming is not None:
                await self._receive(incoming)

        await self._process.serve(handle)
