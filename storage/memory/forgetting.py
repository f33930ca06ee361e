"""Deletes what was a person's, and what has been kept long enough, in memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from storage.memory.table import Table
from surveys.model import Aging, DeliveryState, InboxState, InvitationState

Tables = Mapping[str, Table[Any]]
_LIVE: Final = (InvitationState.WAITING, InvitationState.OPEN)
_UNENDED: Final = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


class MemoryForgetting:
    """See surveys.ports.Forgetting. ``tables`` are all of the store's, by what is in them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def person(self, person_id: str) -> Mapping[str, int]:
        """Delete or blank everything of the person, and of whoever was joined to her."""
        changed: Counter[str] = Counter()
        found = [person_id]
        for one in found:  # it grows while it is walked
            found += [p.id for p in self._tables["person"] if p.joined_to == one]
            changed += Counter(table for table in self._forget(one))
        return dict(changed)

    def aged(self, kind: Aging, before: datetime, limit: int) -> int:
        """Delete or blank one batch."""
        return sum(self._batch(table, old, limit) for table, old in self._old(kind, before))

    def count_aged(self, kind: Aging, before: datetime) -> int:
        """Count what is old."""
        return sum(len(rows) for _, rows in self._old(kind, before))

    def _forget(self, person_id: str) -> Iterator[str]:
        """Yield the table of each row that is changed."""
        tables = self._tables
        places = {a.id for a in tables["address"].of("person_id", person_id)}
        events = {e.stored.id for e in tables["event"].of("stored.person_id", person_id)}
        told = [d for d in tables["delivery"] if d.person_id == person_id]
        yield from self._blank_answers(person_id)
        yield from self._drop("inbox entry", _stored_as(tables["event"], person_id))
        yield from self._drop("button token", _named({d.token for d in told}, "token"))
        yield from self._drop("attempt", _named({d.id for d in told}, "delivery_id"))
        for name in ("delivery", "webhook message", "link", "slot", "name", "decision"):
            yield from self._drop(name, _named({person_id}, "person_id"))
        yield from self._drop("web session", _named(places, "address_id"))
        yield from self._drop("pause", lambda row: row.scope.removeprefix("address:") in places)
        yield from self._drop("pace", lambda row: row.scope.removeprefix("address:") in places)
        yield from self._drop("consent", lambda row: row.consent.person_id == person_id)
        yield from self._drop("mention", _named(events, "event_id"))
        yield from self._drop("event", lambda row: row.stored.id in events)
        yield from self._give_up_asks(person_id)
        yield from self._drop("joining", lambda row: person_id in (row.giver_id, row.heir_id))
        yield from self._drop("address", _named({person_id}, "person_id"))
        yield from self._drop("person", _named({person_id}, "id"))

    def _blank_answers(self, person_id: str) -> Iterator[str]:
        person = self._tables["person"].get(person_id)
        asked = {i.id for i in self._tables["invitation"].of("person_id", person_id)}
        for answer in list(self._tables["answer"]):
            hers = person is not None and answer.subject_id == person.subject_id
            if hers or answer.invitation_id in asked:
                yield from self._blank(answer)

    def _blank(self, answer: Any) -> Iterator[str]:
        """Take the text out of an answer and its versions."""
        versions = self._tables["answer version"]
        for version in [v for v in versions if v.answer.id == answer.id and v.answer.text]:
            versions.save(replace(version, answer=replace(version.answer, text=None)))
            yield "answer version"
        if answer.text is not None:
            self._tables["answer"].save(replace(answer, text=None))
            yield "answer"

    def _give_up_asks(self, person_id: str) -> Iterator[str]:
        invitations = self._tables["invitation"]
        for each in invitations.of("person_id", person_id):
            if each.sent_at is None and each.fell_due_on is None:
                invitations.remove(each.id)
            else:
                unnamed = replace(each, person_id="", occasion=each.id, decision_id="", event_id="")
                bare = replace(unnamed, address_id=None, interview=None, due_at=None)
                invitations.save(replace(bare, hold_rule=None))
            yield "invitation"

    def _drop(self, name: str, chosen: Callable[[Any], bool]) -> Iterator[str]:
        table = self._tables[name]
        for row in [row for row in table if chosen(row)]:
            table.remove(table.key_of(row))
            yield name

    # --- what has been kept long enough ---

    def _old(self, kind: Aging, before: datetime) -> Iterator[tuple[str, list[Any]]]:
        """Yield per table the rows that are old, oldest first."""
        rows = self._tables
        match kind:
            case Aging.INBOX:
                done = [e for e in rows["inbox entry"] if e.state is InboxState.DONE]
                yield "inbox entry", [e for e in done if e.received_at < before]
            case Aging.EVENTS:
                live = {i.event_id for i in rows["invitation"] if i.state in _LIVE}
                events = [e for e in rows["event"] if e.stored.id not in live]
                yield "event", [e for e in events if e.stored.received_at < before]
                decided = ((d, d.verdicts[0].at) for d in rows["decision"])
                old = [d for d, at in decided if at < before and d.event_id not in live]
                yield "decision", old
            case Aging.MESSAGES:
                ended = [d for d in rows["delivery"] if d.state not in _UNENDED]
                yield "delivery", [d for d in ended if d.created_at < before]
            case Aging.LINKS:
                for name in ("link", "web session"):
                    yield name, [each for each in rows[name] if each.expires_at < before]
            case Aging.TEXTS:  # pragma: no branch the last kind
                said = [a for a in rows["answer"] if a.text is not None]
                yield "answer", [a for a in said if a.answered_at < before]

    def _batch(self, name: str, old: list[Any], limit: int) -> int:
        for row in old[:limit]:
            self._end(name, row)
        return min(len(old), limit)

    def _end(self, name: str, row: Any) -> None:
        """Delete one old row with what belongs to it; of an answer only its text goes."""
        if name == "answer":
            list(self._blank(row))
            return
        self._tables[name].remove(self._tables[name].key_of(row))
        if name == "delivery":
            list(self._drop("attempt", _named({row.id}, "delivery_id")))
            list(self._drop("button token", _named({row.token}, "token")))
        if name == "event":
            list(self._drop("mention", _named({row.stored.id}, "event_id")))
            self._end_shadow(row.stored.person_id)

    def _end_shadow(self, person_id: str | None) -> None:
        """Delete somebody of whom only events were known, when the last of them is gone."""
        tables, person = self._tables, self._tables["person"].get(person_id)
        if person is None or person.external_id is not None or person.joined_to is not None:
            return
        left: tuple[Iterable[Any], ...] = (
            tables["event"].of("stored.person_id", person_id),
            tables["address"].of("person_id", person_id),
            tables["consent"].of("consent.person_id", person_id),
            tables["invitation"].of("person_id", person_id),
            tables["joining"].of("heir_id", person_id),
        )
        if not any(left):
            tables["person"].remove(person_id)
            list(self._drop("name", _named({person_id}, "person_id")))


def _named(names: Iterable[str | None], attribute: str) -> Callable[[Any], bool]:
    """Return whether a row's attribute is one of the names."""
    known = {name for name in names if name is not None}
    return lambda row: getattr(row, attribute) in known


def _stored_as(events: Table[Any], person_id: str) -> Callable[[Any], bool]:
    """Return whether an inbox entry is that of one of the person's events."""
    hers = {
        (f"event:{e.stored.event.source}", e.stored.event.id)
        for e in events.of("stored.person_id", person_id)
    }
    return lambda entry: (entry.source, entry.key) in hers
