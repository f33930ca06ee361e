"""What staff read across all customers, in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from storage.memory.table import Table
from surveys.model import (
    Decision,
    Delivery,
    DeliveryState,
    Identifier,
    Invitation,
    InvitationState,
    Person,
    Slot,
    Verdict,
    WebhookMessage,
)
from surveys.overview import Logged, LogPage, LogWanted, Pending, Place, RuleCounts, pending


class MemoryOverview:
    """See surveys.overview.Overview; ``tables`` are all there are, by what is in them."""

    def __init__(self, tables: Mapping[str, Table[Any]]) -> None:
        self._tables = tables

    def decisions(self, wanted: LogWanted, limit: int, depth: int) -> LogPage:
        """Return a page of the log."""
        window = self._window(wanted.since, wanted.before)
        looked = window[:depth]
        found = [each for each in looked if self._fits(each.decision, wanted)][:limit]
        if len(found) == limit:
            return LogPage(found=tuple(found), go_on=found[-1].place, looked=limit)
        go_on = looked[-1].place if looked and len(looked) == depth else None
        return LogPage(found=tuple(found), go_on=go_on, looked=len(looked))

    def rules(self, wanted: LogWanted, depth: int) -> RuleCounts:
        """Count last verdicts."""
        window = self._window(wanted.since, wanted.before)[:depth]
        whatever = replace(wanted, kind=None, rule="")
        lasts = (_last(d.decision) for d in window if self._fits(d.decision, whatever))
        counts = Counter((last.kind, last.rule) for last in lasts)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], *item[0]))
        return RuleCounts(counts=dict(ranked), looked=len(window))

    def waiting(self, limit: int, depth: int) -> tuple[Invitation, ...]:
        """Return asks that wait."""
        invitations: Iterator[Invitation] = iter(self._tables["invitation"])
        due = sorted((i for i in invitations if i.due_at), key=attrgetter("due_at"))[:depth]
        return tuple([i for i in due if i.state is InvitationState.WAITING][:limit])

    def starting(self, name: Identifier, limit: int) -> tuple[Person, ...]:
        """Return customers by the beginning of a name."""
        found = (
            (each.identifier.value, self._tables["person"].get(each.person_id))
            for each in self._tables["name"]
            if each.identifier.namespace == name.namespace
            and each.identifier.value.startswith(name.value)
        )
        named: list[tuple[str, Person]] = [(value, p) for value, p in found if p and _is_there(p)]
        ranked = [person for _, person in sorted(named, key=lambda pair: pair[0])[:limit]]
        return tuple({person.id: person for person in ranked}.values())

    def reached_at(self, user: str, limit: int) -> tuple[Person, ...]:
        """Return customers by the user of a chat."""
        people = self._tables["person"]
        chats = [each for each in self._tables["address"] if each.user == user]
        holders: Iterator[Person | None] = (people.get(chat.person_id) for chat in chats)
        found = [person for person in holders if person and person.erased_at is None]
        return tuple({person.id: person for person in found[:limit]}.values())

    def slots(self, person_id: str) -> tuple[Slot, ...]:
        """Return the person's slots."""
        return tuple(sorted(self._tables["slot"].of("person_id", person_id), key=attrgetter("at")))

    def invitations(self, person_id: str, limit: int) -> tuple[Invitation, ...]:
        """Return the person's asks."""
        return tuple(reversed(self._tables["invitation"].of("person_id", person_id)))[:limit]

    def deliveries(self, person_id: str, limit: int) -> tuple[Delivery, ...]:
        """Return what was sent to the person."""
        mine = [each for each in self._tables["delivery"] if each.person_id == person_id]
        return tuple(reversed(mine))[:limit]

    def in_state(self, state: DeliveryState, limit: int, before: str = "") -> tuple[Delivery, ...]:
        """Return the newest deliveries in a state."""
        ranked = sorted(self._tables["delivery"], key=attrgetter("created_at"))
        place = {each.id: n for n, each in enumerate(ranked)}
        end = place.get(before, 0) if before else len(ranked)
        return tuple([each for each in reversed(ranked[:end]) if each.state is state][:limit])

    def states(self, depth: int) -> Mapping[DeliveryState, int]:
        """Count each state."""
        table = self._tables["delivery"]
        return {state: min(len(table.of("state", state)), depth) for state in DeliveryState}

    def pending(self, now: datetime, depth: int) -> Mapping[Pending, int]:
        """Count pending deliveries."""
        waiting = self._tables["delivery"].of("state", DeliveryState.PENDING)[:depth]
        return Counter(pending(each, now) for each in waiting)

    def webhooks(self, limit: int) -> tuple[WebhookMessage, ...]:
        """Return the newest messages to other systems."""
        return tuple(reversed(list(self._tables["webhook message"])))[:limit]

    def _window(self, since: datetime, before: Place) -> list[Logged]:
        """Return the decisions of a window, newest first, numbered from 1 in the order of their insertion."""
        numbered: Iterator[tuple[int, Decision]] = enumerate(self._tables["decision"], 1)
        logged = (Logged(place=Place(d.verdicts[0].at, n), decision=d) for n, d in numbered)
        inside = (each for each in logged if each.place.at >= since and each.place < before)
        return sorted(inside, key=attrgetter("place"), reverse=True)

    def _fits(self, decision: Decision, wanted: LogWanted) -> bool:
        last = _last(decision)
        return (
            (wanted.triggers is None or decision.trigger in wanted.triggers)
            and wanted.kind in (None, last.kind)
            and wanted.rule in ("", last.rule)
            and (wanted.channel is None or self._channel(decision) == wanted.channel)
        )

    def _channel(self, decision: Decision) -> str | None:
        asks = self._tables["invitation"].of("event_id", decision.event_id)
        return next((ask.channel for ask in asks if ask.decision_id == decision.id), None)


def _last(decision: Decision) -> Verdict:
    return decision.verdicts[-1]


def _is_there(person: Person) -> bool:
    return person.erased_at is None and person.joined_to is None
