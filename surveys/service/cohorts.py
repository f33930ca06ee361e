"""Counts invitations in the cohort of the day on which they were sent, step by step."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from surveys.instruments import instrument as instrument_of
from surveys.interview import Interview
from surveys.model import Dimensions, FunnelStep, Invitation
from surveys.ports import UnitOfWork
from surveys.program import Survey
from surveys.reports import StepChange
from surveys.service.context import Context


def dimensions(invitation: Invitation, survey: Survey) -> Dimensions:
    """Return the tags of everything counted for an invitation."""
    return tags(
        survey,
        trigger=invitation.trigger,
        touchpoint=invitation.touchpoint,
        stage=invitation.stage,
        instrument=invitation.instrument,
        channel=invitation.channel.value if invitation.channel else "",
        language=invitation.language or "",
    )


def tags(survey: Survey, *, instrument: str, **pinned: str) -> Dimensions:
    """Return the tags of what was asked with this survey, as it was worded; ``pinned`` are those of the invitation."""
    scale = instrument_of(instrument)
    return Dimensions(
        survey=survey.id,
        instrument=instrument,
        scale=scale.scale,
        polarity=scale.polarity,
        wording=survey.wording,
        **pinned,
    )


def reach(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, steps: Iterable[FunnelStep]
) -> Invitation:
    """Count the invitation at the steps at which it is not counted yet; return it, to be saved. A trial never counts."""
    new = frozenset(steps) - invitation.reached
    if invitation.fell_due_on is None or invitation.is_trial or not new:
        return invitation
    tx.counts.add_steps(list(_changes(tx, ctx, invitation, new, invitation.fell_due_on, +1)))
    return replace(invitation, reached=invitation.reached | new)


def move(tx: UnitOfWork, ctx: Context, before: Invitation, after: Invitation) -> None:
    """Count an invitation as it is after a change of its day or its tags: in no cohort where it has no day."""
    changes: list[StepChange] = []
    for each, by in ((before, -1), (after, +1)):
        if each.fell_due_on is not None:
            changes += _changes(tx, ctx, each, each.reached, each.fell_due_on, by)
    tx.counts.add_steps(changes)


def said(interview: Interview) -> Iterator[FunnelStep]:
    """Yield how far the customer has come in the dialogue."""
    if interview.score is not None or interview.early is not None:
        yield FunnelStep.STARTED
    if interview.score is not None:
        yield FunnelStep.ANSWERED
        if interview.thanked:
            yield FunnelStep.COMPLETED


def _changes(
    tx: UnitOfWork,
    ctx: Context,
    invitation: Invitation,
    steps: Iterable[FunnelStep],
    day: date,
    by: int,
) -> Iterator[StepChange]:
    tagged = dimensions(invitation, ctx.survey_of(tx, invitation))
    for step in steps:
        yield StepChange(step=step, day=day, dimensions=tagged, by=by, sides=invitation.sides)
