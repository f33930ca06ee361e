"""What happened in a window, in memory."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from storage.memory.table import Table, UndoLog
from surveys.stored_pasts import Past, Place


class MemoryPasts:
    """See surveys.stored_pasts.Pasts. An event's number is its place among those that are there."""

    def __init__(self, log: UndoLog) -> None:
        self._tables: Mapping[str, Table[Any]] = log.tables

    def page(
        self, since: datetime, until: datetime, after: Place | None, limit: int
    ) -> tuple[Past, ...]:
        """Return a page of events."""
        rows = enumerate((row.stored for row in self._tables["event"]), start=1)
        found = [
            Past(number=number, stored=stored)
            for number, stored in rows
            if since <= stored.received_at < until
        ]
        later = (past for past in found if after is None or past.place > after)
        return tuple(map(self._told, sorted(later, key=attrgetter("place"))[:limit]))

    def _told(self, past: Past) -> Past:
        person = self._tables["person"].get(past.stored.person_id)
        decided = self._tables["decision"].of("event_id", past.stored.id)
        return Past(
            number=past.number,
            stored=past.stored,
            customer=person.external_id if person else None,
            decisions=tuple(sorted(decided, key=attrgetter("trigger"))),
        )
