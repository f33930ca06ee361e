"""What a request led to: the outcome becomes a fact about the delivery, its address and its invitation.

An outcome that nobody knows is a fact too: the delivery rests as unknown (``surveys.service.lookups``).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from surveys.decisions import Ruling
from surveys.interview import Interview, Withdrawn, step
from surveys.model import (
    Delivery,
    DeliveryClass,
    DeliveryState,
    FunnelStep,
    Invitation,
    InvitationState,
    Json,
    Outcome,
    OutcomeKind,
    Verdict,
    VerdictKind,
)
from surveys.ports import SENDING_LEASE, UnitOfWork
from surveys.service.cohorts import move, reach
from surveys.service.context import Context
from surveys.service.effects import apply
from surveys.service.reaching import fall_back
from surveys.service.turns import OPEN_FOR, OPEN_WITH_REMINDER, REMIND_AFTER
from surveys.service.verdicts import end, has_arrived

DEADLINE = timedelta(seconds=10)
"""Of one whole request: connecting, sending, reading."""

QUARANTINE = SENDING_LEASE
"""From the start of a request: no request begins in the last DEADLINE of its lease, so then it is over. And as long
less DEADLINE from when it was given up: a clock set forward makes a request look old that has just begun."""

MOST_TRIES = 8
LONGEST_BACK_OFF = timedelta(minutes=15)
HOLD_RED = timedelta(minutes=1)


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
    _rest_the_chat(tx, ctx, delivery)
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


def _rest_the_chat(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> None:
    """Count the chat's pause from the end of the request, since it may have taken its time to arrive."""
    address = tx.addresses.look(delivery.address_id)
    if address is not None and delivery.target_id is None:
        chat = ctx.pacing.chat(address)
        tx.paces.rest(chat, ctx.now() + chat.every)


def _unknown(tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome) -> Delivery:
    """Unknown stays visible until it is settled; an edit changes nothing by being made twice."""
    if delivery.delivery_class is DeliveryClass.EDIT:
        return _again(tx, ctx, delivery, outcome)
    now = ctx.now()
    over_at = max(now - DEADLINE, delivery.started_at or now) + QUARANTINE
    unknown = replace(delivery, state=DeliveryState.UNKNOWN, reason=outcome.reason, due_at=over_at)
    tx.deliveries.save(unknown)
    invitation = _question_of(tx, delivery)
    if invitation is not None:
        _opened(tx, ctx, invitation, delivery, proven=False)
    return unknown


def _rejected(tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome) -> Delivery:
    reason = outcome.reason or "rejected"
    if outcome.unreachable:
        _correct(tx, delivery, reachable=False)
    failed = replace(delivery, state=DeliveryState.FAILED, reason=reason, due_at=None)
    tx.deliveries.save(failed)
    asked = _question_of(tx, delivery)
    if asked is None or not fall_back(tx, ctx, asked, failed, reason):
        drop(tx, ctx, delivery, DeliveryState.FAILED, reason)
    return failed


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
    moved_again = outcome.moved_to is not None and delivery.reason == outcome.reason
    if delivery.attempts >= MOST_TRIES or moved_again:
        return _rejected(tx, ctx, delivery, outcome)
    if outcome.moved_to is not None:
        _correct(tx, delivery, chat=outcome.moved_to)
        return _retry(tx, ctx, delivery, outcome, now)
    return _retry(tx, ctx, delivery, outcome, now + _back_off(ctx, delivery))


def _back_off(ctx: Context, delivery: Delivery) -> timedelta:
    """Return how long to wait before the next try: full jitter, so that workers don't meet again."""
    return min(LONGEST_BACK_OFF, timedelta(seconds=2**delivery.attempts)) * ctx.rng.random()


def _retry(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, outcome: Outcome, at: datetime
) -> Delivery:
    """Try again at the time given, unless a newer edit of the same message has been written meanwhile."""
    if delivery.target_id is not None and _is_overtaken(tx, delivery):
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, "overtaken")
        return replace(delivery, state=DeliveryState.SUPPRESSED, due_at=None, reason="overtaken")
    return put_back(tx, delivery, outcome.reason, at)


def _is_overtaken(tx: UnitOfWork, edit: Delivery) -> bool:
    told = tx.deliveries.of_invitation(edit.invitation_id or "")
    return any(d.target_id == edit.target_id and d.seq > edit.seq for d in told)


# --- facts ----------------------------------------------------------------------------------------


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
        if delivery.step != at or delivery.target_id is not None:
            continue
        if _is_proven(delivery, message):
            sent(tx, ctx, delivery, message or delivery.ref)
        elif delivery.state is DeliveryState.SENT and message and not delivery.ref:
            tx.deliveries.save(replace(delivery, ref=message))


def _is_proven(delivery: Delivery, message: Mapping[str, Json] | None) -> bool:
    """Say whether an answer tells more than is known: not where the outcome of the first request is to come.

    A request under way whose message is named needs no outcome any more.
    """
    match delivery.state:
        case DeliveryState.UNKNOWN | DeliveryState.PARKED:
            return True
        case DeliveryState.PENDING:
            return delivery.attempts > 0
        case DeliveryState.SENDING:
            return message is not None
        case _:
            return False


def sent(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, ref: Mapping[str, Json] | None
) -> Delivery:
    """Mark a delivery sent, and open its invitation if it carried the question."""
    now = ctx.now()
    done = replace(
        delivery, state=DeliveryState.SENT, sent_at=now, ref=ref or delivery.ref, due_at=None
    )
    asks = delivery.step in ("ask", "remind") and delivery.target_id is None
    first = asks and not has_arrived(tx, delivery.invitation_id or "")
    tx.deliveries.save(done)
    invitation = _question_of(tx, delivery)
    if invitation is not None:
        _opened(tx, ctx, invitation, delivery, proven=first)
    elif first and (asked := tx.invitations.get(delivery.invitation_id or "")):
        tx.invitations.save(reach(tx, ctx, asked, (FunnelStep.DELIVERED,)))
    return done


def drop(
    tx: UnitOfWork,
    ctx: Context,
    delivery: Delivery,
    state: DeliveryState,
    reason: str,
    ruling: Ruling | None = None,
) -> None:
    """End a delivery that did not go out; its invitation ends with it if this was the question.

    Where no ``ruling`` explains it, how often which channel was tried does.
    """
    tx.deliveries.save(replace(delivery, state=state, due_at=None, reason=reason))
    invitation = _question_of(tx, delivery)
    if invitation is None:
        return
    if invitation.state is not InvitationState.OPEN:
        tx.clocks.give_back(invitation.id)
    else:
        kind = VerdictKind.EXPIRED if state is DeliveryState.EXPIRED else VerdictKind.SKIPPED
        tried = {"channel": delivery.channel.value, "tries": delivery.attempts}
        values, seen = (ruling.values or tried, ruling.seen) if ruling else (tried, None)
        verdict = Verdict(kind=kind, rule=reason, at=ctx.now(), values=values, seen=seen)
        end(tx, ctx, invitation, verdict)


def _question_of(tx: UnitOfWork, delivery: Delivery) -> Invitation | None:
    """Return the invitation whose question the delivery carries; None for any other message."""
    if delivery.delivery_class is not DeliveryClass.PROACTIVE or delivery.step != "ask":
        return None
    return tx.invitations.get(delivery.invitation_id or "")


def _opened(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, delivery: Delivery, *, proven: bool
) -> None:
    """Start the invitation's own times; a proven send is counted once, on its day."""
    opened = invitation
    if opened.sent_at is None:
        opened = _started(tx, ctx, opened, delivery.started_at or ctx.now())
    if proven:
        opened = reach(tx, ctx, opened, (FunnelStep.DELIVERED,))
    if opened != invitation:
        tx.invitations.save(opened)
    invitation = opened
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
    opened = replace(
        invitation,
        sent_at=at,
        closes_at=closes_at,
        due_at=None if ended else due_at,
        fell_due_on=day,
    )
    if invitation.fell_due_on != day:
        move(tx, ctx, invitation, opened)
    return opened


def put_back(tx: UnitOfWork, delivery: Delivery, reason: str | None, at: datetime) -> Delivery:
    """Let a delivery be sent, at the time given or after it."""
    again = replace(
        delivery, state=DeliveryState.PENDING, due_at=at, reason=reason, started_at=None
    )
    tx.deliveries.save(again)
    return again
