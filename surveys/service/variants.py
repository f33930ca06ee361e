"""In which of its wordings a survey is put to somebody."""

from surveys.decisions import wording_drawn
from surveys.interview import Interview
from surveys.model import Person
from surveys.ports import UnitOfWork
from surveys.program import Survey
from surveys.service.context import Context


def wording_for(tx: UnitOfWork, ctx: Context, survey: Survey, person: Person) -> str:
    """Return the wording: of several the one she answered before, whatever the shares are now, else hers by lot."""
    offered = {variant.wording for variant in survey.variants}
    earlier = tx.invitations.of_survey(person.id, survey.id) if offered else ()
    for invitation in earlier:
        answered = Interview.from_json(invitation.interview).score is not None
        if answered and invitation.wording in offered:
            return invitation.wording
    return wording_drawn(survey, ctx.salt, person.id)
