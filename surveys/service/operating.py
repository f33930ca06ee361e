"""What only an operator can decide: deliveries nobody can tell about, dead letters, holding all sending.

Every act is one entry of the audit trail, in the same commit; one that is refused changes nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import merge
from operator import attrgetter

from surveys.deeds import DeedAct
from surveys.errors import NotFound, NotWaiting
from surveys.model import (
    Attempt,
    Deed,
    Delivery,
    DeliveryState,
    InboxEntry,
    InboxState,
    Invitation,
    InvitationState,
    Json,
)
from surveys.overview import WaitsFor
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.holding import Hold, end_hold, is_held, put_on_hold, standing_hold
from surveys.service.lookups import UNREADABLE
from surveys.service.outcomes import drop, sent
from surveys.staff_messages import StaffState
from surveys.staffing import Member

_UNSETTLED = (DeliveryState.UNKNOWN, DeliveryState.PARKED)


class Settlement(StrEnum):
    """What an operator says about a delivery: it arrived; send it again; neither."""

    SENT = "sent"
    RESEND = "resend"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A delivery whose outcome is unknown, with what an operator needs to decide.

    ``customer`` is the company's own id, else ours; ``stage`` and ``touchpoint`` are "" outside an ask.
    """

    delivery: Delivery
    customer: str
    stage: str
    touchpoint: str
    attempts: tuple[Attempt, ...]

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        delivery = self.delivery
        return {
            "id": delivery.id,
            "state": delivery.state.value,
            "reason": delivery.reason,
            "customer": self.customer,
            "channel": delivery.channel.value,
            "kind": delivery.kind,
            "step": delivery.step,
            "stage": self.stage,
            "touchpoint": self.touchpoint,
            "created_at": delivery.created_at.isoformat(),
            "look_up_at": delivery.due_at.isoformat() if delivery.due_at else None,
            "resends": delivery.resends,
            "attempts": [
                {
                    "started_at": attempt.started_at.isoformat(),
                    "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
                    "outcome": attempt.kind.value if attempt.kind else None,
                    "reason": attempt.reason,
                }
                for attempt in self.attempts
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits for an operator, in numbers, and the hold if one stands.

    ``staff_unknown`` are messages to staff of which nobody knows whether they arrived.
    """

    unknown: int
    parked: int
    dead_letters: int
    staff_unknown: int = 0
    hold: Hold | None

    @property
    def waiting(self) -> int:
        """How many rows an operator could act on."""
        return self.unknown + self.parked + self.dead_letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Everything that waits for an operator, oldest first, and what was done lately, newest first.

    ``customers`` are what those are called to whom something was done, by our ids; whoever is erased is left out.
    """

    standing: Standing
    unsettled: tuple[Unsettled, ...]
    dead_letters: tuple[InboxEntry, ...]
    deeds: tuple[Deed, ...]
    customers: Mapping[str, str]
    staff: tuple[Member, ...]


def backlog(tx: UnitOfWork, limit: int) -> Backlog:
    """Return what waits for an operator, at most ``limit`` of each."""
    deeds = tx.audit.newest(limit)
    people = map(tx.people.get, sorted({deed.subject for deed in deeds if deed.subject}))
    return Backlog(
        standing=standing(tx),
        unsettled=unsettled(tx, limit),
        dead_letters=dead_letters(tx, limit),
        deeds=deeds,
        customers={p.id: p.external_id or p.id for p in people if p and p.erased_at is None},
        staff=tx.members.all(),
    )


def standing(tx: UnitOfWork) -> Standing:
    """Return what waits for an operator."""
    return Standing(
        unknown=tx.deliveries.count(DeliveryState.UNKNOWN),
        parked=tx.deliveries.count(DeliveryState.PARKED),
        dead_letters=tx.inbox.failures(),
        staff_unknown=tx.staff_messages.count(StaffState.UNKNOWN),
        hold=standing_hold(tx),
    )


# --- deliveries -----------------------------------------------------------------------------------


def unsettled(tx: UnitOfWork, limit: int) -> tuple[Unsettled, ...]:
    """Return the deliveries that are unknown or parked, oldest first."""
    found = (tx.deliveries.in_state(state, limit) for state in _UNSETTLED)
    oldest_first = merge(*found, key=attrgetter("created_at"))
    return tuple(_described(tx, each) for each, _ in zip(oldest_first, range(limit), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What was sent, by state: how many (at most so many as were looked for), and the newest of one state.

    Attributes:
        waits: what the pending ones wait for.
        is_held: whether all sending is held.
        customers: the company's own id, else ours, of each person in ``newest``.
        older: where the page after this one begins, "" where there is none.
    """

    counts: Mapping[DeliveryState, int]
    waits: Mapping[WaitsFor, int]
    is_held: bool
    newest: tuple[Delivery, ...]
    customers: Mapping[str, str]
    older: str


def messages(
    tx: UnitOfWork, state: DeliveryState | None, before: str, limit: int, depth: int, now: datetime
) -> Messages:
    """Return the counts of all states, each up to ``depth``, and the newest of the one, if any is chosen.

    ``before`` is the ``older`` of the page before, "" for the first one.
    """
    found = tx.overview.in_state(state, limit + 1, before) if state else ()
    newest = found[:limit]
    people = (tx.people.get(person_id) for person_id in {each.person_id for each in newest})
    held, waits = is_held(tx), Counter[WaitsFor]()
    for each, count in tx.overview.pending(now, depth).items():
        waits[each.waits_for(is_held=held)] += count
    return Messages(
        counts=tx.overview.states(depth),
        waits=waits,
        is_held=held,
        newest=newest,
        customers={p.id: p.external_id or p.id for p in people if p and p.erased_at is None},
        older=newest[-1].id if len(found) > limit else "",
    )


def _described(tx: UnitOfWork, delivery: Delivery) -> Unsettled:
    person = tx.people.get(delivery.person_id)
    invitation = tx.invitations.get(delivery.invitation_id) if delivery.invitation_id else None
    return Unsettled(
        delivery=delivery,
        customer=(person.external_id if person else None) or delivery.person_id,
        stage=invitation.stage if invitation else "",
        touchpoint=invitation.touchpoint if invitation else "",
        attempts=tx.deliveries.attempts(delivery.id),
    )


def settle_by_hand(
    tx: UnitOfWork, ctx: Context, delivery_id: str, verdict: Settlement, by: str
) -> None:
    """Settle a delivery that is unknown or parked.

    Raises NotFound for none of this id, and NotWaiting for one in any other state. One that could not be read can
    only be dropped.
    """
    delivery = tx.deliveries.get(delivery_id)
    if delivery is None:
        raise NotFound("delivery", delivery_id)
    if delivery.state not in _UNSETTLED:
        raise NotWaiting("delivery", delivery_id, delivery.state.value)
    if (delivery.reason or "").startswith(UNREADABLE) and verdict is not Settlement.DROP:
        raise NotWaiting("delivery", delivery_id, "unreadable")
    match verdict:
        case Settlement.SENT:
            sent(tx, ctx, delivery, delivery.ref)
        case Settlement.RESEND:
            _resend(tx, ctx, delivery)
        case Settlement.DROP:  # pragma: no branch the last kind
            drop(tx, ctx, delivery, DeliveryState.FAILED, "operator")
    known = {"as": verdict.value, "was": delivery.state.value, "reason": delivery.reason}
    _note(tx, ctx, by, "settle", delivery_id, **known)


def _resend(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> None:
    """Put it back in the queue, due now; the claim re-checks every rule, and the expiry.

    A question's times count from its new request, as if the earlier one had not been made.
    """
    again = replace(
        delivery,
        state=DeliveryState.PENDING,
        due_at=ctx.now(),
        started_at=None,
        resends=delivery.resends + 1,
    )
    tx.deliveries.save(again)
    invitation = tx.invitations.get(delivery.invitation_id) if delivery.invitation_id else None
    if invitation is not None and delivery.step == "ask":
        _ask_anew(tx, invitation)


def _ask_anew(tx: UnitOfWork, invitation: Invitation) -> None:
    if invitation.state is InvitationState.OPEN:
        anew = replace(invitation, sent_at=None, closes_at=None, due_at=invitation.ask_by)
        tx.invitations.save(anew)


# --- dead letters ---------------------------------------------------------------------------------


def dead_letters(tx: UnitOfWork, limit: int) -> tuple[InboxEntry, ...]:
    """Return the incoming messages whose handling failed for good, oldest first."""
    return tx.inbox.failed(limit)


def retry_letter(tx: UnitOfWork, ctx: Context, entry_id: str, by: str) -> None:
    """Let a dead letter be handled again, now, with all its tries. Raises NotFound, NotWaiting."""
    entry = _dead(tx, entry_id)
    tx.inbox.save(replace(entry, state=InboxState.NEW, tries=0, due_at=ctx.now()))
    _note(tx, ctx, by, "retry", entry_id, source=entry.source)


def drop_letter(tx: UnitOfWork, ctx: Context, entry_id: str, by: str) -> None:
    """Give a dead letter up: its content goes, its error stays. Raises NotFound, NotWaiting."""
    entry = _dead(tx, entry_id)
    tx.inbox.save(replace(entry, state=InboxState.DONE, body=None, due_at=None))
    _note(tx, ctx, by, "drop", entry_id, source=entry.source)


def _dead(tx: UnitOfWork, entry_id: str) -> InboxEntry:
    entry = tx.inbox.get(entry_id)
    if entry is None:
        raise NotFound("inbox entry", entry_id)
    if entry.state is not InboxState.FAILED:
        raise NotWaiting("inbox entry", entry_id, entry.state.value)
    return entry


# --- the kill switch ------------------------------------------------------------------------------


def hold(tx: UnitOfWork, ctx: Context, reason: str, by: str) -> Hold:
    """Send nothing but receipts from now on, until ``release``."""
    stands = put_on_hold(tx, Hold(reason=reason, by=by, since=ctx.now()))
    _note(tx, ctx, by, "hold", reason=reason)
    return stands


def release(tx: UnitOfWork, ctx: Context, by: str) -> bool:
    """Let everything go out again; False where nothing was held."""
    stood = standing_hold(tx)
    if not end_hold(tx):
        return False
    _note(tx, ctx, by, "release", reason=stood.reason if stood else "")
    return True


def give_up_waiting(tx: UnitOfWork, ctx: Context, by: str, limit: int) -> int:
    """Drop questions and reminders that are due and not sent, while sending is held; return how many.

    For an older copy: most of what waits in it went out in the time that was lost.
    """
    waiting = tx.deliveries.unsent_asks(ctx.now(), limit) if is_held(tx) else ()
    for delivery in waiting:
        drop(tx, ctx, delivery, DeliveryState.FAILED, "operator")
    if waiting:
        _note(tx, ctx, by, "give_up_waiting", deliveries=len(waiting))
    return len(waiting)


def _note(
    tx: UnitOfWork, ctx: Context, by: str, act: DeedAct, subject: str = "", **details: Json
) -> None:
    tx.audit.add(Deed(at=ctx.now(), by=by, act=act, subject=subject, details=details))
