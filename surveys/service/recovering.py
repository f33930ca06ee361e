"""The question after a complaint was seen to: "is it sorted now?", tied to the answer that complained.

An event ``case.resolved`` starts it: ``data.invitation_id`` says whose answer the case was about, else it is the
newest answer about the event's occasion. It is no new contact (docs/decisions/0028): it waits for no cap and takes no
place under it, but for everything else that protects the customer, and each answer leads to one such question at
most. The customer's word for it is ``recovered``.
"""

from collections.abc import Sequence

from surveys.instruments import RESOLVED
from surveys.model import Event, Invitation, Person
from surveys.ports import UnitOfWork
from surveys.program import CASE_RESOLVED

_NAMED = "invitation_id"


def named(tx: UnitOfWork, event: Event) -> Invitation | None:
    """Return the invitation that a resolved case says it was about."""
    name = event.data.get(_NAMED) if event.type == CASE_RESOLVED else None
    return tx.invitations.look(name) if isinstance(name, str) else None


def complaint(tx: UnitOfWork, event: Event, person: Person) -> Invitation | None:
    """Return the person's answered invitation that a resolved case was about; None where there is none."""
    if event.type != CASE_RESOLVED:
        return None
    tx.clocks.lock(person.id)  # before her invitations are, as everywhere
    if _NAMED in event.data:
        found = named(tx, event)
        return found if found is not None and found.person_id == person.id else None
    return newest_about(tx, (event.subject, *event.refs), person.id)


def newest_about(
    tx: UnitOfWork, occasions: Sequence[str], person_id: str | None = None
) -> Invitation | None:
    """Return the invitation, of one person or of anybody, whose answer about these occasions is the newest."""
    asked = (
        invitation
        for about in tx.events.of_occasions(occasions)
        for invitation in tx.invitations.of_event(about.id)
        if person_id in (None, invitation.person_id) and invitation.instrument != RESOLVED.id
    )
    answered = [invitation for invitation in asked if tx.answers.get(invitation.id, "score")]
    return max(answered, key=lambda i: i.sent_at or i.created_at, default=None)


def recovered(tx: UnitOfWork, invitation_id: str) -> str | None:
    """Return what the customer says became of her complaint: ``yes``, ``partly`` or ``no``; None without an answer."""
    for invitation in tx.invitations.of_origin(invitation_id):
        answer = tx.answers.get(invitation.id, "score")
        if invitation.instrument == RESOLVED.id and answer is not None and answer.score is not None:
            return RESOLVED.word(answer.score)
    return None
