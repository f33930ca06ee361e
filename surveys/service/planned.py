"""Publishing at a set time: what was shown is stored with its own copy, and goes through the same door when it is due.

Walk of one: a page or a command hands in a proposal and a wall time (``Due``) -> ``plan_publish`` stores it -> whoever does
what is due calls ``carry_out`` -> it is planned again, held against what was shown, and published; or it ends with the
reason why not. ``call_off`` ends it before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from surveys.deeds import DeedAct
from surveys.errors import (
    BaseMoved,
    InvalidInput,
    NotFound,
    NotOwned,
    NotWaiting,
    PlannedAlready,
    ProgramFault,
    UnfitTime,
)
from surveys.model import Deed, Json
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.one_at_a_time import one_at_a_time
from surveys.service.publishing import (
    FROM_FILES,
    PLANNED,
    TURN,
    Plan,
    Proposal,
    digest,
    plan,
    publish,
)
from surveys.service.revising import as_seen
from surveys.stored_programs import PlannedPublish, PlanState, ProgramDraft
from surveys.timing import instant, zone_of

LATE: Final = timedelta(minutes=1)
"""From here on a publish says how late it was."""

FURTHEST: Final = timedelta(days=366)
SERVER: Final = "aftertouch"
_CLOCK: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A wall time in the company's zone, and the instant that it is."""

    wall: str
    zone: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a plan was shown.

    Attributes:
        trigger: whose page it was; "" for a command.
        drafts: when each draft that it was made of was saved, by part.
        parts: what else counts as changed by it, as a first share of it is in force.
        first: the version that asks that first share.
    """

    trigger: str = ""
    drafts: Mapping[str, datetime] | None = None
    parts: tuple[str, ...] = ()
    first: int | None = None

    @property
    def saved(self) -> dict[str, str]:
        """When each draft was saved, as it is stored."""
        return {part: at.isoformat() for part, at in sorted((self.drafts or {}).items())}


def due_of(ctx: Context, wall: str) -> Due:
    """Return the instant of a local time such as ``2026-11-23T09:00``; raises UnfitTime.

    A time that a clock change skips is the first one after it; of one that comes twice, the first.
    """
    zone, _ = zone_of(ctx.program.company.zone, "UTC")
    written = wall.strip().replace(" ", "T", 1)
    try:
        at = instant(datetime.strptime(written, _CLOCK), zone)  # noqa: DTZ007 a wall time has no zone of its own
    except (ValueError, OverflowError) as exc:
        raise UnfitTime("unread", wall) from exc
    now = ctx.now()
    if at <= now:
        raise UnfitTime("over", wall)
    if at - now > FURTHEST:
        raise UnfitTime("far", wall)
    return Due(wall=written, zone=zone.key, at=at)


def plan_drafts(
    tx: UnitOfWork, ctx: Context, wanted: Proposal, due: Due, shown: Shown
) -> PlannedPublish:
    """Plan what the drafts on the screen come to; what the same form has planned already is returned.

    The drafts stay. Raises BaseMoved where one is not the one that was seen, and as ``plan_publish``.
    """
    one_at_a_time(tx, TURN)
    if same := planned_as(tx, wanted.author, due, shown):
        return same
    as_seen(tx, wanted, shown.drafts or {})
    return plan_publish(tx, ctx, wanted, due, shown)


def planned_as(tx: UnitOfWork, author: str, due: Due, shown: Shown) -> PlannedPublish | None:
    """Return what the same form has planned already, as by its button pressed twice."""
    for each in tx.planned_publishes.waiting():
        same = (each.trigger, each.author, each.due_at) == (shown.trigger, author, due.at)
        if same and dict(each.drafts) == shown.saved:
            return each
    return None


def plan_publish(
    tx: UnitOfWork, ctx: Context, wanted: Proposal, due: Due, shown: Shown
) -> PlannedPublish:
    """Store what is to be published when it is due, with the plan of now.

    Raises PlannedAlready where one that waits changes the same part, InvalidInput where there is nothing to publish, and
    as ``surveys.service.publishing.plan``.
    """
    one_at_a_time(tx, TURN)
    found = plan(tx, wanted)
    if found.is_empty:
        raise InvalidInput("", "there is nothing to publish: it is in force as it is")
    parts = {*(each.part for each in found.changes), *found.taken, *shown.parts}
    none_planned(tx, parts)
    planned = PlannedPublish(
        id=ctx.new_id(),
        trigger=shown.trigger,
        parts=tuple(sorted(parts)),
        drafts=shown.saved,
        author=wanted.author,
        side=wanted.by,
        source=wanted.source,
        base=found.number if wanted.base is None else wanted.base,
        take=wanted.take,
        note=wanted.note,
        named=wanted.where,
        text=wanted.text,
        digest=sha256(wanted.text.encode()).hexdigest(),
        shown=found.to_json(),
        first=shown.first,
        decided_at=ctx.now(),
        wall=due.wall,
        zone=due.zone,
        due_at=due.at,
    )
    tx.planned_publishes.add(planned)
    if wanted.source in FROM_FILES:
        tx.notes.set(PLANNED, digest(wanted.text))
    _note(tx, ctx, "program_plan", wanted.author, planned)
    return planned


def none_planned(tx: UnitOfWork, parts: set[str]) -> None:
    """Raise PlannedAlready for the first one that waits and changes any of these parts."""
    for other in tx.planned_publishes.waiting():
        if shared := parts & set(other.parts):
            raise PlannedAlready(tuple(sorted(shared)), other.author, other.due_at)


def waiting_of(tx: UnitOfWork, author: str) -> int:
    """Return how many of somebody's wait; they are published whether she may still log in or not."""
    return sum(each.author == author for each in tx.planned_publishes.waiting())


def call_off(tx: UnitOfWork, ctx: Context, planned_id: str, by: str) -> PlannedPublish:
    """Let it not be published; raises NotFound, and NotWaiting for one that ended."""
    one_at_a_time(tx, TURN)
    planned = tx.planned_publishes.get(planned_id)
    if planned is None:
        raise NotFound("planned publish", planned_id)
    if not planned.waits:
        raise NotWaiting("planned publish", planned_id, planned.state.value)
    ended = _ended(tx, ctx, planned, PlanState.CANCELLED, by)
    _note(tx, ctx, "program_plan_cancel", by, ended)
    return ended


def carry_out(tx: UnitOfWork, ctx: Context) -> PlannedPublish | None:
    """Publish the one that is due first, or end it with the reason why not; None where none is due.

    All of it is one commit. Raises AlreadyStored where somebody else publishes at the same instant: it is tried again.
    """
    one_at_a_time(tx, TURN)
    due = tx.planned_publishes.due(ctx.now(), 1)
    if not due:
        return None
    planned = due[0]
    why = _obstacle(tx, proposal_of(planned), planned)
    if why:
        return _refused(tx, ctx, planned, why)
    done = _ended(
        tx, ctx, planned, PlanState.PUBLISHED, SERVER, number=_published(tx, ctx, planned)
    )
    late = round(done.late.total_seconds())
    _note(tx, ctx, "program_plan_published", SERVER, done, version=done.number, late_seconds=late)
    return done


def distrust_planned(tx: UnitOfWork, ctx: Context) -> None:
    """Publish nothing of what an older copy of the database still plans: it may have been cancelled or changed since."""
    if not tx.planned_publishes.waiting():
        return
    one_at_a_time(tx, TURN)
    for planned in tx.planned_publishes.waiting():
        _refused(tx, ctx, planned, {"code": "copy"})


def _refused(
    tx: UnitOfWork, ctx: Context, planned: PlannedPublish, why: Mapping[str, Json]
) -> PlannedPublish:
    refused = _ended(tx, ctx, planned, PlanState.REFUSED, SERVER, why=why)
    _note(tx, ctx, "program_plan_refused", SERVER, refused, why=why)
    return refused


def _published(tx: UnitOfWork, ctx: Context, planned: PlannedPublish) -> int:
    """Publish it and take away the drafts that it was made of, and no other; return the number of the version."""
    others = _saved_since(tx, planned)
    _, number = publish(tx, ctx, proposal_of(planned))
    for part in planned.drafts:
        tx.program_drafts.remove(part)
    for draft in others:
        tx.program_drafts.put(draft)
    return number


def proposal_of(planned: PlannedPublish) -> Proposal:
    """Return what is handed in when it is due."""
    return Proposal(
        text=planned.text,
        by=planned.side,
        author=planned.author,
        source=planned.source,
        base=planned.base,
        take=planned.take,
        note=planned.note,
        where=planned.named,
    )


def _saved_since(tx: UnitOfWork, planned: PlannedPublish) -> list[ProgramDraft]:
    """Return the drafts of its parts that are not those it was made of."""
    found = (tx.program_drafts.get(part) for part in {*planned.parts, *planned.drafts})
    return [d for d in found if d and planned.drafts.get(d.part) != d.saved_at.isoformat()]


def _obstacle(tx: UnitOfWork, wanted: Proposal, planned: PlannedPublish) -> dict[str, Json]:
    """Return why it is not to be published, as JSON with a ``code``; nothing where it is."""
    if sha256(planned.text.encode()).hexdigest() != planned.digest:
        return {"code": "damaged"}
    try:
        found = plan(tx, wanted)
    except InvalidInput as refused:
        return _refusal(refused)
    if found.is_empty:
        return {"code": "nothing", "number": found.number}
    return {} if _told(found) == _told(planned.shown) else {"code": "other", "number": found.number}


def _refusal(refused: InvalidInput) -> dict[str, Json]:
    match refused:
        case ProgramFault(faults=faults):
            return {"code": "faults", "faults": list(faults)}
        case BaseMoved(parts=parts, by=by, number=number):
            return {"code": "moved", "parts": list(parts), "by": by, "number": number}
        case NotOwned(parts=parts, owner=owner):
            return {"code": "owned", "parts": list(parts), "owner": owner}
        case _:
            return {"code": "invalid", "problem": str(refused)}


def _told(shown: Plan | Mapping[str, Json]) -> str:
    """Return what a plan says it changes, without what it was held against and how many asks are under way."""
    said = shown.to_json() if isinstance(shown, Plan) else shown
    changes = [{**change, "under_way": None} for change in said["changes"]]
    kept = {"changes": changes, "given": said["given"], "taken": said["taken"]}
    return json.dumps(kept, sort_keys=True)


def _ended(
    tx: UnitOfWork,
    ctx: Context,
    planned: PlannedPublish,
    state: PlanState,
    by: str,
    *,
    number: int | None = None,
    why: Mapping[str, Json] | None = None,
) -> PlannedPublish:
    ended = replace(planned, state=state, ended_at=ctx.now(), ended_by=by, number=number, why=why)
    tx.planned_publishes.save(ended)
    return ended


def _note(
    tx: UnitOfWork, ctx: Context, act: DeedAct, by: str, planned: PlannedPublish, **more: Json
) -> None:
    """Write it into the audit trail."""
    due = planned.due_at.isoformat(timespec="minutes")
    details = {"parts": list(planned.parts), "due": due, "author": planned.author, **more}
    tx.audit.add(Deed(at=ctx.now(), by=by, act=act, subject=planned.id, details=details))
