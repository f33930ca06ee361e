"""What becomes of a delivery whose outcome nobody knows.

It rests in quarantine until no request of it can still be under way. Then the chat's history tells (Slack), or
policy decides: what belongs to a living dialogue is sent once more, an ask is parked. Parked ones, and all that
stay unknown, wait for an operator; an answer to them proves them sent (``surveys.service.outcomes.prove``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surveys.model import (
    Address,
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Finding,
    FindingKind,
)
from surveys.pacing import HISTORY
from surveys.ports import SENDING_LEASE, UnitOfWork
from surveys.service import announcing
from surveys.service.context import Context
from surveys.service.outcomes import HOLD_RED, put_back, sent

MOST_RESENDS = 1
UNREADABLE = "unreadable: "
"""How the reason of a parked delivery begins that could not be read."""

_NOT_OVER = frozenset(
    {
        DeliveryState.PENDING,
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        DeliveryState.PARKED,
    }
)
LOOK_FOR = timedelta(hours=24)
"""How long an unreadable history is asked again before the delivery is parked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An unknown delivery to look for in its chat, sent at ``since`` or later; settle with its fence."""

    delivery: Delivery
    address: Address
    since: datetime


def take_unsettled(
    tx: UnitOfWork, ctx: Context, channels: Sequence[Channel], limit: int
) -> tuple[Look, ...]:
    """Claim unknown deliveries whose quarantine is over; each comes again should this worker vanish."""
    return tuple(look for channel in channels for look in _take_unsettled(tx, ctx, channel, limit))


def _take_unsettled(tx: UnitOfWork, ctx: Context, channel: Channel, limit: int) -> Iterator[Look]:
    """Claim those of one channel: no other's wait until Slack lets us read again."""
    now = ctx.now()
    for delivery in tx.deliveries.unsettled(now, (channel,), limit):
        address = tx.addresses.look(delivery.address_id)
        if channel is Channel.SLACK and not tx.paces.take([HISTORY], now):
            return
        if address is None:
            park(tx, ctx, delivery, "address_gone")
            continue
        taken = replace(delivery, due_at=now + SENDING_LEASE)
        tx.deliveries.save(taken)
        since = delivery.started_at or delivery.created_at
        yield Look(delivery=taken, address=address, since=since)


def settle_unknown(
    tx: UnitOfWork, ctx: Context, delivery_id: str, fence: int, finding: Finding
) -> Delivery | None:
    """Act on what the chat's history told; None where the delivery is no longer unknown."""
    delivery = tx.deliveries.get(delivery_id)
    if delivery is None or delivery.fence != fence or delivery.state is not DeliveryState.UNKNOWN:
        return None
    match finding.kind:
        case FindingKind.FOUND:
            return sent(tx, ctx, delivery, finding.ref)
        case FindingKind.ABSENT:
            return _once_more(tx, ctx, delivery, "absent")
        case FindingKind.NO_HISTORY:
            return _by_policy(tx, ctx, delivery, finding.reason)
        case FindingKind.NOT_NOW:  # pragma: no branch the last kind
            return _look_again(tx, ctx, delivery, finding)


def _by_policy(tx: UnitOfWork, ctx: Context, delivery: Delivery, reason: str | None) -> Delivery:
    """Nobody can tell. A double ask costs more than a lost one; a dialogue must go on.

    The repeated message carries the same buttons, so it still gives one answer.
    """
    if delivery.delivery_class is DeliveryClass.PROACTIVE:
        return park(tx, ctx, delivery, reason or delivery.reason or "unknown")
    return _once_more(tx, ctx, delivery, reason or delivery.reason or "unknown")


def _once_more(tx: UnitOfWork, ctx: Context, delivery: Delivery, reason: str) -> Delivery:
    """Send again, one time; the claim re-checks every rule and the expiry."""
    if delivery.resends >= MOST_RESENDS:
        return park(tx, ctx, delivery, f"{reason}_again")
    again = replace(delivery, resends=delivery.resends + 1)
    return put_back(tx, again, reason, ctx.now())


def park(tx: UnitOfWork, ctx: Context, delivery: Delivery, reason: str) -> Delivery:
    """Leave it to an operator. It keeps its place in the contact clock, since it may have arrived."""
    parked = replace(delivery, state=DeliveryState.PARKED, reason=reason, due_at=None)
    tx.deliveries.save(parked)
    announcing.parked(tx, ctx, parked)
    return parked


def set_aside(tx: UnitOfWork, ctx: Context, delivery_id: str) -> None:
    """Park a delivery that is not over and that no code can work on; what can't be read of it is gone."""
    found = tx.deliveries.mended(delivery_id, ctx.now())
    if found is None or found[0].state not in _NOT_OVER:
        return
    delivery, lost = found
    park(tx, ctx, delivery, UNREADABLE + ", ".join(lost) if lost else "bug")


def _look_again(tx: UnitOfWork, ctx: Context, delivery: Delivery, finding: Finding) -> Delivery:
    now = ctx.now()
    if now - (delivery.started_at or delivery.created_at) > LOOK_FOR:
        return park(tx, ctx, delivery, finding.reason or "history_unreadable")
    wait = timedelta(seconds=finding.retry_after)
    if finding.cursor is None:
        wait = wait or HOLD_RED
        tx.paces.rest(HISTORY, now + wait)
    waiting = replace(delivery, due_at=now + wait)
    tx.deliveries.save(waiting)
    return waiting
