"""The composition root over the simulated outside: the production ``build`` with our alarm, channels and storage."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self

from bot.app import App, Outside, build
from bot.channels import Channels
from bot.config import load
from bot.heart import BeatFile
from surveys.ports import Clock, Storage
from tests.simulation.outside import World
from tests.simulation.process import Process
from tests.simulation.slack import SlackPart
from tests.simulation.story import SECRET, Story, program
from tests.simulation.telegram import BOT, TelegramPart

SETTINGS = load(
    {
        "AFTERTOUCH_EVENTS_SECRET": SECRET,
        "AFTERTOUCH_TELEGRAM_TOKEN": f"{BOT}:simulated",
        "AFTERTOUCH_SLACK_BOT_TOKEN": "xoxb-simulated",
        "AFTERTOUCH_ANALYSES_EVERY": "never",
    },
    None,
)
LATEST = 300.0
"""Seconds: the production alarm sweeps every 5 s, which sees a clock that was put forward."""


class LoopAlarm:
    """See scheduler.alarm.RingingAlarm: a timer of the event loop, looked at again while the clock may be moved."""

    def __init__(self, clock: Clock) -> None:
        self.rang = asyncio.Event()
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.arm(None)

    def arm(self, at: datetime | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._later(at) if at is not None else None

    def _later(self, at: datetime) -> asyncio.TimerHandle:
        left = (at - self._clock.now()).total_seconds()
        loop = asyncio.get_running_loop()
        if left <= LATEST:
            return loop.call_later(max(0.0, left), self.rang.set)
        return loop.call_later(LATEST, self.arm, at)


class SimulatedChannels(Channels):
    """The production channels, whose platforms are the simulated ones."""

    def __init__(self, *args: Any, story: Story, process: Process, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._story = story
        self._process = process

    def _telegram(self) -> TelegramPart:
        return TelegramPart(
            self._story.telegram,
            self._process,
            receive=self._receive,
            load_offset=self._load_offset,
            save_offset=self._save_offset,
            clock=self._ctx.clock,
        )

    def _slack(self) -> SlackPart:
        return SlackPart(
            self._story.slack, self._process, receive=self._receive, clock=self._ctx.clock
        )


def application(
    world: World, story: Story, process: Process, storage: Storage, beat: BeatFile | None
) -> AbstractAsyncContextManager[App]:
    """Put one process's application together."""
    outside = Outside(
        clock=world.clock,
        new_id=world.new_id,
        new_token=world.new_token,
        rng=world.dice("application"),
        zones=lambda: "simulated",
        alarm=lambda: LoopAlarm(world.clock),
        channels=partial(SimulatedChannels, story=story, process=process),
    )
    return build(SETTINGS, storage=storage, program=program(), outside=outside, beat=beat)
