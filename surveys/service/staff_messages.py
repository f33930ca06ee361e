"""The life of a message to staff: claim it, make one request elsewhere, write down what came of it.

At most once by itself: a request whose outcome nobody knows is shown as unknown and made again only by hand.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from surveys.errors import NotFound, NotWaiting
from surveys.model import Deed, Outcome, OutcomeKind
from surveys.pacing import Bucket
from surveys.ports import SENDING_LEASE, UnitOfWork
from surveys.service.context import Context
from surveys.service.holding import is_held
from surveys.staff_messages import StaffBody, StaffMessage, StaffState, parse_place

AT_ONCE = 4
MOST_TRIES = 8
LONGEST_BACK_OFF = timedelta(minutes=15)
REST = timedelta(minutes=1)
"""For which a channel that is off, or refuses us altogether, is left alone."""

STALE_AFTER = timedelta(days=2)
"""From when it was added: then a message that could not go out is no news any more."""


def tell(
    tx: UnitOfWork, ctx: Context, message_id: str, kind: str, destination: str, body: StaffBody
) -> bool:
    """Let staff be told as soon as possible, once for this id; False where that is on its way or done already.

    Raises InvalidInput naming a destination that is none.
    """
    parse_place(destination)
    if tx.staff_messages.get(message_id) is not None:
        return False
    now = ctx.now()
    message = StaffMessage(
        id=message_id, kind=kind, destination=destination, body=body, created_at=now, due_at=now
    )
    tx.staff_messages.add(message)
    return True


def claim(tx: UnitOfWork, ctx: Context, limit: int = AT_ONCE) -> tuple[StaffMessage, ...]:
    """Take what may go out now, one for each destination, as far as the platforms have room; nothing while held."""
    if is_held(tx):
        return ()
    now = ctx.now()
    first: dict[str, StaffMessage] = {}
    for message in tx.staff_messages.claimable(now, limit):
        first.setdefault(message.destination, message)
    with_room = [m for m in first.values() if tx.paces.take(_buckets(ctx, m.destination), now)]
    claimed = tuple(_begun(message, now) for message in with_room)
    for message in claimed:
        tx.staff_messages.save(message)
    return claimed


def settle(
    tx: UnitOfWork, ctx: Context, claimed: StaffMessage, outcome: Outcome
) -> StaffMessage | None:
    """Write down what a request led to; None where the claim was given up meanwhile."""
    message = tx.staff_messages.get(claimed.id)
    if message is None or message.fence != claimed.fence or message.state is not StaffState.SENDING:
        return None
    after = _after(ctx, message, outcome)
    if outcome.kind is OutcomeKind.PAUSED:
        _rest(tx, ctx, message.destination, outcome)
    tx.staff_messages.save(after)
    return after


def recover(tx: UnitOfWork, ctx: Context) -> tuple[StaffMessage, ...]:
    """Show as unknown what was begun by a worker that never came back."""
    lost = tx.staff_messages.overdue_sending(ctx.now() - SENDING_LEASE, AT_ONCE)
    outcome = Outcome(kind=OutcomeKind.UNKNOWN, reason="worker_lost")
    return tuple(after for m in lost if (after := settle(tx, ctx, m, outcome)))


def send_again(tx: UnitOfWork, ctx: Context, message_id: str, by: str) -> None:
    """Let a message that is unknown or has failed go out once more, by hand. Raises NotFound and NotWaiting."""
    message = _waiting(tx, message_id, StaffState.UNKNOWN, StaffState.FAILED)
    now = ctx.now()
    again = replace(message, state=StaffState.PENDING, created_at=now, due_at=now, tries=0)
    tx.staff_messages.save(replace(again, ended_at=None))
    tx.audit.add(Deed(at=now, by=by, act="retell", subject=message_id))


def arrived(tx: UnitOfWork, ctx: Context, message_id: str, by: str) -> None:
    """Take staff's word that an unknown message arrived. Raises NotFound and NotWaiting."""
    message, now = _waiting(tx, message_id, StaffState.UNKNOWN), ctx.now()
    tx.staff_messages.save(replace(message, state=StaffState.SENT, body=None, ended_at=now))
    tx.audit.add(Deed(at=now, by=by, act="arrived", subject=message_id))


def _waiting(tx: UnitOfWork, message_id: str, *states: StaffState) -> StaffMessage:
    message = tx.staff_messages.get(message_id)
    if message is None:
        raise NotFound("staff message", message_id)
    if message.state not in states:
        raise NotWaiting("staff message", message_id, message.state.value)
    return message


def _begun(message: StaffMessage, now: datetime) -> StaffMessage:
    return replace(
        message, state=StaffState.SENDING, fence=message.fence + 1, started_at=now, due_at=None
    )


def _after(ctx: Context, message: StaffMessage, outcome: Outcome) -> StaffMessage:
    now, told = ctx.now(), replace(message, reason=outcome.reason)
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            sent = replace(told, state=StaffState.SENT, body=None, ref=outcome.ref)
            return replace(sent, ended_at=now)
        case OutcomeKind.UNKNOWN:
            return replace(told, state=StaffState.UNKNOWN)
        case OutcomeKind.REJECTED:
            return replace(told, state=StaffState.FAILED, ended_at=now)
        case OutcomeKind.PAUSED | OutcomeKind.NOT_SENT:  # pragma: no branch the last kinds
            return _later(ctx, told, outcome)


def _later(ctx: Context, message: StaffMessage, outcome: Outcome) -> StaffMessage:
    """Put it off; what is not the message's own fault costs no try, but after STALE_AFTER it has failed all the same."""
    now = ctx.now()
    is_ours = outcome.kind is OutcomeKind.PAUSED or outcome.account_down
    tries = message.tries if is_ours else message.tries + 1
    if tries >= MOST_TRIES or now - message.created_at > STALE_AFTER:
        return replace(message, state=StaffState.FAILED, tries=tries, ended_at=now)
    back_off = min(LONGEST_BACK_OFF, timedelta(seconds=2**tries)) * ctx.rng.random()
    asked = timedelta(seconds=outcome.retry_after) if outcome.retry_after else REST
    due_at = now + (asked if is_ours else back_off)
    return replace(message, state=StaffState.PENDING, tries=tries, due_at=due_at)


def _buckets(ctx: Context, destination: str) -> tuple[Bucket, ...]:
    """Return what a message there takes from: the platform's own bucket is the customers' messages', too."""
    place = parse_place(destination)
    if place.channel is None:
        return ()
    return ctx.pacing.staff(place.channel, place.name), ctx.pacing.account(place.channel)


def _rest(tx: UnitOfWork, ctx: Context, destination: str, outcome: Outcome) -> None:
    """Let the scope that asked for it rest: the whole account for the customers' messages, too."""
    place = parse_place(destination)
    if place.channel is None or outcome.retry_after is None:
        return
    until = ctx.now() + timedelta(seconds=outcome.retry_after)
    if outcome.scope == "account":
        tx.deliveries.pause(place.channel.value, until)
    else:
        tx.paces.rest(ctx.pacing.staff(place.channel, place.name), until)
