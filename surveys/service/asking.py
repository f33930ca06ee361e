"""From an event to decisions: accept it once, decide for every trigger, withdraw, reconsider.

Walk of one event: ``accept`` stores it in the inbox and the event log; every trigger it starts gets one explained
decision and, unless skipped, an invitation with a ``due_at``. What happens then: ``surveys.service.turns``.
"""

from dataclasses import replace
from datetime import datetime

from surveys.decisions import (
    WAITS_FOR_PERSON,
    Facts,
    Ruling,
    RulingKind,
    because,
    rule,
    verdict_of,
)
from surveys.errors import AlreadyStored
from surveys.interview import Interview, Phase, Withdrawn, step
from surveys.model import (
    Acceptance,
    Decision,
    DeliveryClass,
    Event,
    InboxEntry,
    InboxState,
    Invitation,
    InvitationState,
    Person,
    Side,
    StoredEvent,
    Verdict,
    VerdictKind,
)
from surveys.ports import UnitOfWork
from surveys.program import Program, Trigger
from surveys.service import budgeting, recovering
from surveys.service.cohorts import move
from surveys.service.context import Context
from surveys.service.effects import apply
from surveys.service.facts import facts_of, gather
from surveys.service.resolving import resolve_event
from surveys.service.shadows import living
from surveys.service.tombstones import was_erased
from surveys.service.variants import wording_for
from surveys.service.verdicts import append, end, hold_or_end


def accept(tx: UnitOfWork, ctx: Context, event: Event) -> Acceptance:
    """Store an event once and decide about it; a repeat or a conflicting repeat changes nothing."""
    source = f"event:{event.source}"
    digest = event.digest()
    known = tx.inbox.find(source, event.id)
    if known is not None:
        return Acceptance.DUPLICATE if known.digest == digest else Acceptance.CONFLICT
    if tx.events.knows(event.source, event.id):  # it outlives its inbox entry
        return Acceptance.DUPLICATE
    now = ctx.now()
    tx.inbox.add(
        InboxEntry(
            id=ctx.new_id(),
            source=source,
            key=event.id,
            digest=digest,
            received_at=now,
            state=InboxState.DONE,
        )
    )
    handle(tx, ctx, event, received_at=now)
    return Acceptance.NEW


def handle(tx: UnitOfWork, ctx: Context, event: Event, *, received_at: datetime) -> None:
    """Log the event, withdraw what it reverses, and decide for every trigger it starts.

    Of one about somebody who was erased nothing is kept.
    """
    if was_erased(tx, event.customer):
        return
    budgeting.keep_up(tx, ctx)
    person = _person_of(tx, ctx, event, received_at)
    program = ctx.program
    kept = replace(event, data=program.kept(event.data))
    stored = StoredEvent(
        id=ctx.new_id(),
        event=kept,
        person_id=person.id if person else None,
        received_at=received_at,
    )
    reversing = program.reversing(event.type)
    tx.events.add(stored, reversing=reversing)
    triggers = program.triggers_on(event.type)
    if reversing or not triggers:  # what starts no ask now may be a reversal to an earlier program
        withdraw(tx, ctx, stored)
    origin = recovering.complaint(tx, event, person) if person else None
    for trigger in triggers:
        decide(tx, ctx, stored, trigger, person, origin)


def _person_of(tx: UnitOfWork, ctx: Context, event: Event, received_at: datetime) -> Person | None:
    """Return whom the event means; a case that names nobody is about her whose answer it names."""
    person = resolve_event(tx, event, now=received_at, new_id=ctx.new_id)
    about = recovering.named(tx, event) if person is None else None
    found = tx.people.get(about.person_id) if about else person
    return living(tx, found) if found else None


def withdraw(tx: UnitOfWork, ctx: Context, reversal: StoredEvent) -> None:
    """Take back every unanswered ask about an occasion that has been reversed."""
    event = reversal.event
    for original in tx.events.of_occasions((event.subject, *event.refs)):
        for invitation in tx.invitations.of_event(original.id):
            trigger = ctx.program_of(tx, invitation.program_version).trigger(invitation.trigger)
            if event.type in trigger.withdrawn_by and event.time >= original.event.time:
                _take_back(tx, ctx, invitation, event)


def reconsider(tx: UnitOfWork, ctx: Context, person_id: str) -> None:
    """Decide again about asks that waited for this customer's link, address or consent."""
    for invitation in tx.invitations.live_of_person(person_id):
        waits = invitation.state is InvitationState.WAITING
        if waits and invitation.hold_rule in WAITS_FOR_PERSON:
            facts = gather(tx, ctx, invitation, tx.clocks.lock(person_id))
            ruling = rule(facts)
            if ruling.rule not in WAITS_FOR_PERSON:
                hold_or_end(tx, ctx, invitation, ruling)


def store_unhandled(tx: UnitOfWork, ctx: Context, entry: InboxEntry) -> Acceptance:
    """Keep an accepted event whose handling failed, to be handled later."""
    try:
        tx.inbox.add(entry)
    except AlreadyStored:
        return Acceptance.DUPLICATE
    return Acceptance.NEW


def decide(
    tx: UnitOfWork,
    ctx: Context,
    stored: StoredEvent,
    trigger: Trigger,
    person: Person | None,
    origin: Invitation | None,
) -> None:
    """Decide about one event x trigger, and explain it; ``origin`` is the answered ask it goes back to."""
    facts = facts_of(tx, ctx, stored, trigger, person, origin)
    ruling = rule(facts)
    ruling = replace(ruling, values={**because(facts), **ruling.values})
    decision = Decision(
        id=ctx.new_id(),
        event_id=stored.id,
        trigger=trigger.id,
        program_version=ctx.program.version,
        person_id=person.id if person else None,
        verdicts=(verdict_of(ruling, facts.now),),
    )
    tx.decisions.add(decision)
    if person is None or ruling.kind is RulingKind.SKIPPED:
        return
    invitation = _invitation(tx, ctx, decision, stored, person, facts, ruling)
    try:
        tx.invitations.add(invitation)
    except AlreadyStored:
        earlier = tx.invitations.find(trigger.id, person.id, facts.occasion)
        assert earlier is not None  # noqa: S101 it holds the place
        move(tx, ctx, earlier, replace(earlier, fell_due_on=None))
        tx.invitations.save(_once_more(invitation, earlier))


def _invitation(
    tx: UnitOfWork,
    ctx: Context,
    decision: Decision,
    stored: StoredEvent,
    person: Person,
    facts: Facts,
    ruling: Ruling,
) -> Invitation:
    trigger = facts.trigger
    survey = ctx.program.survey(trigger.survey)
    return Invitation(
        id=ctx.new_id(),
        decision_id=decision.id,
        event_id=stored.id,
        trigger=trigger.id,
        person_id=person.id,
        subject_id=person.subject_id,
        occasion=facts.occasion,
        program_version=ctx.program.version,
        survey=survey.id,
        survey_version=survey.version,
        touchpoint=trigger.touchpoint,
        stage=ctx.program.touchpoint(trigger.touchpoint).stage,
        instrument=survey.instrument,
        event_at=stored.event.time,
        ask_by=facts.ask_by,
        state=InvitationState.WAITING,
        created_at=facts.now,
        due_at=ruling.until or facts.now,
        hold_rule=ruling.rule,
        handler=stored.event.handler,
        wording=wording_for(tx, ctx, survey, person),
        origin_id=facts.origin.invitation_id if facts.origin else None,
        segments=_segments(tx, ctx.program, person, stored.event),
    )


def _segments(tx: UnitOfWork, program: Program, person: Person, event: Event) -> tuple[Side, ...]:
    """Return to which segments she belongs now, as they are counted."""
    values = ((each.id, each.value(person.attributes, event.data)) for each in program.segments)
    return tuple(tx.counts.segment(name, value) for name, value in sorted(values))


def _once_more(invitation: Invitation, earlier: Invitation) -> Invitation:
    """Return the invitation in the earlier one's place; its messages are numbered on from there."""
    said = Interview.from_json(earlier.interview).seq
    return replace(invitation, id=earlier.id, interview=Interview(seq=said).to_json())


def _take_back(tx: UnitOfWork, ctx: Context, invitation: Invitation, event: Event) -> None:
    live = (InvitationState.WAITING, InvitationState.OPEN)
    interview = Interview.from_json(invitation.interview)
    if invitation.state not in live or interview.score is not None:
        return
    verdict = Verdict(
        kind=VerdictKind.WITHDRAWN,
        rule="reversed",
        at=ctx.now(),
        values={"by": event.type, "occasion": event.subject},
    )
    if invitation.sent_at is None:
        end(tx, ctx, invitation, verdict)
        return
    append(tx, invitation, verdict)
    interview, effects = step(interview, Withdrawn(), ctx.script_of(tx, invitation))
    state = InvitationState.WITHDRAWN if interview.phase is Phase.WITHDRAWN else invitation.state
    taken = replace(invitation, state=state, due_at=None, interview=interview.to_json())
    tx.invitations.save(taken)
    apply(tx, ctx, taken, effects, DeliveryClass.PROACTIVE)
