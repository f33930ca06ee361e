"""What an invitation is about, as other systems know it."""

from surveys.model import Invitation
from surveys.ports import UnitOfWork


def subject_of(tx: UnitOfWork, invitation: Invitation) -> str:
    """Return the invitation's occasion; of a case's later resolution (surveys.service.resolutions) the case."""
    stored = tx.events.get(invitation.event_id)
    if stored is not None and invitation.occasion.startswith(f"{stored.event.subject}#"):
        return stored.event.subject
    return invitation.occasion
