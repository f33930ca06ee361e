"""Which types of events come, and what they say, in memory."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from storage.memory.intake import MemoryEvents
from surveys.seen_events import SeenType


class MemorySeenEvents:
    """See surveys.seen_events.SeenEvents."""

    def __init__(self, events: MemoryEvents) -> None:
        self._events = events

    def types(self, since: datetime) -> tuple[SeenType, ...]:
        """Return the types that came."""
        lately = [event for event in self._events.all() if event.time >= since]
        counts = Counter(event.type for event in lately)
        newest = {event.type: event.time for event in sorted(lately, key=lambda each: each.time)}
        by_count = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return tuple(SeenType(type=t, count=n, newest=newest[t]) for t, n in by_count)

    def data(self, event_type: str, since: datetime, limit: int) -> tuple[Mapping[str, Any], ...]:
        """Return the data of the newest ones."""
        found = [e for e in self._events.all() if e.type == event_type and e.time >= since]
        numbered = [(event.time, number, event) for number, event in enumerate(found)]
        newest = sorted(numbered, key=itemgetter(0, 1), reverse=True)
        return tuple(event.data for _, _, event in newest[:limit])
