"""From an event to a question that is ready to go out: accept, decide, hold, release, withdraw.

Walk of one event: ``accept`` stores it in the inbox and the event log, ``decide`` gives every trigger one
explained decision and, unless skipped, an invitation with a ``due_at``. When that comes, ``wake`` locks the
person's contact clock, re-checks every rule for all her due asks, ranks those that are clear, and lets the first
one begin: its slot is reserved and its question becomes a delivery. Everything else is held again or ends.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from surveys.decisions import (
    WAITS_FOR_PERSON,
    Facts,
    Rank,
    Ruling,
    RulingKind,
    freshness,
    need,
    ranked,
    recheck,
    rule,
)
from surveys.errors import AlreadyStored
from surveys.instruments import instrument
from surveys.interview import Began, Closed, Interview, Phase, Reminded, Withdrawn, step
from surveys.model import (
    Acceptance,
    Address,
    Channel,
    CountRule,
    Decision,
    DeliveryClass,
    DeliveryState,
    Event,
    FunnelStep,
    InboxEntry,
    InboxState,
    Invitation,
    InvitationState,
    Person,
    Slot,
    StoredEvent,
    Verdict,
    VerdictKind,
)
from surveys.ports import SENDING_LEASE, UnitOfWork
from surveys.program import Trigger
from surveys.results import headline
from surveys.service.context import Context
from surveys.service.effects import apply
from surveys.service.people import resolve_event
from surveys.service.recording import count_funnel

OPEN_FOR = timedelta(hours=24)
OPEN_WITH_REMINDER = timedelta(hours=72)
REMIND_AFTER = timedelta(hours=24)
# The half-width, in points of 100, from which on more answers at a stage are not pressing.
TARGET_HALF_WIDTH = 10.0
AFTER_FAILURE = timedelta(minutes=1)
_WINDOW = timedelta(days=90)
_ENDS = {
    VerdictKind.EXPIRED: InvitationState.EXPIRED,
    VerdictKind.WITHDRAWN: InvitationState.WITHDRAWN,
    VerdictKind.SKIPPED: InvitationState.SUPPRESSED,
}


def accept(tx: UnitOfWork, ctx: Context, event: Event) -> Acceptance:
    """Store an event once and decide about it; a repeat or a conflicting repeat changes nothing."""
    source = f"event:{event.source}"
    digest = event.digest()
    known = tx.inbox.find(source, event.id)
    if known is not None:
        return Acceptance.DUPLICATE if known.digest == digest else Acceptance.CONFLICT
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
    """Log the event, withdraw what it reverses, and decide for every trigger it starts."""
    person = resolve_event(tx, event, now=received_at, new_id=ctx.new_id)
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
    if reversing:
        withdraw(tx, ctx, stored)
    for trigger in program.triggers_on(event.type):
        _decide(tx, ctx, stored, trigger, person)


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
                _hold_or_end(tx, ctx, invitation, ruling)


def whose_turn(tx: UnitOfWork, ctx: Context, limit: int) -> tuple[str, ...]:
    """Return the people who have something due, the longest waiting first."""
    due = tx.invitations.due(ctx.now(), limit)
    return tuple(dict.fromkeys(invitation.person_id for invitation in due))


def wake(tx: UnitOfWork, ctx: Context, person_id: str) -> None:
    """Do all that is due for one person: close, remind, expire, and release the first in rank."""
    tx.clocks.lock(person_id)
    due = _due(tx, ctx, person_id)
    for invitation in due:
        if invitation.state is InvitationState.OPEN:
            _continue(tx, ctx, invitation)
    waiting = [i for i in due if i.state is InvitationState.WAITING]
    if waiting:
        _release(tx, ctx, person_id, waiting)


def put_off(tx: UnitOfWork, ctx: Context, person_id: str) -> None:
    """Try again later what failed for one person, so that it stands in nobody's way."""
    for invitation in _due(tx, ctx, person_id):
        tx.invitations.save(replace(invitation, due_at=ctx.now() + AFTER_FAILURE))


def _due(tx: UnitOfWork, ctx: Context, person_id: str) -> list[Invitation]:
    now = ctx.now()
    live = tx.invitations.live_of_person(person_id)
    return [i for i in live if i.due_at is not None and i.due_at <= now]


def gather(tx: UnitOfWork, ctx: Context, invitation: Invitation, slots: tuple[Slot, ...]) -> Facts:
    """Read the facts for re-checking an invitation under its person's locked clock.

    One that has begun is reached at the address it is pinned to, or not at all.
    """
    stored = tx.events.get(invitation.event_id)
    assert stored is not None  # noqa: S101 a foreign key says so
    program = ctx.program_of(tx, invitation.program_version)
    others = tuple(s for s in slots if s.invitation_id != invitation.id)
    person = tx.people.get(invitation.person_id)
    facts = _facts(tx, ctx, stored, program.trigger(invitation.trigger), person)
    pinned = tx.addresses.get(invitation.address_id) if invitation.address_id else None
    return replace(
        facts,
        program=program,
        slots=others,
        asked_already=False,
        reachable=pinned.reachable if pinned else facts.reachable,
    )


# --- deciding -------------------------------------------------------------------------------------


def _decide(
    tx: UnitOfWork, ctx: Context, stored: StoredEvent, trigger: Trigger, person: Person | None
) -> None:
    facts = _facts(tx, ctx, stored, trigger, person)
    ruling = rule(facts)
    decision = Decision(
        id=ctx.new_id(),
        event_id=stored.id,
        trigger=trigger.id,
        program_version=ctx.program.version,
        person_id=person.id if person else None,
        verdicts=(_verdict(ruling, facts.now),),
    )
    tx.decisions.add(decision)
    if person is None or ruling.kind is RulingKind.SKIPPED:
        return
    earlier = tx.invitations.find(trigger.id, person.id, stored.event.subject)
    invitation = _invitation(ctx, decision, stored, person, facts, ruling)
    if earlier is None:
        tx.invitations.add(invitation)
    else:
        tx.invitations.save(_once_more(invitation, earlier))


def _invitation(
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
        occasion=stored.event.subject,
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
    )


def _once_more(invitation: Invitation, earlier: Invitation) -> Invitation:
    """Return the invitation in the earlier one's place; its messages are numbered on from there."""
    said = Interview.from_json(earlier.interview).seq
    return replace(invitation, id=earlier.id, interview=Interview(seq=said).to_json())


def _facts(
    tx: UnitOfWork, ctx: Context, stored: StoredEvent, trigger: Trigger, person: Person | None
) -> Facts:
    event = stored.event
    facts = Facts(
        program=ctx.program,
        trigger=trigger,
        event=event,
        now=ctx.now(),
        salt=ctx.salt,
        reversed_by=_reversed_by(tx, event, trigger),
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
        slots=tx.clocks.lock(person.id),
        occurrence=occurrence,
        asked_already=_asked_already(tx, tx.invitations.find(trigger.id, person.id, event.subject)),
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


def _verdict(ruling: Ruling, at: datetime) -> Verdict:
    """Return the verdict on an ask that has not begun: even a clear one waits for its turn."""
    skipped = ruling.kind is RulingKind.SKIPPED
    kind = VerdictKind.SKIPPED if skipped else VerdictKind.HELD
    name = "turn" if ruling.kind is RulingKind.CLEAR else ruling.rule
    return Verdict(kind=kind, rule=name, at=at, values=ruling.values)


# --- releasing ------------------------------------------------------------------------------------


def _release(tx: UnitOfWork, ctx: Context, person_id: str, invitations: list[Invitation]) -> None:
    slots = tx.clocks.lock(person_id)
    clear = []
    for invitation in invitations:
        ruling = rule(gather(tx, ctx, invitation, slots))
        if ruling.kind is RulingKind.CLEAR:
            clear.append(invitation)
        else:
            _hold_or_end(tx, ctx, invitation, ruling)
    if not clear:
        return
    order = ranked(tuple(_rank(tx, ctx, i, competing=len(clear) > 1) for i in clear))
    by_id = {i.id: i for i in clear}
    _begin(tx, ctx, by_id[order[0].invitation_id], order[0])
    for rank in order[1:]:
        _outrank(tx, ctx, by_id[rank.invitation_id], rank)


def _outrank(tx: UnitOfWork, ctx: Context, invitation: Invitation, rank: Rank) -> None:
    """Let the next in rank begin too, if there is room after those before it."""
    ruling = rule(gather(tx, ctx, invitation, tx.clocks.lock(invitation.person_id)))
    if ruling.kind is RulingKind.CLEAR:
        _begin(tx, ctx, invitation, rank)
        return
    now = ctx.now()
    outranked = Verdict(kind=VerdictKind.OUTRANKED, rule="rank", at=now, values=rank.values())
    append(tx, invitation, outranked)
    if ruling.kind is RulingKind.SKIPPED:
        expired = Verdict(kind=VerdictKind.EXPIRED, rule=ruling.rule, at=now, values=ruling.values)
        end(tx, invitation, expired)
    else:
        _hold_or_end(tx, ctx, invitation, ruling)


def _rank(tx: UnitOfWork, ctx: Context, invitation: Invitation, *, competing: bool) -> Rank:
    half_width = _half_width(tx, ctx, invitation) if competing else None
    return Rank(
        invitation_id=invitation.id,
        need=need(half_width, TARGET_HALF_WIDTH),
        freshness=freshness(ctx.now(), invitation.event_at, invitation.ask_by),
        event_at=invitation.event_at,
    )


def _half_width(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> float | None:
    now = ctx.now()
    rows = tx.reports.scores(CountRule.NEWEST, ctx.day(now - _WINDOW), ctx.day(now))
    wanted = (invitation.stage, invitation.instrument)
    counts = [0] * 11
    for row in rows:
        if (row.dimensions.stage, row.dimensions.instrument) == wanted:
            counts = [a + b for a, b in zip(counts, row.counts, strict=True)]
    scale = instrument(invitation.instrument)
    estimate = headline(scale, tuple(counts[score] for score in scale.scores))
    return estimate.half_width if estimate else None


def _begin(tx: UnitOfWork, ctx: Context, invitation: Invitation, rank: Rank) -> None:
    now = ctx.now()
    address = best_address(tx.addresses.of_person(invitation.person_id))
    person = tx.people.get(invitation.person_id)
    begun = replace(
        invitation,
        state=InvitationState.OPEN,
        address_id=address.id,
        channel=address.channel,
        language=ctx.language_for(person, address),
        fell_due_on=ctx.day(now),
        due_at=invitation.ask_by,
        hold_rule=None,
    )
    tx.clocks.reserve(
        Slot(
            invitation_id=begun.id,
            person_id=begun.person_id,
            instrument=begun.instrument,
            stage=begun.stage,
            at=now,
        )
    )
    released = Verdict(kind=VerdictKind.RELEASED, rule="clear", at=now, values=rank.values())
    append(tx, invitation, released)
    count_funnel(tx, ctx, begun, FunnelStep.INVITED, ctx.day(now))
    new = Interview.from_json(invitation.interview)
    interview, effects = step(new, Began(), ctx.script_of(tx, begun))
    begun = replace(begun, interview=interview.to_json())
    tx.invitations.save(begun)
    apply(tx, ctx, begun, effects, DeliveryClass.PROACTIVE)


def best_address(addresses: tuple[Address, ...]) -> Address:
    """Return the newest reachable address, a chat that we push to before web chat."""
    reachable = [a for a in addresses if a.reachable]
    return min(reachable, key=lambda a: a.channel is Channel.WEBCHAT)


def _continue(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> None:
    """Remind or close an open invitation; expire one whose question never went out."""
    if invitation.sent_at is None or invitation.closes_at is None:
        _give_up(tx, ctx, invitation)
    elif ctx.now() >= invitation.closes_at:
        _close(tx, ctx, invitation)
    else:
        _remind(tx, ctx, invitation, invitation.closes_at)


def _give_up(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> None:
    """End an ask that did not go out in time; one whose request is being made waits for the outcome."""
    now = ctx.now()
    if in_flight(tx, invitation):
        tx.invitations.save(replace(invitation, due_at=now + SENDING_LEASE))
    else:
        end(tx, invitation, Verdict(kind=VerdictKind.EXPIRED, rule="ask_by", at=now))


def _close(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> None:
    # An edit costs a request elsewhere; in a browser it only costs the next pull.
    happening = Closed(show=invitation.channel is Channel.WEBCHAT)
    interview = Interview.from_json(invitation.interview)
    interview, effects = step(interview, happening, ctx.script_of(tx, invitation))
    answered = interview.score is not None
    state = InvitationState.FINISHED if answered else InvitationState.CLOSED
    closed = replace(invitation, state=state, due_at=None, interview=interview.to_json())
    tx.invitations.save(closed)
    apply(tx, ctx, closed, effects, DeliveryClass.EDIT)


def _remind(tx: UnitOfWork, ctx: Context, invitation: Invitation, closes_at: datetime) -> None:
    """Ask once more where the rules allow it: only then is the first message's keyboard closed."""
    facts = gather(tx, ctx, invitation, tx.clocks.lock(invitation.person_id))
    ruling = recheck(facts, closes_at)
    if ruling.kind is not RulingKind.CLEAR:
        tx.invitations.save(replace(invitation, due_at=ruling.until or closes_at))
        return
    interview = Interview.from_json(invitation.interview)
    interview, effects = step(interview, Reminded(), ctx.script_of(tx, invitation))
    reminded = replace(invitation, due_at=closes_at, interview=interview.to_json())
    tx.invitations.save(reminded)
    apply(tx, ctx, reminded, effects, DeliveryClass.PROACTIVE)


# --- holding and ending ---------------------------------------------------------------------------


def _hold_or_end(tx: UnitOfWork, ctx: Context, invitation: Invitation, ruling: Ruling) -> None:
    now = ctx.now()
    if ruling.kind is RulingKind.SKIPPED:
        end(tx, invitation, _last_verdict(invitation, ruling, now))
        return
    if ruling.rule != invitation.hold_rule:
        append(tx, invitation, _verdict(ruling, now))
    tx.invitations.save(replace(invitation, due_at=ruling.until or now, hold_rule=ruling.rule))


def _last_verdict(invitation: Invitation, ruling: Ruling, now: datetime) -> Verdict:
    """Return the verdict that ends a waiting ask; what it waited for in vain is its reason."""
    overtaken = now >= invitation.ask_by
    waited = invitation.hold_rule if overtaken else None
    name = waited if waited in WAITS_FOR_PERSON else ruling.rule
    kind = VerdictKind.EXPIRED if overtaken else VerdictKind.SKIPPED
    return Verdict(kind=kind, rule=name or ruling.rule, at=now, values=ruling.values)


def in_flight(tx: UnitOfWork, invitation: Invitation) -> bool:
    """Say whether the request that carries the question is being made right now."""
    told = tx.deliveries.of_invitation(invitation.id)
    return any(d.step == "ask" and d.state is DeliveryState.SENDING for d in told)


def append(tx: UnitOfWork, invitation: Invitation, verdict: Verdict) -> None:
    """Add a verdict to the invitation's decision."""
    decision = tx.decisions.get(invitation.decision_id)
    assert decision is not None  # noqa: S101 a foreign key says so
    tx.decisions.save(decision.then(verdict))


def end(tx: UnitOfWork, invitation: Invitation, verdict: Verdict) -> None:
    """End an invitation that was never sent: its verdict is kept and its slot given back.

    A question whose request is being made keeps the slot until its outcome is known.
    """
    append(tx, invitation, verdict)
    expired = verdict.kind is VerdictKind.EXPIRED
    state = DeliveryState.EXPIRED if expired else DeliveryState.SUPPRESSED
    for delivery in tx.deliveries.of_invitation(invitation.id):
        if delivery.state is DeliveryState.PENDING:
            dropped = replace(delivery, state=state, due_at=None, reason=verdict.rule)
            tx.deliveries.save(dropped)
    tx.invitations.save(replace(invitation, state=_ENDS[verdict.kind], due_at=None))
    if not in_flight(tx, invitation):
        tx.clocks.give_back(invitation.id)


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
        end(tx, invitation, verdict)
        return
    append(tx, invitation, verdict)
    interview, effects = step(interview, Withdrawn(), ctx.script_of(tx, invitation))
    state = InvitationState.WITHDRAWN if interview.phase is Phase.WITHDRAWN else invitation.state
    taken = replace(invitation, state=state, due_at=None, interview=interview.to_json())
    tx.invitations.save(taken)
    apply(tx, ctx, taken, effects, DeliveryClass.PROACTIVE)


def store_unhandled(tx: UnitOfWork, ctx: Context, entry: InboxEntry) -> Acceptance:
    """Keep an accepted event whose handling failed, to be handled later."""
    try:
        tx.inbox.add(entry)
    except AlreadyStored:
        return Acceptance.DUPLICATE
    return Acceptance.NEW
