"""``/healthz`` (is the process alive) and ``/readyz`` (can it do its work), with each channel's state."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.alarms import Alarms
from bot.channels import Channels
from bot.config import Role
from scheduler.drain import DrainLoop
from surveys.errors import StorageBusy
from surveys.ports import Clock, Storage, UnitOfWork

T = TypeVar("T")

# The sweep rings every few seconds; a loop not seen for this long hangs.
SILENT = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


class Watched:
    """A storage that remembers whether it can be written; see surveys.ports.Storage.

    While it can't, as with a full disk, the server is read-only: results are shown, nothing is taken in or
    sent. Only ``probe`` ends that: a transaction that changes nothing succeeds on a full disk too.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.trouble = ""

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Write, and remember a failure."""
        try:
            result = await self._storage.write(work)
        except StorageBusy as busy:
            if not self.trouble:
                _log.error("nothing can be stored: read-only until it can", problem=str(busy))
            self.trouble = str(busy)
            raise
        await self.probe()
        return result

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Read."""
        return await self._storage.read(work)

    async def probe(self) -> None:
        """After a failure, store something small to learn whether it has passed."""
        if not self.trouble:
            return
        with suppress(StorageBusy):
            await self._storage.write(lambda tx: tx.notes.set("probe", "stored"))
            self.trouble = ""
            _log.warning("writes are stored again")


class Health:
    """Answers the two probes, about the roles that this process has; ``loop`` is None without a worker."""

    def __init__(
        self,
        *,
        storage: Watched,
        loop: DrainLoop | None,
        channels: Channels,
        webhooks: Callable[[], Mapping[str, Mapping[str, str]]],
        clock: Clock,
        roles: Collection[Role],
        alarms: Alarms,
    ) -> None:
        self._storage = storage
        self._loop = loop
        self._channels = channels
        self._webhooks = webhooks
        self._clock = clock
        self._alarms = alarms
        self._roles = [role.value for role in Role if role in roles]

    def routes(self) -> list[Route]:
        """Return the probes' routes."""
        return [Route("/healthz", self._alive), Route("/readyz", self._ready)]

    async def _alive(self, _: Request) -> JSONResponse:
        channels = self._channels.health()
        webhooks = self._webhooks()
        states = {part["state"] for part in (*channels.values(), *webhooks.values())}
        waiting = await self._alarms.look()
        degraded = states & {"red", "disabled"} or waiting.held
        told = {"status": "degraded" if degraded else "ok", "roles": self._roles}
        parts = {"channels": channels, "webhooks": webhooks}
        return JSONResponse({**told, **parts, **waiting.to_json()})

    async def _ready(self, _: Request) -> JSONResponse:
        await self._storage.probe()
        problems = [f"read-only: {self._storage.trouble}"] if self._storage.trouble else []
        try:
            await self._storage.read(lambda tx: tx.notes.get("salt"))
        except StorageBusy as busy:
            problems.append(f"storage: {busy}")
        if self._loop is not None and self._is_silent(self._loop.ran_at):
            problems.append("the drain loop is not running")
        told = {"ready": not problems, "problems": problems, "roles": self._roles}
        channels = self._channels.health()
        return JSONResponse({**told, "channels": channels}, status_code=503 if problems else 200)

    def _is_silent(self, ran_at: datetime | None) -> bool:
        return ran_at is None or self._clock.now() - ran_at > SILENT
