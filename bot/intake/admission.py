"""Back-pressure: events that could not be stored in time are refused at once, and their sender tries again."""

from collections.abc import Callable, Sequence
from itertools import count
from math import ceil
from typing import Final

from bot.intake.post_events import Accept
from bot.intake.problems import TooMany
from surveys.model import Acceptance, Event

LONGEST: Final = 3.0
"""Seconds that the oldest request may have waited for its commit when another is let in."""

MOST: Final = 1000
"""Requests that may wait at a time."""


class Admission:
    """See ``Accept``; raises TooMany while the database is behind.

    The oldest that waits says how far behind: whatever the machine, the queue is as long as ``LONGEST``.
    ``elapsed`` tells seconds that only grow.
    """

    def __init__(self, accept: Accept, elapsed: Callable[[], float]) -> None:
        self._accept = accept
        self._elapsed = elapsed
        self._tickets = count()
        self._waiting: dict[int, float] = {}

    async def __call__(self, events: Sequence[Event]) -> Sequence[Acceptance]:
        """Store the events, or refuse them."""
        now = self._elapsed()
        behind = now - next(iter(self._waiting.values()), now)
        if behind > LONGEST or len(self._waiting) >= MOST:
            raise TooMany("events come in faster than they can be stored", max(1, ceil(behind)))
        ticket = next(self._tickets)
        self._waiting[ticket] = now
        try:
            return await self._accept(events)
        finally:
            del self._waiting[ticket]
