"""An ask whose question provably did not go out waits again: for its turn, or for another chat."""

from dataclasses import replace

from surveys.interview import Interview
from surveys.model import (
    Delivery,
    DeliveryState,
    Invitation,
    InvitationState,
    OutcomeKind,
    Verdict,
)
from surveys.ports import UnitOfWork
from surveys.service.cohorts import move
from surveys.service.context import Context
from surveys.service.verdicts import append

_NOT_OUT = frozenset(
    {
        DeliveryState.PENDING,
        DeliveryState.FAILED,
        DeliveryState.EXPIRED,
        DeliveryState.SUPPRESSED,
    }
)
_PROVEN = frozenset({OutcomeKind.NOT_SENT, OutcomeKind.REJECTED, OutcomeKind.PAUSED})


def did_not_go_out(tx: UnitOfWork, invitation: Invitation) -> bool:
    """Say whether it has begun and every request for its question is proven not to have arrived.

    One that was ever unknown is not proven, whatever was found of it later.
    """
    if invitation.state is not InvitationState.OPEN or invitation.sent_at is not None:
        return False
    told = tx.deliveries.of_invitation(invitation.id)
    return all(_is_not_out(tx, delivery) for delivery in told)


def _is_not_out(tx: UnitOfWork, delivery: Delivery) -> bool:
    if delivery.state not in _NOT_OUT or delivery.resends:
        return False
    return all(attempt.kind in _PROVEN for attempt in tx.deliveries.attempts(delivery.id))


def wait_again(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, verdict: Verdict
) -> Invitation:
    """Take the question out of the outbox, give the slot back, and make the ask due now.

    Its messages are numbered on from there, and it is counted where it is asked in the end.
    """
    for delivery in tx.deliveries.of_invitation(invitation.id):
        if delivery.state is DeliveryState.PENDING:
            dropped = replace(
                delivery, state=DeliveryState.SUPPRESSED, due_at=None, reason=verdict.rule
            )
            tx.deliveries.save(dropped)
    tx.clocks.give_back(invitation.id)
    append(tx, invitation, verdict)
    said = Interview.from_json(invitation.interview).seq
    waiting = replace(
        invitation,
        state=InvitationState.WAITING,
        address_id=None,
        channel=None,
        language=None,
        fell_due_on=None,
        reached=frozenset(),
        due_at=ctx.now(),
        hold_rule=verdict.rule,
        interview=Interview(seq=said).to_json(),
    )
    move(tx, ctx, invitation, waiting)
    tx.invitations.save(waiting)
    return waiting
