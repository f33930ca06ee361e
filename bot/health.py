"""``/healthz`` (is the process alive) and ``/readyz`` (can it do its work), with each channel's state."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.channels import Channels
from scheduler.drain import DrainLoop
from surveys.errors import StorageBusy
from surveys.ports import Clock, Storage, UnitOfWork

T = TypeVar("T")

# The sweep rings every few seconds; a loop not seen for this long hangs.
SILENT = timedelta(minutes=1)


class Watched:
    """A storage that remembers whether its newest write could be stored; see surveys.ports.Storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.trouble = ""

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Write, and remember how it went."""
        try:
            result = await self._storage.write(work)
        except StorageBusy as busy:
            self.trouble = str(busy)
            raise
        self.trouble = ""
        return result

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Read."""
        return await self._storage.read(work)


class Health:
    """Answers the two probes."""

    def __init__(
        self, *, storage: Watched, loop: DrainLoop, channels: Channels, clock: Clock
    ) -> None:
        self._storage = storage
        self._loop = loop
        self._channels = channels
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the probes' routes."""
        return [Route("/healthz", self._alive), Route("/readyz", self._ready)]

    async def _alive(self, _: Request) -> JSONResponse:
        channels = self._channels.health()
        red = any(c["state"] == "red" for c in channels.values())
        return JSONResponse({"status": "degraded" if red else "ok", "channels": channels})

    async def _ready(self, _: Request) -> JSONResponse:
        problems = [f"writing: {self._storage.trouble}"] if self._storage.trouble else []
        try:
            await self._storage.read(lambda tx: tx.notes.get("salt"))
        except StorageBusy as busy:
            problems.append(f"storage: {busy}")
        ran_at = self._loop.ran_at
        if ran_at is None or self._clock.now() - ran_at > SILENT:
            problems.append("the drain loop is not running")
        status = 503 if problems else 200
        return JSONResponse(
            {"ready": not problems, "problems": problems, "channels": self._channels.health()},
            status_code=status,
        )
