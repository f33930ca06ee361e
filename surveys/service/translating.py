"""An open question follows its customer into another language."""

from dataclasses import replace

from surveys.interview import Interview, Phase, Pressed, step
from surveys.model import DeliveryClass, DeliveryState, Invitation, InvitationState
from surveys.ports import UnitOfWork
from surveys.service.cohorts import move
from surveys.service.context import Context
from surveys.service.effects import apply


def translate(tx: UnitOfWork, ctx: Context, invitation: Invitation, language: str) -> None:
    """Ask an unanswered question in this language from now on, and show it so where it stands.

    Its cohort counts move along, so that all steps of an ask stay in one row.
    """
    interview = Interview.from_json(invitation.interview)
    unanswered = invitation.state is InvitationState.OPEN and interview.phase is Phase.ASKED
    if not unanswered or invitation.language == language:
        return
    told = tx.deliveries.of_invitation(invitation.id)
    asked = [d for d in told if d.target_id is None and d.step == interview.live]
    shown = any(d.state is not DeliveryState.PENDING for d in asked)
    translated = replace(invitation, language=language)
    move(tx, ctx, invitation, translated)
    again, effects = step(interview, Pressed(interview.live, "back"), ctx.script_of(tx, invitation))
    tx.invitations.save(replace(translated, interview=again.to_json()))
    apply(tx, ctx, translated, effects if shown else (), DeliveryClass.EDIT)
