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

    async def wipe(self) -> bool:
        """Wipe."""
        return await self._storage.wipe()

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
        broken: Mapping[str, str],
    ) -> None:
        self._storage = storage
        self._loop = loop
        self._channels = channels
        self._webhooks = webhooks
        self._clock = clock
        self._alarms = alarms
        self._broken = broken
        self._roles = [role.value for role in Role if role in roles]

    def routes(self) -> list[Route]:
        """Return the probes' routes."""
        return [Route("/healthz", self._alive), Route("/readyz", self._ready)]

    async def _alive(self, _: Request) -> JSONResponse:
        channels = self._states()
        webhooks = self._webhooks()
        states = {part["state"] for part in (*channels.values(), *webhooks.values())}
        fails = bool(states & {"red", "disabled"} or self._broken or self._storage.trouble)
        waiting = await self._alarms.look()
        status = "degraded" if fails or waiting.held else "ok"
        told = {"status": status, "roles": self._roles}
        parts = {"channels": channels, "webhooks": webhooks, "storage": self._stored()}
        return JSONResponse({**told, **parts, **waiting.to_json()})

    async def _ready(self, _: Request) -> JSONResponse:
        states = self._states()
        await self._storage.probe()
        problems = [f"read-only: {self._storage.trouble}"] if self._storage.trouble else []
        try:
            await self._storage.read(lambda tx: tx.notes.get("salt"))
        except StorageBusy as busy:
            problems.append(f"storage: {busy}")
        if self._loop is not None and self._is_silent(self._loop.ran_at):
            problems.append("the drain loop is not running")
        problems += [_broke(name, why) for name, why in self._broken.items() if name not in states]
        told = {"ready": not problems, "problems": problems, "roles": self._roles}
        return JSONResponse({**told, "channels": states}, status_code=503 if problems else 200)

    def _stored(self) -> dict[str, str]:
        """Return whether what comes can be stored; red from the first write that failed until one succeeds."""
        trouble = self._storage.trouble
        return {"state": "red" if trouble else "ok", "reason": trouble}

    def _states(self) -> dict[str, dict[str, str]]:
        """Return what the channels say of themselves, red where what holds one broke."""
        states = self._channels.health()
        broken = {name: why for name, why in self._broken.items() if name in states}
        red = {name: {"state": "red", "reason": _broke(name, why)} for name, why in broken.items()}
        return states | red

    def _is_silent(self, ran_at: datetime | None) -> bool:
        return ran_at is None or self._clock.now() - ran_at > SILENT


def _broke(name: str, why: str) -> str:
    return f"the {name} broke ({why}); it is started again"
