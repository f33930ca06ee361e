"""The one long-lived loop that does what is due, then arms the alarm for what is due next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from surveys.ports import Alarm, Clock

# Two wake-ups are never closer than this, however many rows are due in between.
SHORTEST_NAP = timedelta(milliseconds=20)
# After the bell, what else becomes due in this time is done in the same round.
GATHER = timedelta(milliseconds=20)
# What was due before the last look, and still is, nobody can do now: a message of a channel that is off, a row
# that a rival holds.
STUCK_NAP = timedelta(seconds=1)

Chore = Callable[[], Awaitable[int]]


class DrainLoop:
    """Runs its chores until none finds anything due, re-arms, and sleeps until woken.

    A chore claims a bounded batch, does it, and returns how many rows it found; it reports its own failures
    and never raises for a single row. ``ran_at`` is when the loop last came round all chores, for the health check.
    ``late`` is told how long after the armed instant a round began.
    """

    def __init__(
        self,
        *,
        chores: Sequence[Chore],
        next_due: Callable[[], Awaitable[datetime | None]],
        alarm: Alarm,
        rang: asyncio.Event,
        clock: Clock,
        late: Callable[[timedelta], None] = lambda _: None,
    ) -> None:
        self._chores = chores
        self._next_due = next_due
        self._alarm = alarm
        self._rang = rang
        self._clock = clock
        self._late = late
        self._armed_for: datetime | None = None
        self.ran_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._stopping = False

    def wake(self) -> None:
        """Look for due rows as soon as possible; safe to call at any time from the loop's thread."""
        self._rang.set()

    async def run(self) -> None:
        """Run until stopped."""
        self._rang.set()
        while not self._stopping:
            await self._rang.wait()
            await asyncio.sleep(GATHER.total_seconds())
            self._rang.clear()
            self._tell_lateness()
            await self.once()
            await self._rearm()

    def stop(self) -> None:
        """Finish what is under way, claim nothing more, and let ``run`` return."""
        self._stopping = True
        self._rang.set()

    async def once(self) -> None:
        """Do everything that is due now."""
        found = 1
        while found and not self._stopping:
            self._looked_at = self._clock.now()
            found = 0
            for chore in self._chores:
                found += await chore()
            self.ran_at = self._clock.now()

    async def _rearm(self) -> None:
        due = await self._next_due()
        if due is not None:
            stuck = self._looked_at is not None and due <= self._looked_at
            due = max(due, self._clock.now() + (STUCK_NAP if stuck else SHORTEST_NAP))
        self._armed_for = due
        self._alarm.arm(due)

    def _tell_lateness(self) -> None:
        now = self._clock.now()
        if self._armed_for is not None and now >= self._armed_for:
            self._late(now - self._armed_for)
