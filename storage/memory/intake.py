"""Incoming messages and events in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from storage.memory.belongings import Owned
from storage.memory.table import Table, UndoLog
from surveys.errors import NotFound
from surveys.model import Channel, Event, InboxEntry, InboxState, StoredEvent


class MemoryInbox:
    """See surveys.ports.Inbox."""

    def __init__(self, log: UndoLog) -> None:
        self._entries: Table[InboxEntry] = Table(
            "inbox entry", log, unique=("source", "key"), groups=("state",)
        )

    def add(self, entry: InboxEntry) -> None:
        """Insert."""
        self._entries.add(entry)

    def get(self, entry_id: str) -> InboxEntry | None:
        """Return the entry."""
        return self._entries.get(entry_id)

    def take(self, entry_id: str) -> InboxEntry | None:
        """Return the entry; nobody else ever has it."""
        return self._entries.get(entry_id)

    def find(self, source: str, key: str) -> InboxEntry | None:
        """Return the entry of this identity."""
        return self._entries.find((source, key))

    def save(self, entry: InboxEntry) -> None:
        """Replace what may change of it."""
        old = self._entries.get(entry.id)
        if old is None:
            raise NotFound("inbox entry", entry.id)
        self._entries.save(
            replace(
                old,
                state=entry.state,
                body=entry.body,
                tries=entry.tries,
                error=entry.error,
                due_at=entry.due_at,
            )
        )

    def failed(self, limit: int) -> tuple[InboxEntry, ...]:
        """Return entries that failed for good."""
        failed = self._entries.of("state", InboxState.FAILED)
        return tuple(sorted(failed, key=attrgetter("received_at"))[:limit])

    def remove(self, entry_id: str) -> None:
        """Delete the entry, if any."""
        self._entries.remove(entry_id)

    def undone(self, limit: int) -> tuple[InboxEntry, ...]:
        """Return entries that are not handled, those waiting first."""
        states = (InboxState.NEW, InboxState.FAILED)
        return tuple(entry for state in states for entry in self._entries.of("state", state))[
            :limit
        ]

    def of_sender(self, channel: Channel, user: str) -> tuple[str, ...]:
        """Return the entries that name the user."""
        return tuple(
            entry.id
            for entry in self._entries
            if entry.source.startswith(f"{channel.value}:")
            and (entry.source == f"{channel.value}:{user}" or user in entry.key.split("/"))
        )

    def failures(self) -> int:
        """Count the entries that failed for good."""
        return len(self._entries.of("state", InboxState.FAILED))

    def unhandled(self, now: datetime, limit: int) -> tuple[InboxEntry, ...]:
        """Return what is due; there is one worker, so reading is claiming."""
        waiting = self._entries.of("state", InboxState.NEW)
        due = [entry for entry in waiting if entry.due_at and entry.due_at <= now]
        return tuple(sorted(due, key=attrgetter("received_at"))[:limit])

    def next_due(self) -> datetime | None:
        """Return when the next entry is to be handled."""
        waiting = self._entries.of("state", InboxState.NEW)
        return min((entry.due_at for entry in waiting if entry.due_at), default=None)


@dataclass(frozen=True, slots=True)
class _Happening:
    stored: StoredEvent
    reversing: bool


@dataclass(frozen=True, slots=True)
class _Mention:
    occasion: str
    event_id: str


class MemoryEvents:
    """See surveys.ports.Events."""

    def __init__(self, log: UndoLog) -> None:
        self._happenings: Table[_Happening] = Table(
            "event",
            log,
            key=("stored.id",),
            unique=("stored.event.source", "stored.event.id"),
            groups=(
                "stored.person_id",
                "stored.event.id",
                "stored.event.subject",
                "stored.event.handler",
            ),
        )
        self.owned = Owned(self._happenings, name="stored.id", within="stored")
        self._mentions: Table[_Mention] = Table(
            "mention", log, key=("occasion", "event_id"), groups=("occasion",)
        )

    def add(self, event: StoredEvent, *, reversing: bool) -> None:
        """Insert, with its subject and refs indexed."""
        self._happenings.add(_Happening(event, reversing))
        for occasion in {event.event.subject, *event.event.refs}:
            self._mentions.add(_Mention(occasion, event.id))

    def knows(self, source: str, source_id: str) -> bool:
        """Say whether the event is stored."""
        return self._happenings.find((source, source_id)) is not None

    def get(self, event_id: str) -> StoredEvent | None:
        """Return the event with our own id."""
        happening = self._happenings.get(event_id)
        return happening.stored if happening else None

    def reversals_of(self, occasions: Sequence[str]) -> tuple[StoredEvent, ...]:
        """Return what takes one of the occasions back."""
        return self._mentioning(occasions, lambda happening: happening.reversing)

    def of_occasions(self, occasions: Sequence[str]) -> tuple[StoredEvent, ...]:
        """Return what belongs to one of the occasions and takes nothing back."""
        return self._mentioning(occasions, lambda happening: not happening.reversing)

    def of_person(self, person_id: str) -> tuple[StoredEvent, ...]:
        """Return the person's events."""
        return _by_time(self._happenings.of("stored.person_id", person_id))

    def occasions_before(self, person_id: str, event_type: str, until: datetime) -> int:
        """Count distinct subjects."""
        events = [stored.event for stored in self.of_person(person_id)]
        return len({e.subject for e in events if e.type == event_type and e.time <= until})

    def handled(self, handler: str, event_type: str, since: datetime, until: datetime) -> int:
        """Count distinct subjects."""
        theirs = (
            each.stored.event for each in self._happenings.of("stored.event.handler", handler)
        )
        found = (e.subject for e in theirs if e.type == event_type and since <= e.time <= until)
        return len(set(found))

    def search(self, event_id: str) -> tuple[StoredEvent, ...]:
        """Return the events that this text names."""
        named = self._happenings.of("stored.event.id", event_id)
        about = self._happenings.of("stored.event.subject", event_id)
        ids = {event_id, *(happening.stored.id for happening in (*named, *about))}
        return _by_time(self._happenings.pick(ids))

    def newest_of(self, event_type: str) -> datetime | None:
        """Return when the newest one of this type happened."""
        events = [happening.stored.event for happening in self._happenings]
        return max((event.time for event in events if event.type == event_type), default=None)

    def kept(self) -> tuple[StoredEvent, ...]:
        """Return all events as they are stored, in that order."""
        return tuple(happening.stored for happening in self._happenings)

    def all(self) -> tuple[Event, ...]:
        """Return all events, in the order in which they were stored."""
        return tuple(happening.stored.event for happening in self._happenings)

    def give(self, shadow_id: str, person_id: str) -> None:
        """Make one person's events another's."""
        for happening in self._happenings.of("stored.person_id", shadow_id):
            stored = replace(happening.stored, person_id=person_id)
            self._happenings.save(replace(happening, stored=stored))

    def _mentioning(
        self, occasions: Sequence[str], wanted: Callable[[_Happening], bool]
    ) -> tuple[StoredEvent, ...]:
        ids = {
            m.event_id for occasion in occasions for m in self._mentions.of("occasion", occasion)
        }
        return _by_time(filter(wanted, self._happenings.pick(ids)))


def _by_time(happenings: Iterable[_Happening]) -> tuple[StoredEvent, ...]:
    return tuple(sorted((h.stored for h in happenings), key=attrgetter("event.time")))
