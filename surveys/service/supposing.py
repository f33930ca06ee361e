"""What is known of a customer as of a past instant, for a program that was not live then.

What recorded looks saw of her comes first: her zone, pauses, whether she could be reached. Before the first of them, and
without any, today's row stands in, less what came later; so it is an estimate. Consents are the ledger's up to then,
reversals and pauses of staff those that were known by then, the months of budgets as they were stored.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from surveys.decisions import Facts
from surveys.model import Consent, Person, Slot
from surveys.ports import UnitOfWork
from surveys.rehearsing import Look
from surveys.service.context import Context
from surveys.service.facts import facts_at
from surveys.service.resolutions import resolution_of
from surveys.stored_pasts import Past

Sight = tuple[datetime, Mapping[str, Any]]
"""What a look saw, and when."""


@dataclass(slots=True)
class Then:
    """See surveys.ports.Clock; stands where a look is."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant of the look."""
        return self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer of a rehearsal; ``ctx`` has the supposed program, and ``then`` for its clock."""

    tx: UnitOfWork
    ctx: Context
    then: Then
    row: Person | None
    ledger: tuple[Consent, ...]
    slots: tuple[Slot, ...]
    sights: tuple[Sight, ...]

    def facts(self, look: Look) -> Facts:
        """Gather the facts of a look, by what was known by then."""
        self.then.at = look.at
        sight = self._sight(look.at)
        person = self._as_of(look.at, sight)
        facts = facts_at(self.tx, self.ctx, look.stored, look.trigger, person, look.slots)
        paused = facts.pause is not None and facts.pause.since <= look.at
        return replace(
            facts,
            consents=tuple(each for each in self.ledger if each.at <= look.at),
            reversed_by=self._reversed_by(look),
            pause=facts.pause if paused else None,
            resolution=resolution_of(self.tx, look.stored.event, look.trigger),
            known=sight.get("known", False) if sight else facts.known,
            reachable=sight.get("reachable", False) if sight else facts.reachable,
        )

    def _sight(self, at: datetime) -> Mapping[str, Any]:
        """Return what was seen last of her at that time; nothing before anything was."""
        place = bisect_right([moment for moment, _ in self.sights], at)
        return self.sights[place - 1][1] if place else {}

    def _as_of(self, at: datetime, sight: Mapping[str, Any]) -> Person | None:
        if self.row is None:
            return None
        left = self.row.opted_out_at
        paused = datetime.fromisoformat(sight["paused_until"]) if "paused_until" in sight else None
        return replace(
            self.row,
            timezone=sight.get("zone") if sight else self.row.timezone,
            paused_until=paused,
            opted_out_at=left if left is not None and left <= at else None,
        )

    def _reversed_by(self, look: Look) -> str | None:
        event, trigger = look.stored.event, look.trigger
        if not trigger.withdrawn_by:
            return None
        reversals = self.tx.events.reversals_of((event.subject, *event.refs))
        known = (r.event for r in reversals if r.received_at <= look.at)
        after = (r for r in known if r.type in trigger.withdrawn_by and r.time >= event.time)
        return next((reversal.type for reversal in after), None)


def customer(
    tx: UnitOfWork, ctx: Context, then: Then, pasts: Sequence[Past], since: datetime
) -> Customer:
    """Read what is known of the customer of these events."""
    person_id = pasts[0].stored.person_id
    row = tx.people.get(person_id) if person_id is not None else None
    held = tx.clocks.lock(row.id) if row else ()
    return Customer(
        tx=tx,
        ctx=ctx,
        then=then,
        row=row,
        ledger=tx.consents.of_person(row.id) if row else (),
        slots=tuple(slot for slot in held if slot.at < since),
        sights=_sights(pasts),
    )


def _sights(pasts: Sequence[Past]) -> tuple[Sight, ...]:
    """Return what looks at a trigger's rules saw of her; one at a message that has begun sees one chat only."""
    found = (
        (datetime.fromisoformat(verdict.seen["now"]), verdict.seen)
        for past in pasts
        for decision in past.decisions
        for verdict in decision.verdicts[:1]
        if verdict.seen is not None
    )
    return tuple(sorted(found, key=lambda sight: sight[0]))
