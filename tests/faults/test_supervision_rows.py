"""Row F13: what runs for as long as the application does is started again when it breaks, and that shows."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from bot.app import Outside
from bot.channels import Channels
from scheduler.alarm import ApsAlarm
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, Reply, deployed, until
from tests.e2e.telegram_chat import telegram

AGAIN = "broke (RuntimeError); it is started again"


@dataclass(slots=True)
class Lightning:
    """Strikes whatever is started again, too, for as long as it stands above."""

    strike: asyncio.Event = field(default_factory=asyncio.Event)

    def hits(self) -> None:
        if self.strike.is_set():
            raise RuntimeError

    async def over(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the part until it is struck."""
        self.hits()
        running = asyncio.ensure_future(run())
        struck = asyncio.ensure_future(self.strike.wait())
        try:
            await asyncio.wait([running, struck], return_when=asyncio.FIRST_COMPLETED)
            self.hits()
            await running
        finally:
            running.cancel()
            struck.cancel()


class OpenChannels(Channels):
    """The real channels, with no roof over their parts."""

    def __init__(self, *given: Any, lightning: Lightning, **named: Any) -> None:
        super().__init__(*given, **named)
        self._lightning = lightning

    def runners(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        over = self._lightning.over
        return {name: partial(over, run) for name, run in super().runners().items()}


class OpenAlarm(ApsAlarm):
    """The real alarm, which the drain loop arms at the end of each round."""

    def __init__(self, lightning: Lightning) -> None:
        super().__init__()
        self._lightning = lightning

    def arm(self, at: datetime | None) -> None:
        self._lightning.hits()
        super().arm(at)


def probe(
    deployment: Deployment, path: str, **wanted: Any
) -> Callable[[], Awaitable[Reply | None]]:
    """Ask until the answer has all this in it."""

    async def ask() -> Reply | None:
        reply = await deployment.get(path)
        return reply if wanted.items() <= reply.body.items() else None

    return ask


def told(logs: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the parts that the log says broke."""
    return {line["part"] for line in logs if line["event"] == "a part broke; starting it again"}


async def test_f13_a_channel_whose_task_broke_is_red_then_green_and_goes_on(
    tmp_path: Path,
) -> None:
    lightning = Lightning()
    outside = Outside(channels=partial(OpenChannels, lightning=lightning))
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with (
        telegram("polling") as bot,
        deployed(url, bot.environ, outside=outside) as deployment,
    ):
        await until(probe(deployment, "/healthz", status="ok"))
        await until(probe(deployment, "/readyz", ready=True))
        lightning.strike.set()
        with capture_logs() as logs:
            broken = await until(probe(deployment, "/healthz", status="degraded"))
        await until(probe(deployment, "/readyz", ready=True))  # the rest goes on
        lightning.strike.clear()
        mended = await until(probe(deployment, "/healthz", status="ok"))
        await bot.join(deployment, "c1", "en")

    assert told(logs) == {"telegram"}
    red = {"state": "red", "reason": f"the telegram {AGAIN}"}
    assert broken.body["channels"]["telegram"] == red
    assert mended.body["channels"]["telegram"] == {"state": "ok", "reason": ""}


async def test_f13_a_drain_loop_that_broke_is_not_ready_then_ready_and_asks(
    tmp_path: Path,
) -> None:
    lightning = Lightning()
    outside = Outside(alarm=partial(OpenAlarm, lightning))
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with (
        telegram("webhook") as bot,
        deployed(url, bot.environ, prepare=bot.meet, outside=outside) as deployment,
    ):
        chat = await bot.join(deployment, "c1", "en")
        await until(probe(deployment, "/readyz", ready=True))
        lightning.strike.set()
        with capture_logs() as logs:
            deployment.app.loop.wake()
            broken = await until(probe(deployment, "/readyz", ready=False))
        await until(probe(deployment, "/healthz", status="degraded"))
        lightning.strike.clear()
        await until(probe(deployment, "/readyz", ready=True))
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()
        await seen(chat, 1)

    assert told(logs) == {"drain loop"}
    assert (broken.status, broken.body["problems"]) == (503, [f"the drain loop {AGAIN}"])
