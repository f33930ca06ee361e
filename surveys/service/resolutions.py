"""Cases that are solved, reopened and solved again: which resolution an event tells of, and what else was closed then.

A case's first resolution is its occasion; each later one is an occasion of its own, ``<case>#<resolution>``, so that
it is asked about once however many notices tell of it (docs/decisions/0053).
"""

from surveys.decisions import Facts
from surveys.model import Event
from surveys.ports import UnitOfWork
from surveys.program import Trigger
from surveys.program.worth import RESOLUTION
from surveys.service.verdicts import in_flight

_LONGEST = 64


def resolution_of(tx: UnitOfWork, event: Event, trigger: Trigger) -> str:
    """Return which resolution of its case an event tells of; "" for the first, and where the trigger counts none.

    The event's own word comes first. Else it is counted how often the case was reopened after it had been solved:
    two notices of one reopening are one.
    """
    if not trigger.worth.once_per_resolution:
        return ""
    told = event.data.get(RESOLUTION)
    if isinstance(told, str | int) and not isinstance(told, bool) and str(told).strip():
        return str(told).strip()[:_LONGEST]
    reopenings = _reopenings(tx, event, trigger)
    return str(reopenings + 1) if reopenings else ""


def _reopenings(tx: UnitOfWork, event: Event, trigger: Trigger) -> int:
    occasions = (event.subject, *event.refs)
    back = [
        (e.event.time, True) for e in tx.events.reversals_of(occasions) if _undoes(e.event, trigger)
    ]
    solved = [
        (e.event.time, False)
        for e in tx.events.of_occasions(occasions)
        if e.event.type == trigger.on
    ]
    count, is_solved = 0, False
    for at, reopened in sorted([*back, *solved]):
        if at < event.time and reopened and is_solved:
            count += 1
        is_solved = not reopened
    return count


def _undoes(event: Event, trigger: Trigger) -> bool:
    return event.type in trigger.withdrawn_by


def on_its_way(tx: UnitOfWork, facts: Facts) -> bool:
    """Say whether the question about an earlier resolution is being sent right now: she is about to see it."""
    person = facts.person
    if not facts.resolution or person is None:
        return False
    return any(
        invitation.trigger == facts.trigger.id
        and invitation.person_id == person.id
        and in_flight(tx, invitation)
        for earlier in tx.events.of_occasions((facts.event.subject,))
        for invitation in tx.invitations.of_event(earlier.id)
    )


def burst_around(tx: UnitOfWork, event: Event, trigger: Trigger) -> int:
    """Count the cases that the event's handler closed about when this one was; 0 where nobody asks."""
    bulk = trigger.worth.bulk
    if bulk is None or event.handler is None:
        return 0
    since, until = event.time - bulk.within, event.time + bulk.within
    return tx.events.handled(event.handler, event.type, since, until)
