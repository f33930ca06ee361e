"""The outbox's way out: what is due, and the claim that re-checks every rule and commits the intent.

``claim`` and ``outcomes.settle`` are two commits around exactly one request. A row whose worker vanished in between
becomes unknown, never pending (DESIGN.md section 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from surveys.decisions import STAFF_PAUSE, Ruling, RulingKind, recheck, verdict_of
from surveys.interview import Interview, Phase
from surveys.model import (
    Address,
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Invitation,
    InvitationState,
    Prompt,
    Verdict,
    VerdictKind,
)
from surveys.ports import UnitOfWork
from surveys.rendering import Page, render
from surveys.service.context import Context
from surveys.service.effects import page_of
from surveys.service.facts import gather
from surveys.service.holding import goes_out
from surveys.service.notices import prompt_of_notice
from surveys.service.outcomes import HOLD_RED, MOST_TRIES, drop
from surveys.service.reaching import fall_back
from surveys.service.retracting import did_not_go_out, wait_again
from surveys.service.verdicts import append, take_slot

AFTER_TARGET = timedelta(seconds=1)
_UNDER_WAY = (DeliveryState.PENDING, DeliveryState.SENDING)
_GONE = (DeliveryState.SUPPRESSED, "address_gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery whose intent is committed: make the one request, then settle with its fence.

    ``ref`` names the message to edit; None sends a new one.
    """

    delivery: Delivery
    address: Address
    prompt: Prompt
    ref: dict[str, object] | None


class NotClaimed(Enum):
    """Why there is nothing to send: the delivery was held or ended, or must wait and is as it was."""

    CHANGED = "changed"
    NOT_NOW = "not_now"


def candidates(
    tx: UnitOfWork, ctx: Context, channels: Sequence[Channel], limit: int
) -> tuple[str, ...]:
    """Return the due deliveries of the channels we push to that may go now: of each chat its first.

    No more of a channel than its bucket has room for, so that claims are not made in vain.
    """
    now, only = ctx.now(), goes_out(tx)
    found: dict[str, str] = {}
    for channel in channels:
        room = min(limit, tx.paces.room(ctx.pacing.account(channel), now))
        for delivery in tx.deliveries.claimable(now, (channel,), room, only=only) if room else ():
            found.setdefault(delivery.address_id, delivery.id)
    return tuple(found.values())


def claim(tx: UnitOfWork, ctx: Context, delivery_id: str) -> Claimed | NotClaimed:
    """Claim one candidate, unless somebody else did or is about to; one that may not go out is held or ended."""
    delivery = tx.deliveries.take(delivery_id)
    due = delivery is not None and delivery.due_at is not None and delivery.due_at <= ctx.now()
    if delivery is None or not due or delivery.state is not DeliveryState.PENDING:
        return NotClaimed.NOT_NOW
    proactive = delivery.delivery_class is DeliveryClass.PROACTIVE
    if proactive and not tx.clocks.take(delivery.person_id):
        # A rival weighs another ask of hers; waiting for it, we might block each other.
        return NotClaimed.NOT_NOW
    return try_claim(tx, ctx, delivery)


def stands(tx: UnitOfWork, claimed: Claimed) -> bool:
    """Say whether a claim is committed, and is this very one."""
    row, ours = tx.deliveries.look(claimed.delivery.id), claimed.delivery
    if row is None or row.state is not DeliveryState.SENDING:
        return False
    return (row.fence, row.started_at) == (ours.fence, ours.started_at)


def may_still_stand(tx: UnitOfWork, claimed: Claimed) -> bool:
    """Say whether nobody has claimed the delivery since before the claim: its commit may yet come."""
    row = tx.deliveries.look(claimed.delivery.id)
    return row is not None and row.fence < claimed.delivery.fence


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


def try_claim(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> Claimed | NotClaimed:
    """Set one delivery to ``sending`` if every rule of its class allows it now, and its buckets have room."""
    address = tx.addresses.look(delivery.address_id)
    over = _over(ctx, delivery, address)
    if address is None or over is not None:
        drop(tx, ctx, delivery, *(over or _GONE))
        return NotClaimed.CHANGED
    if goes_out(tx) not in (None, delivery.delivery_class):
        return NotClaimed.NOT_NOW
    target = tx.deliveries.look(delivery.target_id) if delivery.target_id else None
    if delivery.target_id is not None and not _can_be_edited(target):
        _wait_for_target(tx, ctx, delivery, target)
        return NotClaimed.CHANGED
    if not tx.paces.take(ctx.pacing.of(address, editing=target is not None), ctx.now()):
        return NotClaimed.NOT_NOW
    proactive = delivery.delivery_class is DeliveryClass.PROACTIVE
    # Only an ask changes its invitation. A reply locks none, lest it and the next tap wait for each other.
    read = tx.invitations.get if proactive else tx.invitations.look
    invitation = read(delivery.invitation_id) if delivery.invitation_id else None
    if proactive and invitation is not None and not _may_go_out(tx, ctx, delivery, invitation):
        return NotClaimed.CHANGED
    sending = _intend(tx, ctx, delivery)
    return Claimed(
        delivery=sending,
        address=address,
        prompt=prompt_of(tx, ctx, sending, invitation),
        ref=dict(target.ref or {}) if target is not None else None,
    )


def _over(
    ctx: Context, delivery: Delivery, address: Address | None
) -> tuple[DeliveryState, str] | None:
    """Return how a delivery ends that has nowhere to go or comes too late."""
    if address is None:
        return _GONE
    if delivery.expires_at is not None and ctx.now() >= delivery.expires_at:
        return DeliveryState.EXPIRED, "ask_by"
    return None


def _intend(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> Delivery:
    """Write down that a request is about to be made."""
    now = ctx.now()
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
    return sending


def prompt_of(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, invitation: Invitation | None
) -> Prompt:
    """Render a delivery from what it pins."""
    if invitation is None:
        return prompt_of_notice(tx, ctx, delivery)
    page: Page = page_of(tx, ctx, invitation, delivery.token)
    return render(page, delivery.kind, delivery.args)


def expire(tx: UnitOfWork, ctx: Context, limit: int) -> int:
    """End pending deliveries whose time is up; return how many."""
    overdue = tx.deliveries.expired(ctx.now(), limit)
    for delivery in overdue:
        drop(tx, ctx, delivery, DeliveryState.EXPIRED, "ask_by")
    return len(overdue)


# --- claiming -------------------------------------------------------------------------------------


def _can_be_edited(target: Delivery | None) -> bool:
    return target is not None and target.state is DeliveryState.SENT and bool(target.ref)


def _wait_for_target(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, target: Delivery | None
) -> None:
    """Let an edit wait for its message. One that may never have arrived has no name to edit it by."""
    unsettled = target is not None and target.state is DeliveryState.UNKNOWN and target.due_at
    if target is not None and (unsettled or target.state in _UNDER_WAY):
        later = max(ctx.now(), unsettled or ctx.now()) + AFTER_TARGET
        tx.deliveries.save(replace(delivery, due_at=later))
    else:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, "nothing_to_edit")


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
        _hold(tx, ctx, delivery, invitation, ruling)
        return False
    if ruling.rule == "unreachable" and fall_back(tx, ctx, invitation, delivery, ruling.rule):
        return False
    if ruling.kind is not RulingKind.CLEAR:
        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, ruling.rule, ruling)
        return False
    if not reminding:
        _asked(tx, ctx, invitation, ruling)
    return True


def _hold(
    tx: UnitOfWork, ctx: Context, delivery: Delivery, invitation: Invitation, ruling: Ruling
) -> None:
    """Put a message off. A question that staff have paused leaves the outbox, and gives its slot back."""
    tx.deliveries.save(replace(delivery, due_at=ruling.until))
    if delivery.step == "remind":
        return
    verdict = verdict_of(ruling, ctx.now())
    if ruling.rule == STAFF_PAUSE and did_not_go_out(tx, invitation):
        wait_again(tx, ctx, invitation, verdict)
        return
    decision = tx.decisions.get(invitation.decision_id)
    if decision is None or decision.verdicts[-1].rule != ruling.rule:
        append(tx, invitation, verdict)


def _asked(tx: UnitOfWork, ctx: Context, invitation: Invitation, ruling: Ruling) -> None:
    """The slot counts from ``sending`` on; the verdict stands once, however often it is tried."""
    now = ctx.now()
    take_slot(tx, invitation, now)
    decision = tx.decisions.get(invitation.decision_id)
    if decision is not None and decision.state is not VerdictKind.ASKED:
        values = {"channel": invitation.channel.value if invitation.channel else ""}
        asked = Verdict(
            kind=VerdictKind.ASKED, rule="clear", at=now, values=values, seen=ruling.seen
        )
        append(tx, invitation, asked)
