"""A question that a member of staff sends to herself: through the real outbox and dialogue, and in no figure.

Walk of one: ``send`` makes an invitation of a trigger that no program can have (``test.<survey>``), already open, and
lets the interview begin. Its messages are replies to her own act: kill switch and expiry hold, contact rules and
clock do not. What she taps and types moves the dialogue as a customer's does; ``surveys.service.recording`` stores
no answer of it, so nothing is counted, announced, followed by another ask, or told as a complaint.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from surveys.interview import Began, Interview, step
from surveys.model import (
    TRIAL,
    Address,
    Decision,
    DeliveryClass,
    Invitation,
    InvitationState,
    Verdict,
    VerdictKind,
)
from surveys.ports import UnitOfWork
from surveys.program import Program, Survey
from surveys.service.context import Context
from surveys.service.effects import apply

OPEN_FOR: Final = timedelta(hours=1)


def send(
    tx: UnitOfWork, ctx: Context, address: Address, survey_id: str, program: Program | None = None
) -> Invitation:
    """Ask a survey's question at a staff member's own address, now, as a ``program`` has it that need not be published.

    Raises NotFound for no such survey.
    """
    program = program or ctx.program
    survey = program.survey(survey_id)
    if program.version != ctx.program.version:
        tx.programs.put_tried(program.version, program.to_json(), ctx.now())
    invitation = _open(tx, ctx, address, survey, program)
    tx.invitations.add(invitation)
    interview, effects = step(Interview(), Began(), ctx.script_of(tx, invitation))
    begun = replace(invitation, interview=interview.to_json())
    tx.invitations.save(begun)
    apply(tx, ctx, begun, effects, DeliveryClass.REPLY)
    return begun


def _open(
    tx: UnitOfWork, ctx: Context, address: Address, survey: Survey, program: Program
) -> Invitation:
    """Return the invitation as one that has gone out; no cohort counts one without a send day, no analysis nobody's."""
    now = ctx.now()
    person = tx.people.get(address.person_id)
    assert person is not None  # noqa: S101 a foreign key says so
    trial_id = ctx.new_id()
    place = next((t.touchpoint for t in program.triggers if t.survey == survey.id), "")
    return Invitation(
        id=trial_id,
        decision_id=_decided(tx, ctx, person.id, program.version, trial_id, survey.id),
        event_id=trial_id,
        trigger=f"{TRIAL}{survey.id}",
        person_id=person.id,
        subject_id="",
        occasion=trial_id,
        program_version=program.version,
        survey=survey.id,
        survey_version=survey.version,
        touchpoint=place,
        stage=program.touchpoint(place).stage if place else "",
        instrument=survey.instrument,
        event_at=now,
        ask_by=now + OPEN_FOR,
        state=InvitationState.OPEN,
        created_at=now,
        due_at=now + OPEN_FOR,
        sent_at=now,
        closes_at=now + OPEN_FOR,
        address_id=address.id,
        channel=address.channel,
        language=ctx.language_for(person, address),
        wording=survey.wordings[0] if survey.variants else None,
    )


def _decided(
    tx: UnitOfWork, ctx: Context, person_id: str, version: str, event_id: str, survey: str
) -> str:
    """Write down that it was asked for, and why no rule was looked at."""
    decision = Decision(
        id=ctx.new_id(),
        event_id=event_id,
        trigger=f"{TRIAL}{survey}",
        program_version=version,
        person_id=person_id,
        verdicts=(Verdict(kind=VerdictKind.ASKED, rule="test", at=ctx.now()),),
    )
    tx.decisions.add(decision)
    return decision.id
