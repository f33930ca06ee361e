"""Which types of events come, and what they say, in memory."""

from collections import Counter
from datetime import datetime
from operator import attrgetter

from storage.memory.intake import MemoryEvents
from surveys.model import StoredEvent
from surveys.seen_events import SeenEvent, SeenType


class MemorySeenEvents:
    """See surveys.seen_events.SeenEvents."""

    def __init__(self, events: MemoryEvents) -> None:
        self._events = events

    def types(self, since: datetime) -> tuple[SeenType, ...]:
        """Return the types that came."""
        lately = self._received(since)
        counts = Counter(stored.event.type for stored in lately)
        newest = {stored.event.type: stored.received_at for stored in lately}
        by_count = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return tuple(SeenType(type=t, count=n, newest=newest[t]) for t, n in by_count)

    def newest(self, event_type: str, since: datetime, limit: int) -> tuple[SeenEvent, ...]:
        """Return the newest ones."""
        found = [each for each in self._received(since) if each.event.type == event_type]
        return tuple(SeenEvent(e.received_at, e.event.data) for e in found[::-1][:limit])

    def _received(self, since: datetime) -> list[StoredEvent]:
        """Return the events, in the order in which they came."""
        found = (each for each in self._events.kept() if each.received_at >= since)
        return sorted(found, key=attrgetter("received_at"))
