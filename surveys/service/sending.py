"""The outbox's life: claim (rules re-checked, intent committed), one request elsewhere, settle its outcome.

``claim`` and ``settle`` are two commits around exactly one request. A row whose worker vanished in between
becomes unknown, never pending (DESIGN.md section 5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from surveys.decisions import RulingKind, recheck
from surveys.interview import Interview, Phase, Withdrawn, step
from surveys.model import (
    Address,
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    FunnelStep,
    Invitation,
    InvitationState,
    Json,
    Outcome,
    OutcomeKind,
    Prompt,
    Verdict,
    VerdictKind,
)
from surveys.ports import SENDING_LEASE, UnitOfWork
from surveys.rendering import Page, notice, render
from surveys.service.context import Context
from surveys.service.effects import apply, page_of
from surveys.service.facts import gather
from surveys.service.recording import count_funnel
from surveys.service.turns import OPEN_FOR, OPEN_WITH_REMINDER, REMIND_AFTER
from surveys.service.verdicts import append, end, take_slot, verdict_of

DEADLINE = timedelta(seconds=10)
MOST_TRIES = 8
LONGEST_BACK_OFF = timedelta(minutes=15)
HOLD_RED = timedelta(minutes=1)
AFTER_TARGET = timedelta(seconds=1)
_UNDER_WAY = (DeliveryState.PENDING, DeliveryState.SENDING)
_UNPROVEN = (DeliveryState.UNKNOWN, DeliveryState.PARKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery whose intent is committed: make the one request, then settle with its fence.

    ``ref`` names the message to edit; None sends a new one.
    """

    delivery: Delivery
    address: Address
    prompt: Prompt
    ref: dict[str, object] | None


def candidates(
    tx: UnitOfWork, ctx: Context, channels: Sequence[Channel], limit: int
) -> tuple[str, ...]:
    """Return the due deliveries of the channels we push to, in the order in which they should go."""
    return tuple(d.id for d in tx.deliveries.claimable(ctx.now(), channels, limit))


def claim(tx: UnitOfWork, ctx: Context, delivery_id: str) -> Claimed | None:
    """Claim one candidate, unless somebody else did; one that may not go out is held or ended."""
    delivery = tx.deliveries.get(delivery_id)
    due = delivery is not None and delivery.due_at is not None and delivery.due_at <= ctx.now()
    if delivery is None or not due or delivery.state is not DeliveryState.PENDING:
        return None
    return try_claim(tx, ctx, delivery)


def put_off(tx: UnitOfWork, ctx: Context, delivery_id: str) -> None:
    """Try again later a delivery that could not even be claimed; after MOST_TRIES it has failed."""
    delivery = tx.deliveries.get(delivery_id)
    if delivery is None or delivery.state is not DeliveryState.PENDING:
        return
    attempts = delivery.attempts + 1
    if attempts >= MOST_TRIES:
        drop(tx, ctx, delivery, DeliveryState.FAILED, "bug")
    else:
        due_at = ctx.now() + HOLD_RED
        tx.deliveries.save(replace(delivery, attempts=attempts, due_at=due_at))


def try_claim(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> Claimed | None:
    """Set one delivery to ``sending`` if every rule of its class allows it now."""
    now = ctx.now()
    invitation = tx.invitations.get(delivery.invitation_id) if delivery.invitation_id else None
    address = tx.addresses.get(delivery.address_id)
    if address is None:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, "address_gone")
        return None
    if delivery.expires_at is not None and now >= delivery.expires_at:
        drop(tx, ctx, delivery, DeliveryState.EXPIRED, "ask_by")
        return None
    ref = None
    if delivery.target_id is not None:
        target = tx.deliveries.get(delivery.target_id)
        if target is None or target.state is not DeliveryState.SENT:
            _wait_for_target(tx, ctx, delivery, target)
            return None
        ref = dict(target.ref or {})
    proactive = delivery.delivery_class is DeliveryClass.PROACTIVE
    if proactive and invitation is not None and not _may_go_out(tx, ctx, delivery, invitation):
        return None
    sending = replace(
        delivery,
        state=DeliveryState.SENDING,
        fence=delivery.fence + 1,
        attempts=delivery.attempts + 1,
        started_at=now,
        due_at=None,
    )
    tx.deliveries.save(sending)
    tx.deliveries.attempt(sending.id, sending.fence, now)
    return Claimed(
        delivery=sending, address=address, prompt=prompt_of(tx, ctx, sending, invitation), ref=ref
    )


def prompt_of(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, invitation: Invitation | None
) -> Prompt:
    """Render a delivery from what it pins."""
    if invitation is None:
        args = {name: str(value) for name, value in delivery.args.items()}
        return notice(ctx.program, args.pop("language"), delivery.kind, **args)
    page: Page = page_of(tx, ctx, invitation, delivery.token)
    return render(page, delivery.kind, delivery.args)


def settle(
    tx: UnitOfWork, ctx: Context, delivery_id: str, fence: int, outcome: Outcome
) -> Delivery | None:
    """Write the outcome of one request; None when the claim was lost meanwhile."""
    now = ctx.now()
    tx.deliveries.finish_attempt(delivery_id, fence, now, outcome)
    delivery = tx.deliveries.get(delivery_id)
    late = delivery is None or delivery.fence != fence
    if late or delivery is None or delivery.state is not DeliveryState.SENDING:
        return None
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return sent(tx, ctx, delivery, outcome.ref)
        case OutcomeKind.UNKNOWN:
            return _unknown(tx, ctx, delivery, outcome)
        case OutcomeKind.REJECTED:
            return _rejected(tx, ctx, delivery, outcome)
        case OutcomeKind.PAUSED | OutcomeKind.NOT_SENT:  # pragma: no branch the last kinds
            return _again(tx, ctx, delivery, outcome)


def recover(tx: UnitOfWork, ctx: Context, limit: int) -> int:
    """Turn claims whose worker never came back into unknown; return how many."""
    lost = tx.deliveries.overdue_sending(ctx.now() - SENDING_LEASE, limit)
    for delivery in lost:
        outcome = Outcome(kind=OutcomeKind.UNKNOWN, reason="worker_lost")
        settle(tx, ctx, delivery.id, delivery.fence, outcome)
    return len(lost)


def expire(tx: UnitOfWork, ctx: Context, limit: int) -> int:
    """End pending deliveries whose time is up; return how many."""
    overdue = tx.deliveries.expired(ctx.now(), limit)
    for delivery in overdue:
        drop(tx, ctx, delivery, DeliveryState.EXPIRED, "ask_by")
    return len(overdue)


def prove(
    tx: UnitOfWork,
    ctx: Context,
    invitation: Invitation,
    at: str,
    message: Mapping[str, Json] | None,
) -> None:
    """An answer to a step proves that its message arrived: unknown becomes sent, and is not sent again.

    ``message`` is the platform's name of the message it was on, so that it can be edited from now on.
    """
    for delivery in tx.deliveries.of_invitation(invitation.id):
        resent = delivery.state is DeliveryState.PENDING and delivery.attempts > 0
        unproven = delivery.state in _UNPROVEN or resent
        if delivery.step == at and delivery.target_id is None and unproven:
            sent(tx, ctx, delivery, message or delivery.ref)


def sent(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, ref: Mapping[str, Json] | None
) -> Delivery:
    """Mark a delivery sent, and open its invitation if it carried the question."""
    now = ctx.now()
    done = replace(
        delivery, state=DeliveryState.SENT, sent_at=now, ref=ref or delivery.ref, due_at=None
    )
    tx.deliveries.save(done)
    invitation = _question_of(tx, delivery)
    if invitation is not None:
        _opened(tx, ctx, invitation, delivery, proven=True)
    return done


def drop(
    tx: UnitOfWork,
    ctx: Context,
    delivery: Delivery,
    state: DeliveryState,
    reason: str,
    values: Mapping[str, Json] | None = None,
) -> None:
    """End a delivery that did not go out; its invitation ends with it if this was the question.

    ``values`` explain the reason; by default how often which channel was tried.
    """
    tx.deliveries.save(replace(delivery, state=state, due_at=None, reason=reason))
    invitation = _question_of(tx, delivery)
    if invitation is None:
        return
    if invitation.state is not InvitationState.OPEN:
        tx.clocks.give_back(invitation.id)
    else:
        kind = VerdictKind.EXPIRED if state is DeliveryState.EXPIRED else VerdictKind.SKIPPED
        values = values or {"channel": delivery.channel.value, "tries": delivery.attempts}
        end(tx, ctx, invitation, Verdict(kind=kind, rule=reason, at=ctx.now(), values=values))


def _question_of(tx: UnitOfWork, delivery: Delivery) -> Invitation | None:
    """Return the invitation whose question the delivery carries; None for any other message."""
    if delivery.delivery_class is not DeliveryClass.PROACTIVE or delivery.step != "ask":
        return None
    return tx.invitations.get(delivery.invitation_id or "")


# --- claiming -------------------------------------------------------------------------------------


def _wait_for_target(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, target: Delivery | None
) -> None:
    """Let an edit wait for its message. One that may never have arrived has no name to edit it by."""
    if target is None or target.state not in _UNDER_WAY:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, "nothing_to_edit")
    else:
        tx.deliveries.save(replace(delivery, due_at=ctx.now() + AFTER_TARGET))


def _may_go_out(tx: UnitOfWork, ctx: Context, delivery: Delivery, invitation: Invitation) -> bool:
    """Re-check the contact rules in the transaction that sets ``sending``; hold or end otherwise."""
    if invitation.state is not InvitationState.OPEN:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, invitation.state.value)
        return False
    reminding = delivery.step == "remind"
    phase = Interview.from_json(invitation.interview).phase
    if reminding and phase is not Phase.ASKED:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, phase.value)
        return False
    slots = tx.clocks.lock(invitation.person_id)
    deadline = delivery.expires_at or invitation.ask_by
    ruling = recheck(gather(tx, ctx, invitation, slots), deadline, counted=not reminding)
    if ruling.kind is RulingKind.HELD and ruling.until is not None:
        tx.deliveries.save(replace(delivery, due_at=ruling.until))
        if not reminding:
            append(tx, invitation, verdict_of(ruling, ctx.now()))
        return False
    if ruling.kind is not RulingKind.CLEAR:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, ruling.rule, ruling.values)
        return False
    if not reminding:
        _asked(tx, ctx, invitation)
    return True


def _asked(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> None:
    """The slot counts from ``sending`` on; the verdict stands once, however often it is tried."""
    now = ctx.now()
    take_slot(tx, invitation, now)
    decision = tx.decisions.get(invitation.decision_id)
    if decision is not None and decision.state is not VerdictKind.ASKED:
        values = {"channel": invitation.channel.value if invitation.channel else ""}
        append(tx, invitation, Verdict(kind=VerdictKind.ASKED, rule="clear", at=now, values=values))


# --- settling -------------------------------------------------------------------------------------


def _opened(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, delivery: Delivery, *, proven: bool
) -> None:
    """Start the invitation's own times; a proven send is counted once, on its day."""
    if invitation.sent_at is None:
        invitation = _started(tx, ctx, invitation, delivery.started_at or ctx.now())
    if proven and invitation.fell_due_on is not None:
        count_funnel(tx, ctx, invitation, FunnelStep.DELIVERED, invitation.fell_due_on)
    if invitation.state is InvitationState.WITHDRAWN:
        interview = Interview.from_json(invitation.interview)
        interview, effects = step(interview, Withdrawn(), ctx.script_of(tx, invitation))
        invitation = replace(invitation, interview=interview.to_json())
        tx.invitations.save(invitation)
        apply(tx, ctx, invitation, effects, DeliveryClass.REPLY)


def _started(tx: UnitOfWork, ctx: Context, invitation: Invitation, at: datetime) -> Invitation:
    program = ctx.program_of(tx, invitation.program_version)
    reminding = program.trigger(invitation.trigger).reminder
    closes_at = at + (OPEN_WITH_REMINDER if reminding else OPEN_FOR)
    ended = invitation.state is not InvitationState.OPEN
    due_at = at + REMIND_AFTER if reminding else closes_at
    day = ctx.day(at)
    if invitation.fell_due_on is not None and invitation.fell_due_on != day:
        answered = Interview.from_json(invitation.interview).score is not None
        for counted in (FunnelStep.INVITED, *([FunnelStep.ANSWERED] if answered else [])):
            count_funnel(tx, ctx, invitation, counted, invitation.fell_due_on, -1)
            count_funnel(tx, ctx, invitation, counted, day)
    opened = replace(
        invitation,
        sent_at=at,
        closes_at=closes_at,
        due_at=None if ended else due_at,
        fell_due_on=day,
    )
    tx.invitations.save(opened)
    return opened


def _unknown(tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome) -> Delivery:
    """Unknown stays visible; the next message of a live dialogue is resent once, an edit always."""
    resend = {DeliveryClass.REPLY: 1, DeliveryClass.EDIT: MOST_TRIES}
    if delivery.attempts <= resend.get(delivery.delivery_class, 0):
        return _retry(tx, ctx, delivery, outcome, ctx.now() + SENDING_LEASE)
    unknown = replace(delivery, state=DeliveryState.UNKNOWN, reason=outcome.reason, due_at=None)
    tx.deliveries.save(unknown)
    invitation = _question_of(tx, delivery)
    if invitation is not None:
        _opened(tx, ctx, invitation, delivery, proven=False)
    return unknown


def _rejected(tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome) -> Delivery:
    reason = outcome.reason or "rejected"
    if outcome.unreachable:
        _correct(tx, delivery, reachable=False)
    drop(tx, ctx, delivery, DeliveryState.FAILED, reason)
    return replace(delivery, state=DeliveryState.FAILED, reason=reason, due_at=None)


def _correct(tx: UnitOfWork, delivery: Delivery, **known_better: Any) -> None:
    """Write down what the platform said about the delivery's address."""
    address = tx.addresses.get(delivery.address_id)
    assert address is not None  # noqa: S101 a foreign key says so
    tx.addresses.save(replace(address, **known_better))


def _again(tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome) -> Delivery:
    """Proven not sent: try later, unless the ask has ended since. What is not the message's fault costs no attempt."""
    now = ctx.now()
    asked = _question_of(tx, delivery)
    if asked is not None and asked.state is not InvitationState.OPEN:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, asked.state.value)
        return replace(delivery, state=DeliveryState.SUPPRESSED, due_at=None)
    if outcome.kind is OutcomeKind.PAUSED or outcome.account_down:
        wait = timedelta(seconds=outcome.retry_after) if outcome.retry_after else HOLD_RED
        whole = outcome.account_down or outcome.scope == "account"
        scope = delivery.channel.value if whole else f"address:{delivery.address_id}"
        tx.deliveries.pause(scope, now + wait)
        free = replace(delivery, attempts=delivery.attempts - 1)
        return _retry(tx, ctx, free, outcome, now + wait)
    if delivery.attempts >= MOST_TRIES:
        return _rejected(tx, ctx, delivery, outcome)
    if outcome.moved_to is not None:
        _correct(tx, delivery, chat=outcome.moved_to)
        return _retry(tx, ctx, delivery, outcome, now)
    longest = min(LONGEST_BACK_OFF, timedelta(seconds=2**delivery.attempts))
    return _retry(tx, ctx, delivery, outcome, now + longest * ctx.rng.random())


def _retry(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome, at: datetime
) -> Delivery:
    again = replace(
        delivery, state=DeliveryState.PENDING, due_at=at, reason=outcome.reason, started_at=None
    )
    tx.deliveries.save(again)
    return again
