"""Back-pressure: events that could not be stored in time are refused at once, and their sender tries again."""

from collections.abc import Callable, Sequence
from itertools import count
from math import ceil, inf
from typing import Final

from bot.intake.post_events import Accept
from bot.intake.problems import TooMany
from surveys.errors import StorageBusy
from surveys.model import Acceptance, Event

LONGEST: Final = 3.0
"""Seconds that the oldest request may have waited for its commit when another is let in."""

MOST: Final = 1000
"""Requests that may wait at a time."""

MOVING: Final = 5.0
"""Seconds since something was stored, within which a database that gives a request up is slow and does not stand."""


class Admission:
    """See ``Accept``; raises TooMany while the database is behind, StorageBusy while it stands.

    The oldest that waits says how far behind: whatever the machine, the queue is as long as ``LONGEST``.
    ``elapsed`` tells seconds that only grow.
    """

    def __init__(self, accept: Accept, elapsed: Callable[[], float]) -> None:
        self._accept = accept
        self._elapsed = elapsed
        self._tickets = count()
        self._waiting: dict[int, float] = {}
        self._stored_at = -inf

    async def __call__(self, events: Sequence[Event]) -> Sequence[Acceptance]:
        """Store the events, or refuse them."""
        now = self._elapsed()
        behind = now - next(iter(self._waiting.values()), now)
        if behind > LONGEST or len(self._waiting) >= MOST:
            raise _behind(behind)
        ticket = next(self._tickets)
        self._waiting[ticket] = now
        try:
            fates = await self._accept(events)
        except StorageBusy as busy:
            if self._is_slow(since=now):
                raise _behind(LONGEST) from busy
            raise
        finally:
            del self._waiting[ticket]
        self._stored_at = self._elapsed()
        return fates

    def _is_slow(self, since: float) -> bool:
        """Say whether a request that was given up waited behind others; one refused at once met a fault."""
        now = self._elapsed()
        return now - since >= LONGEST and now - self._stored_at < MOVING


def _behind(seconds: float) -> TooMany:
    return TooMany("events come in faster than they can be stored", max(1, ceil(seconds)))
