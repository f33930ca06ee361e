"""What staff say about a complaint themselves, where no other system tells it."""

from surveys.errors import NotFound
from surveys.model import Deed, Event
from surveys.ports import UnitOfWork
from surveys.program import CASE_RESOLVED
from surveys.service.asking import accept
from surveys.service.chains import SOURCE
from surveys.service.context import Context
from surveys.service.occasions import subject_of
from surveys.service.recovering import newest_about


def resolve_case(tx: UnitOfWork, ctx: Context, about: str, by: str) -> None:
    """Say that a complaint was seen to: of an invitation, or of the newest answer about an order or ticket.

    Raises NotFound where nobody has answered about it.
    """
    answered = tx.invitations.look(about) or newest_about(tx, (about,))
    if answered is None or tx.answers.get(answered.id, "score") is None:
        raise NotFound("answer about", about)
    now = ctx.now()
    event = Event(
        source=SOURCE,
        id=f"resolved.{ctx.new_id()}",
        type=CASE_RESOLVED,
        subject=subject_of(tx, answered),
        time=now,
        data={"invitation_id": answered.id},
    )
    accept(tx, ctx, event)
    tx.audit.add(Deed(at=now, by=by, act="resolved", subject=answered.id))
