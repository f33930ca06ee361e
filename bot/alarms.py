"""What waits for an operator, for whoever watches: numbers for ``/healthz`` and gauges for ``/metrics``."""

import asyncio
from dataclasses import asdict, dataclass

from bot.metrics import Metrics
from surveys.errors import StorageBusy
from surveys.ports import Storage
from surveys.service.operating import Standing, standing

PATIENCE_SECONDS = 2
"""A database that is slower does not keep the probe from answering that the process is alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The numbers; None where the storage could not tell in time."""

    unknown: int | None = None
    parked: int | None = None
    dead_letters: int | None = None
    staff_unknown: int | None = None
    held: bool | None = None

    def to_json(self) -> dict[str, int | None]:
        """Return them as plain JSON."""
        return asdict(self)


class Alarms:
    """Asks the storage what waits, and keeps the gauges at it."""

    def __init__(self, *, storage: Storage, metrics: Metrics) -> None:
        self._storage = storage
        self._metrics = metrics

    async def look(self) -> Told:
        """Return what waits now."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                now = await self._storage.read(standing)
        except (StorageBusy, TimeoutError):
            return Told()
        self._gauge(now)
        return Told(
            unknown=now.unknown,
            parked=now.parked,
            dead_letters=now.dead_letters,
            staff_unknown=now.staff_unknown,
            held=now.hold is not None,
        )

    def _gauge(self, now: Standing) -> None:
        self._metrics.unsettled.labels("unknown").set(now.unknown)
        self._metrics.unsettled.labels("parked").set(now.parked)
        self._metrics.staff_unknown.set(now.staff_unknown)
        self._metrics.dead_letters.set(now.dead_letters)
        self._metrics.held.set(now.hold is not None)
