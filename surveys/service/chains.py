"""An answer that starts a later ask of the same customer: a recommendation first, the effort of what came of it later.

Walk of one: a score, or one that has changed its band, leaves an entry in the inbox in its own commit (``note``). The
drain loop hands it to ``follow``: it becomes an event of its own about the same occasion, takes back what other
branches still wait to ask, and is decided for every trigger that follows its survey. From there on it is an ask
like any other; which branch it belongs to is looked up again, in the answer as it is, whenever the rules are.
"""

import hashlib
from datetime import datetime

from surveys.instruments import instrument
from surveys.model import (
    Event,
    InboxEntry,
    InboxState,
    Invitation,
    InvitationState,
    StoredEvent,
    Verdict,
    VerdictKind,
)
from surveys.ports import UnitOfWork
from surveys.program import Follows
from surveys.service.asking import decide
from surveys.service.context import Context
from surveys.service.facts import origin_of
from surveys.service.shadows import living
from surveys.service.verdicts import end, in_flight

SOURCE = "aftertouch"
ANSWERED = "answer.recorded"


def note(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, before: int | None, at: datetime
) -> None:
    """Leave word of an answer that other asks follow, unless it is in the band in which it was before."""
    answer = tx.answers.get(invitation.id, "score")
    if answer is None or answer.score is None or answer.score == before:
        return
    band = instrument(invitation.instrument).band
    same = before is not None and band(before) == band(answer.score)
    if same or not ctx.program.triggers_following(invitation.survey):
        return
    key = f"{answer.id}.{answer.version}"
    tx.inbox.add(
        InboxEntry(
            id=ctx.new_id(),
            source=SOURCE,
            key=key,
            digest=hashlib.sha256(key.encode()).hexdigest(),
            received_at=ctx.now(),
            state=InboxState.NEW,
            body={"answered": invitation.id, "at": at.isoformat()},
            due_at=ctx.now(),
        )
    )


def follow(tx: UnitOfWork, ctx: Context, entry: InboxEntry) -> None:
    """Decide what the answer of an entry is followed by; nothing where its customer has been erased."""
    body = entry.body or {}
    origin = tx.invitations.look(body["answered"])
    person = tx.people.get(origin.person_id) if origin else None
    asked = tx.events.get(origin.event_id) if origin else None
    if origin is None or asked is None or person is None or person.erased_at is not None:
        return
    person = living(tx, person)  # she may have been joined to another since the ask was looked up
    tx.clocks.lock(person.id)
    event = Event(
        source=SOURCE,
        id=entry.key,
        type=ANSWERED,
        subject=asked.event.subject,
        refs=asked.event.refs,
        time=datetime.fromisoformat(body["at"]),
        data=asked.event.data,
    )
    stored = StoredEvent(
        id=ctx.new_id(), event=event, person_id=person.id, received_at=entry.received_at
    )
    tx.events.add(stored, reversing=False)
    _leave_other_branches(tx, ctx, origin)
    for trigger in ctx.program.triggers_following(origin.survey):
        decide(tx, ctx, stored, trigger, person, origin)


def _leave_other_branches(tx: UnitOfWork, ctx: Context, origin: Invitation) -> None:
    """Take back what waits to follow an answer that is no longer given; what has gone out stays."""
    now = origin_of(tx, origin.id)
    for invitation in tx.invitations.of_origin(origin.id):
        program = ctx.program_of(tx, invitation.program_version)
        follows = program.trigger(invitation.trigger).follows
        if now.band is None or follows is None or follows.band in ("any", now.band):
            continue
        if _can_be_taken_back(tx, invitation):
            end(tx, ctx, invitation, _changed(ctx, follows, now.band))


def _can_be_taken_back(tx: UnitOfWork, invitation: Invitation) -> bool:
    waits = invitation.state in (InvitationState.WAITING, InvitationState.OPEN)
    return waits and invitation.sent_at is None and not in_flight(tx, invitation)


def _changed(ctx: Context, follows: Follows, band: str) -> Verdict:
    values = {"follows": follows.survey, "band": band, "wanted": follows.band}
    return Verdict(kind=VerdictKind.WITHDRAWN, rule="branch", at=ctx.now(), values=values)
