"""When an invitation's time comes: one person's turn at a time, under her contact clock.

``wake`` re-checks every rule for all her due asks, ranks those that are clear, and lets the first begin: its slot
is reserved and its question becomes a delivery. The others are held again or end. Open asks are reminded of, closed
or given up.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from surveys.decisions import APART_UNTIL, Ruling, RulingKind, recheck, rule, verdict_of
from surveys.instruments import RESOLVED, instrument
from surveys.interview import Began, Closed, Interview, Phase, Reminded, step
from surveys.model import (
    Channel,
    CountRule,
    DeliveryClass,
    FunnelStep,
    Invitation,
    InvitationState,
    Verdict,
    VerdictKind,
)
from surveys.ports import SENDING_LEASE, UnitOfWork
from surveys.ranking import Rank, ranked
from surveys.results import headline
from surveys.service import budgeting
from surveys.service.cohorts import dimensions, reach
from surveys.service.context import Context
from surveys.service.effects import apply
from surveys.service.facts import gather
from surveys.service.reaching import choose
from surveys.service.verdicts import append, end, hold_or_end, in_flight, take_slot

OPEN_FOR = timedelta(hours=24)
OPEN_WITH_REMINDER = timedelta(hours=72)
REMIND_AFTER = timedelta(hours=24)
# The half-width, in points as scores are shown, from which on more answers at a stage are not pressing;
# a stage's budget may name another.
TARGET_HALF_WIDTH = 10.0
AFTER_FAILURE = timedelta(minutes=1)
APART = timedelta(hours=24)
"""Between the question after a complaint and another one that is unanswered."""

_WINDOW = timedelta(days=90)


def whose_turn(tx: UnitOfWork, ctx: Context, limit: int) -> tuple[str, ...]:
    """Return the people who have something due, the longest waiting first."""
    due = tx.invitations.due(ctx.now(), limit)
    return tuple(dict.fromkeys(invitation.person_id for invitation in due))


def wake(tx: UnitOfWork, ctx: Context, person_id: str) -> bool:
    """Do all that is due for one person: close, remind, expire, and release the first in rank.

    Returns False, and does nothing, while another worker sees to her.
    """
    budgeting.keep_up(tx, ctx)
    if not tx.clocks.take(person_id):
        return False
    due = _due(tx, ctx, person_id)
    for invitation in due:
        if invitation.state is InvitationState.OPEN:
            _continue(tx, ctx, invitation)
    waiting = [i for i in due if i.state is InvitationState.WAITING]
    if waiting:
        _release(tx, ctx, person_id, waiting)
    return True


def put_off(tx: UnitOfWork, ctx: Context, person_id: str) -> None:
    """Try again later what failed for one person, so that it stands in nobody's way; end it when its time is over."""
    now = ctx.now()
    for invitation in _due(tx, ctx, person_id):
        if now < (invitation.closes_at or invitation.ask_by):
            tx.invitations.save(replace(invitation, due_at=now + AFTER_FAILURE))
        elif invitation.sent_at is None:
            verdict = Verdict(kind=VerdictKind.EXPIRED, rule="bug", at=now, values={})
            end(tx, ctx, invitation, verdict)
        else:
            closed = replace(invitation, state=InvitationState.CLOSED, due_at=None)
            tx.invitations.save(closed)


def _due(tx: UnitOfWork, ctx: Context, person_id: str) -> list[Invitation]:
    now = ctx.now()
    live = tx.invitations.live_of_person(person_id)
    return [i for i in live if i.due_at is not None and i.due_at <= now]


def _release(tx: UnitOfWork, ctx: Context, person_id: str, invitations: list[Invitation]) -> None:
    slots = tx.clocks.lock(person_id)
    clear = []
    for invitation in invitations:
        ruling = rule(gather(tx, ctx, invitation, slots))
        if ruling.kind is not RulingKind.CLEAR:
            hold_or_end(tx, ctx, invitation, ruling)
        elif not _kept_apart(tx, ctx, invitation, ruling):
            clear.append((invitation, ruling))
    if not clear:
        return
    now, several = ctx.now(), len(clear) > 1
    rivals = tuple(i.id for i, _ in clear) if several else ()
    ranks = (_rank(tx, ctx, i, now, competing=several) for i, _ in clear)
    order = ranked(tuple(replace(rank, rivals=rivals) for rank in ranks))
    by_id = {i.id: i for i, _ in clear}
    rulings = {i.id: ruling for i, ruling in clear}
    first = order[0].invitation_id
    _begin(tx, ctx, by_id[first], order[0], rulings[first])
    for rank in order[1:]:
        _outrank(tx, ctx, by_id[rank.invitation_id], rank)


def _outrank(tx: UnitOfWork, ctx: Context, invitation: Invitation, rank: Rank) -> None:
    """Let the next in rank begin too, if there is room after those before it."""
    ruling = rule(gather(tx, ctx, invitation, tx.clocks.lock(invitation.person_id)))
    if ruling.kind is RulingKind.CLEAR:
        if not _kept_apart(tx, ctx, invitation, ruling):
            _begin(tx, ctx, invitation, rank, ruling)
        return
    now = ctx.now()
    append(tx, invitation, _by_rank(VerdictKind.OUTRANKED, rank, ruling, now))
    if ruling.kind is RulingKind.SKIPPED:
        expired = replace(verdict_of(ruling, now), kind=VerdictKind.EXPIRED)
        end(tx, ctx, invitation, expired)
    else:
        hold_or_end(tx, ctx, invitation, ruling)


def _by_rank(kind: VerdictKind, rank: Rank, ruling: Ruling, now: datetime) -> Verdict:
    """Return the verdict on one of several that might begin, with what the rules saw and the rank was made of."""
    name = "clear" if kind is VerdictKind.RELEASED else "rank"
    kept = {**ruling.seen, **rank.seen()}
    return Verdict(kind=kind, rule=name, at=now, values=rank.values(), seen=kept)


def _kept_apart(tx: UnitOfWork, ctx: Context, invitation: Invitation, ruling: Ruling) -> bool:
    """Hold an ask back from another that she has before her unanswered, where no cap counts the two together.

    The question after a complaint is outside of the cap. What could not wait that long is asked all the same.
    """
    now = ctx.now()
    open_since = max((at for at in _open_beside(tx, ctx, invitation)), default=None)
    until = open_since + APART if open_since else now
    if until <= now or until >= invitation.ask_by:
        return False
    rank = _rank(tx, ctx, invitation, now, competing=False)
    outranked = _by_rank(VerdictKind.OUTRANKED, rank, ruling, now)
    beside = {**(outranked.seen or {}), APART_UNTIL: until.isoformat()}
    append(tx, invitation, replace(outranked, seen=beside))
    tx.invitations.save(replace(invitation, due_at=until, hold_rule=outranked.rule))
    return True


def _open_beside(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> Iterator[datetime]:
    """Yield since when each other question is open that is outside of the cap, or that this one is outside with."""
    for other in tx.invitations.live_of_person(invitation.person_id):
        outside = RESOLVED.id in (other.instrument, invitation.instrument)
        unanswered = Interview.from_json(other.interview).phase is Phase.ASKED
        open_now = other.state is InvitationState.OPEN and not other.is_trial
        if open_now and outside and unanswered:
            yield other.sent_at or ctx.now()


def _rank(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, now: datetime, *, competing: bool
) -> Rank:
    half_width, target = _precision(tx, ctx, invitation) if competing else (None, TARGET_HALF_WIDTH)
    span = (invitation.event_at, invitation.ask_by)
    return Rank.at(now, invitation.id, span, half_width, target)


def _precision(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> tuple[float | None, float]:
    """Return how wide the stage's interval is, and is to be: in its budget's month, else in the last months."""
    known = budgeting.precision_of(tx, ctx, invitation.stage, invitation.instrument)
    return known or (_half_width(tx, ctx, invitation), TARGET_HALF_WIDTH)


def _half_width(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> float | None:
    now = ctx.now()
    rows = tx.reports.scores(CountRule.NEWEST, ctx.day(now - _WINDOW), ctx.day(now))
    series = dimensions(invitation, ctx.survey_of(tx, invitation)).series
    counts = [0] * 11
    for row in rows:
        if (row.dimensions.stage, row.dimensions.series) == (invitation.stage, series):
            counts = [a + b for a, b in zip(counts, row.counts, strict=True)]
    scale = instrument(invitation.instrument)
    estimate = headline(scale, tuple(counts[score] for score in scale.scores))
    return estimate.half_width if estimate else None


def _begin(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, rank: Rank, ruling: Ruling
) -> None:
    now = ctx.now()
    choice = choose(tx, ctx, invitation)
    assert choice is not None  # noqa: S101 the rules found her reachable
    address = choice.address
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
    take_slot(tx, begun, now)
    released = _by_rank(VerdictKind.RELEASED, rank, ruling, now)
    append(tx, invitation, replace(released, values={**released.values, **choice.values()}))
    begun = reach(tx, ctx, begun, (FunnelStep.INVITED,))
    new = Interview.from_json(invitation.interview)
    interview, effects = step(new, Began(), ctx.script_of(tx, begun))
    begun = replace(begun, interview=interview.to_json())
    tx.invitations.save(begun)
    apply(tx, ctx, begun, effects, DeliveryClass.PROACTIVE)


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
        channel = invitation.channel.value if invitation.channel else ""
        values = {"channel": channel, "ask_by": invitation.ask_by.isoformat()}
        expired = Verdict(kind=VerdictKind.EXPIRED, rule="ask_by", at=now, values=values)
        end(tx, ctx, invitation, expired)


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
    ruling = recheck(facts, closes_at, counted=False)
    if ruling.kind is not RulingKind.CLEAR:
        tx.invitations.save(replace(invitation, due_at=ruling.until or closes_at))
        return
    interview = Interview.from_json(invitation.interview)
    interview, effects = step(interview, Reminded(), ctx.script_of(tx, invitation))
    reminded = replace(invitation, due_at=closes_at, interview=interview.to_json())
    tx.invitations.save(reminded)
    apply(tx, ctx, reminded, effects, DeliveryClass.PROACTIVE)
