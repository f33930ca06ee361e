"""How an ask's fate is written down: held, ended, and every verdict kept."""

from dataclasses import replace
from datetime import datetime

from surveys.decisions import Ruling, RulingKind, last_verdict, verdict_of
from surveys.instruments import RESOLVED
from surveys.model import (
    DeliveryState,
    Invitation,
    InvitationState,
    Slot,
    Verdict,
    VerdictKind,
)
from surveys.ports import UnitOfWork
from surveys.service import announcing
from surveys.service.context import Context

_ENDS = {
    VerdictKind.EXPIRED: InvitationState.EXPIRED,
    VerdictKind.WITHDRAWN: InvitationState.WITHDRAWN,
    VerdictKind.SKIPPED: InvitationState.SUPPRESSED,
}


def hold_or_end(tx: UnitOfWork, ctx: Context, invitation: Invitation, ruling: Ruling) -> None:
    """Hold a waiting ask until the ruling's instant, or end it; a new rule is a new verdict."""
    now = ctx.now()
    if ruling.kind is RulingKind.SKIPPED:
        end(tx, ctx, invitation, last_verdict(invitation.hold_rule, invitation.ask_by, ruling, now))
        return
    if ruling.rule != invitation.hold_rule:
        append(tx, invitation, verdict_of(ruling, now))
    tx.invitations.save(replace(invitation, due_at=ruling.until or now, hold_rule=ruling.rule))


def in_flight(tx: UnitOfWork, invitation: Invitation) -> bool:
    """Say whether the request that carries the question is being made right now."""
    told = tx.deliveries.of_invitation(invitation.id)
    return any(d.step == "ask" and d.state is DeliveryState.SENDING for d in told)


def has_arrived(tx: UnitOfWork, invitation_id: str) -> bool:
    """Say whether the question is known to have reached the customer, at first or as a reminder."""
    told = tx.deliveries.of_invitation(invitation_id)
    asked = (d for d in told if d.step in ("ask", "remind") and d.target_id is None)
    return any(d.state is DeliveryState.SENT for d in asked)


def take_slot(tx: UnitOfWork, invitation: Invitation, at: datetime) -> None:
    """Let the ask hold its place in the person's contact clock, counted from ``at``; ``end`` gives it back.

    The question after a complaint takes none: it belongs to the contact that the complaint answered.
    """
    if invitation.instrument == RESOLVED.id:
        return
    tx.clocks.reserve(
        Slot(
            invitation_id=invitation.id,
            person_id=invitation.person_id,
            instrument=invitation.instrument,
            stage=invitation.stage,
            at=at,
        )
    )


def append(tx: UnitOfWork, invitation: Invitation, verdict: Verdict) -> None:
    """Add a verdict to the invitation's decision."""
    decision = tx.decisions.get(invitation.decision_id)
    assert decision is not None  # noqa: S101 a foreign key says so
    tx.decisions.save(decision.then(verdict))


def end(tx: UnitOfWork, ctx: Context, invitation: Invitation, verdict: Verdict) -> None:
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
    if expired:
        announcing.expired(tx, ctx, invitation, verdict)
