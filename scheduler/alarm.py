"""APScheduler as the clock: one job armed for the earliest due row, one sweep as a safety net.

The jobs only set an event; nothing is done inside them, since a re-arm from within its own tick would be
skipped as a second instance of the same job.
"""

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from surveys.ports import Alarm

_DUE = "due"
_SWEEP_SECONDS = 5
_BEAT_SECONDS = 15
"""APScheduler goes by the wall clock: one that is set back would silence it for as long. This beat does not."""


class RingingAlarm(Alarm, Protocol):
    """An alarm that can be waited for: ``rang`` is set at each wake-up."""

    @property
    def rang(self) -> asyncio.Event:
        """Set when it rings; whoever hears it clears it."""


class ApsAlarm:
    """See surveys.ports.Alarm. An async context manager; ``rang`` is set at each wake-up."""

    def __init__(
        self, *, sweep_seconds: float = _SWEEP_SECONDS, beat_seconds: float = _BEAT_SECONDS
    ) -> None:
        self.rang = asyncio.Event()
        self._sweep = sweep_seconds
        self._beat_seconds = beat_seconds
        self._next_beat: asyncio.TimerHandle | None = None
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    async def __aenter__(self) -> Self:
        self._scheduler.add_job(self._ring, IntervalTrigger(seconds=self._sweep, timezone=UTC))
        self._scheduler.start()
        self._beat()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._next_beat is not None:
            self._next_beat.cancel()
        self._scheduler.shutdown(wait=False)

    def arm(self, at: datetime | None) -> None:
        """See surveys.ports.Alarm."""
        if at is not None:
            trigger = DateTrigger(at, timezone=UTC)
            self._scheduler.add_job(self._ring, trigger, id=_DUE, replace_existing=True)
        elif self._scheduler.get_job(_DUE):
            self._scheduler.remove_job(_DUE)

    async def _ring(self) -> None:
        self.rang.set()

    def _beat(self) -> None:
        self.rang.set()
        loop = asyncio.get_running_loop()
        self._next_beat = loop.call_later(self._beat_seconds, self._beat)
