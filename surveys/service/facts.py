"""Gathers what the contact rules look at, under the person's contact clock."""

from dataclasses import replace

from surveys.decisions import Facts, Origin
from surveys.instruments import instrument
from surveys.model import (
    Address,
    Event,
    Invitation,
    InvitationState,
    Person,
    Slot,
    StoredEvent,
)
from surveys.ports import UnitOfWork
from surveys.program import Trigger
from surveys.service import budgeting
from surveys.service.context import Context
from surveys.service.pauses import pause_on
from surveys.service.resolutions import burst_around, on_its_way, resolution_of
from surveys.service.verdicts import in_flight


def gather(tx: UnitOfWork, ctx: Context, invitation: Invitation, slots: tuple[Slot, ...]) -> Facts:
    """Read the facts for re-checking an invitation under its person's locked clock.

    One that has begun is reached at the address it is pinned to, or not at all.
    """
    stored = tx.events.get(invitation.event_id)
    assert stored is not None  # noqa: S101 a foreign key says so
    program = ctx.program_of(tx, invitation.program_version)
    others = tuple(s for s in slots if s.invitation_id != invitation.id)
    person = tx.people.get(invitation.person_id)
    trigger = program.trigger(invitation.trigger)
    facts = replace(facts_at(tx, ctx, stored, trigger, person, others), program=program)
    if invitation.origin_id is not None:
        facts = replace(facts, origin=origin_of(tx, invitation.origin_id))
    pinned = tx.addresses.get(invitation.address_id) if invitation.address_id else None
    return replace(facts, reachable=_still_hers(pinned, invitation)) if pinned else facts


def _still_hers(address: Address, invitation: Invitation) -> bool:
    """Say whether the address works, and no link has given it to somebody else since."""
    return address.reachable and address.person_id == invitation.person_id


def origin_of(tx: UnitOfWork, invitation_id: str) -> Origin:
    """Read the answer that an ask goes back to, as it is now."""
    invitation = tx.invitations.look(invitation_id)
    assert invitation is not None  # noqa: S101 an ask that goes back to it keeps it
    answer = tx.answers.get(invitation_id, "score")
    score = answer.score if answer else None
    band = None if score is None else instrument(invitation.instrument).band(score)
    return Origin(invitation_id=invitation_id, survey=invitation.survey, band=band)


def facts_of(
    tx: UnitOfWork,
    ctx: Context,
    stored: StoredEvent,
    trigger: Trigger,
    person: Person | None,
    origin: Invitation | None,
) -> Facts:
    """Read the facts about an event's ask for a trigger of the live program; locks the person's clock."""
    if person is None:
        return facts_at(tx, ctx, stored, trigger, None, ())
    facts = facts_at(tx, ctx, stored, trigger, person, tx.clocks.lock(person.id))
    if origin is not None:
        facts = replace(facts, origin=origin_of(tx, origin.id))
    facts = replace(facts, resolution=resolution_of(tx, stored.event, trigger))
    earlier = tx.invitations.find(trigger.id, person.id, facts.occasion)
    asked = _asked_already(tx, earlier) or on_its_way(tx, facts)
    return replace(facts, asked_already=asked)


def facts_at(
    tx: UnitOfWork,
    ctx: Context,
    stored: StoredEvent,
    trigger: Trigger,
    person: Person | None,
    slots: tuple[Slot, ...],
) -> Facts:
    """Read the facts about an event's ask beside these slots; locks nothing."""
    event = stored.event
    facts = Facts(
        program=ctx.program,
        trigger=trigger,
        event=event,
        now=ctx.now(),
        salt=ctx.salt,
        reversed_by=_reversed_by(tx, event, trigger),
        pause=pause_on(tx, trigger),
    )
    if person is None:
        return facts
    addresses = tx.addresses.of_person(person.id)
    occurrence = 1
    if trigger.occurrence is not None:
        occurrence = tx.events.occasions_before(person.id, event.type, event.time)
    return replace(
        facts,
        person=person,
        known=person.external_id is not None or bool(addresses),
        reachable=any(a.reachable for a in addresses),
        consents=tx.consents.of_person(person.id),
        slots=slots,
        occurrence=occurrence,
        burst=burst_around(tx, event, trigger),
        allotment=budgeting.allotment(tx, ctx, trigger, event.time),
    )


def _asked_already(tx: UnitOfWork, earlier: Invitation | None) -> bool:
    """Say whether an occasion has had its ask; one that was taken back before it went out does not count.

    A ticket that is solved, reopened and solved again is asked about after its last solution.
    """
    if earlier is None:
        return False
    taken_back = earlier.state is InvitationState.WITHDRAWN and earlier.sent_at is None
    return not taken_back or in_flight(tx, earlier)


def _reversed_by(tx: UnitOfWork, event: Event, trigger: Trigger) -> str | None:
    if not trigger.withdrawn_by:
        return None
    for reversal in tx.events.reversals_of((event.subject, *event.refs)):
        if reversal.event.type in trigger.withdrawn_by and reversal.event.time >= event.time:
            return reversal.event.type
    return None
