"""Incoming messages and events."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import String, bindparam, delete, distinct, func, literal, or_, select, update

from storage.sql.session import Session
from storage.sql.shapes import Shape, fields_of, insert_new, plain, table_of
from storage.sql.statements import Query, Statement
from storage.tables.columns import is_now
from storage.tables.intake import EventOccasionRow, EventRow, InboxRow
from surveys.errors import NotFound
from surveys.model import (
    Channel,
    CustomerHint,
    Event,
    Identifier,
    InboxEntry,
    InboxState,
    StoredEvent,
)

_inbox = table_of(InboxRow)
_event = table_of(EventRow)
_occasion = table_of(EventOccasionRow)

_INBOX = plain("inbox entry", InboxEntry, InboxRow)
_ENTRY = _INBOX.query(_inbox.c.source == bindparam("source"), _inbox.c.key == bindparam("key"))
_UNHANDLED = _INBOX.query(
    is_now(_inbox.c.state, InboxState.NEW),
    _inbox.c.due_at <= bindparam("now"),
    order=(_inbox.c.received_at, _inbox.c.number),
    limited=True,
    claim=True,
)
_HAS_FAILED = is_now(_inbox.c.state, InboxState.FAILED)
_FAILED = _INBOX.query(_HAS_FAILED, order=(_inbox.c.received_at, _inbox.c.number), limited=True)
_FAILURES = Statement(select(func.count()).select_from(_inbox).where(_HAS_FAILED))
_WAITING = _INBOX.query(
    is_now(_inbox.c.state, InboxState.NEW),
    order=(_inbox.c.received_at, _inbox.c.number),
    limited=True,
)
_REMOVE = Statement(delete(_inbox).where(_inbox.c.id == bindparam("id")))
# A ";" follows a ":", so these are all sources that begin with the kind.
_OF_SENDER = Statement(
    select(_inbox.c.id)
    .where(
        _inbox.c.source >= bindparam("kind"),
        _inbox.c.source < bindparam("past"),
        or_(
            _inbox.c.source == bindparam("own"),
            (literal("/", String) + _inbox.c.key + "/").contains(bindparam("within", type_=String)),
        ),
    )
    .order_by(_inbox.c.number)
)
_CHANGES = ("state", "body", "tries", "error", "due_at")
_SAVE_ENTRY = Statement(
    update(_inbox)
    .values({name: bindparam(name) for name in _CHANGES})
    .where(_inbox.c.id == bindparam("id"))
)
_NEXT_ENTRY = Statement(
    select(func.min(_inbox.c.due_at)).where(is_now(_inbox.c.state, InboxState.NEW))
)


class SqlInbox:
    """See surveys.ports.Inbox."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entry: InboxEntry) -> None:
        """Insert."""
        _INBOX.add(self._session, entry)

    def get(self, entry_id: str) -> InboxEntry | None:
        """Return the entry."""
        return _INBOX.get(self._session, entry_id)

    def take(self, entry_id: str) -> InboxEntry | None:
        """Return the entry unless a rival has it."""
        return _INBOX.take(self._session, entry_id)

    def find(self, source: str, key: str) -> InboxEntry | None:
        """Return the entry of this identity."""
        return self._session.one(_ENTRY, source=source, key=key)

    def save(self, entry: InboxEntry) -> None:
        """Replace what may change of it."""
        if self._session.run(_SAVE_ENTRY, _INBOX.encode(entry)) == 0:
            raise NotFound(_INBOX.what, entry.id)

    def failed(self, limit: int) -> tuple[InboxEntry, ...]:
        """Return entries that failed for good."""
        return self._session.all(_FAILED, limit=limit)

    def remove(self, entry_id: str) -> None:
        """Delete the entry, if any."""
        self._session.run(_REMOVE, {"id": entry_id})

    def undone(self, limit: int) -> tuple[InboxEntry, ...]:
        """Return entries that are not handled, those waiting first."""
        waiting = self._session.all(_WAITING, limit=limit)
        return (*waiting, *self._session.all(_FAILED, limit=limit))[:limit]

    def of_sender(self, channel: Channel, user: str) -> tuple[str, ...]:
        """Return the entries that name the user."""
        kind = f"{channel.value}:"
        told = {"kind": kind, "past": f"{channel.value};", "own": kind + user}
        rows = self._session.rows(_OF_SENDER, **told, within=f"/{user}/")
        return tuple(row[0] for row in rows)

    def failures(self) -> int:
        """Count the entries that failed for good."""
        count: int = self._session.scalar(_FAILURES)
        return count

    def unhandled(self, now: datetime, limit: int) -> tuple[InboxEntry, ...]:
        """Claim what is due."""
        return self._session.all(_UNHANDLED, now=now, limit=limit)

    def next_due(self) -> datetime | None:
        """Return when the next entry is to be handled."""
        moment: datetime | None = self._session.scalar(_NEXT_ENTRY)
        return moment


_EVENT_FIELDS = tuple(name for name in fields_of(Event) if name not in {"source", "id", "customer"})
_read_event = attrgetter(*_EVENT_FIELDS)
_HINT_FIELDS = tuple(name for name in fields_of(CustomerHint) if name != "identifiers")
_read_hint = attrgetter(*_HINT_FIELDS)
_STORED_FIELDS = (
    *_EVENT_FIELDS,
    "id",
    "source",
    "source_id",
    "person_id",
    "received_at",
    "customer",
    "reversing",
)


def _encode_event(happening: tuple[StoredEvent, bool]) -> dict[str, Any]:
    stored, reversing = happening
    event = stored.event
    return {
        **dict(zip(_EVENT_FIELDS, _read_event(event), strict=True)),
        "id": stored.id,
        "source": event.source,
        "source_id": event.id,
        "person_id": stored.person_id,
        "received_at": stored.received_at,
        "customer": _encode_customer(event.customer),
        "reversing": reversing,
    }


def _encode_customer(hint: CustomerHint) -> dict[str, Any]:
    return {
        **dict(zip(_HINT_FIELDS, _read_hint(hint), strict=True)),
        "identifiers": [[each.namespace, each.value] for each in hint.identifiers],
    }


def _decode_event(row: Sequence[Any]) -> tuple[StoredEvent, bool]:
    event_id, source, source_id, person_id, received_at, customer, reversing = row[
        len(_EVENT_FIELDS) :
    ]
    event = Event(
        source=source,
        id=source_id,
        customer=_decode_customer(customer),
        **dict(zip(_EVENT_FIELDS, row, strict=False)),
    )
    stored = StoredEvent(id=event_id, event=event, person_id=person_id, received_at=received_at)
    return stored, reversing


def _decode_customer(hint: dict[str, Any]) -> CustomerHint:
    identifiers = tuple(Identifier(namespace=n, value=v) for n, v in hint["identifiers"])
    return CustomerHint(**{**hint, "identifiers": identifiers})


EVENT: Shape[tuple[StoredEvent, bool]] = Shape(
    "event", EventRow, _STORED_FIELDS, _encode_event, _decode_event
)
_ADD_OCCASION = insert_new(_occasion, ("occasion", "event_id"))


def _events(*conditions: Any) -> Query[tuple[StoredEvent, int]]:
    """Return a select of events with their numbers, by which equals are ordered."""
    core = select(_event.c.number, *EVENT.columns).where(*conditions)
    return Query(
        core.order_by(_event.c.time, _event.c.number),
        lambda row: (EVENT.decode(row[1:])[0], row[0]),
    )


_KNOWN = Statement(
    select(_event.c.number).where(
        _event.c.source_id == bindparam("source_id"), _event.c.source == bindparam("source")
    )
)
_BY_ID = _events(_event.c.id == bindparam("id"))
_BY_SOURCE_ID = _events(_event.c.source_id == bindparam("id"))
_BY_SUBJECT = _events(_event.c.subject == bindparam("id"))
_OF_PERSON = _events(_event.c.person_id == bindparam("person_id"))
_OF_OCCASION = _events(
    _event.c.id == _occasion.c.event_id,
    _occasion.c.occasion == bindparam("occasion"),
    _event.c.reversing == bindparam("reversing"),
)
_OCCASIONS_BEFORE = Statement(
    select(func.count(distinct(_event.c.subject))).where(
        _event.c.person_id == bindparam("person_id"),
        _event.c.type == bindparam("type"),
        _event.c.time <= bindparam("until"),
    )
)
_HANDLED = Statement(
    select(func.count(distinct(_event.c.subject))).where(
        _event.c.handler == bindparam("handler"),
        _event.c.type == bindparam("type"),
        _event.c.time.between(bindparam("since"), bindparam("until")),
    )
)
_NEWEST_OF = Statement(select(func.max(_event.c.time)).where(_event.c.type == bindparam("type")))


class SqlEvents:
    """See surveys.ports.Events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: StoredEvent, *, reversing: bool) -> None:
        """Insert, with its subject and refs indexed."""
        EVENT.add(self._session, (event, reversing))
        for occasion in {event.event.subject, *event.event.refs}:
            self._session.run(_ADD_OCCASION, {"occasion": occasion, "event_id": event.id})

    def knows(self, source: str, source_id: str) -> bool:
        """Say whether the event is stored."""
        return bool(self._session.rows(_KNOWN, source=source, source_id=source_id))

    def get(self, event_id: str) -> StoredEvent | None:
        """Return the event with our own id."""
        found = self._session.one(_BY_ID, id=event_id)
        return found[0] if found else None

    def reversals_of(self, occasions: Sequence[str]) -> tuple[StoredEvent, ...]:
        """Return what takes one of the occasions back."""
        return self._mentioning(occasions, reversing=True)

    def of_occasions(self, occasions: Sequence[str]) -> tuple[StoredEvent, ...]:
        """Return what belongs to one of the occasions and takes nothing back."""
        return self._mentioning(occasions, reversing=False)

    def of_person(self, person_id: str) -> tuple[StoredEvent, ...]:
        """Return the person's events."""
        return tuple(event for event, _ in self._session.all(_OF_PERSON, person_id=person_id))

    def occasions_before(self, person_id: str, event_type: str, until: datetime) -> int:
        """Count distinct subjects."""
        count: int = self._session.scalar(
            _OCCASIONS_BEFORE, person_id=person_id, type=event_type, until=until
        )
        return count

    def handled(self, handler: str, event_type: str, since: datetime, until: datetime) -> int:
        """Count distinct subjects."""
        count: int = self._session.scalar(
            _HANDLED, handler=handler, type=event_type, since=since, until=until
        )
        return count

    def search(self, event_id: str) -> tuple[StoredEvent, ...]:
        """Return the events that this text names."""
        return _by_time(
            found
            for query in (_BY_ID, _BY_SOURCE_ID, _BY_SUBJECT)
            for found in self._session.all(query, id=event_id)
        )

    def newest_of(self, event_type: str) -> datetime | None:
        """Return when the newest one of this type happened."""
        newest: datetime | None = self._session.scalar(_NEWEST_OF, type=event_type)
        return newest

    def _mentioning(self, occasions: Sequence[str], *, reversing: bool) -> tuple[StoredEvent, ...]:
        return _by_time(
            found
            for occasion in dict.fromkeys(occasions)
            for found in self._session.all(_OF_OCCASION, occasion=occasion, reversing=reversing)
        )


def _by_time(found: Iterable[tuple[StoredEvent, int]]) -> tuple[StoredEvent, ...]:
    events = {number: event for event, number in found}
    return tuple(events[n] for n in sorted(events, key=lambda n: (events[n].event.time, n)))
