"""The life of what other systems are told: claim a destination, one round of requests elsewhere, settle them.

At least once: what was claimed and not settled, because the worker died or the answer got lost, is sent again under
the same id when the destination's lease has run out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surveys.errors import NotFound
from surveys.model import (
    Destination,
    DestinationState,
    Reception,
    ReceptionKind,
    WebhookMessage,
    WebhookState,
)
from surveys.ports import UnitOfWork
from surveys.service.context import Context

DEADLINE = timedelta(seconds=15)
LEASE = 2 * DEADLINE
AT_ONCE = 8
# After the first try, at once; Standard Webhooks' own schedule.
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
MOST_TRIES = len(RETRIES) + 1
# Retries come up to this share later, lest all that failed together comes back together.
SPREAD = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A destination whose claim is committed: make one request for each message, then settle all of them."""

    destination: Destination
    messages: tuple[WebhookMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a round led to: the destination as it now stands, and what will not be tried again."""

    destination: Destination
    failed: tuple[WebhookMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A destination and how many messages wait for it or have failed."""

    destination: Destination
    waiting: int
    failed: int


def declare(tx: UnitOfWork, ctx: Context, names: Collection[str]) -> None:
    """Make the destinations those of the config; one that left it keeps what waits, one that returns goes on."""
    known = {destination.name: destination for destination in tx.destinations.all()}
    now = ctx.now()
    for name in sorted(known.keys() | set(names)):
        declared, destination = name in names, known.get(name)
        state = DestinationState.ACTIVE if declared else DestinationState.REMOVED
        if destination is None:
            tx.destinations.add(Destination(name=name, state=state, since=now))
        elif declared is (destination.state is DestinationState.REMOVED):
            tx.destinations.save(replace(destination, state=state, since=now))


def claim(tx: UnitOfWork, ctx: Context, names: Collection[str]) -> tuple[Round, ...]:
    """Take every one of these destinations that something can be sent to now."""
    now = ctx.now()
    rounds = []
    for destination in tx.destinations.claimable(now):
        if destination.name in names:
            held = replace(destination, fence=destination.fence + 1, leased_until=now + LEASE)
            tx.destinations.save(held)
            messages = tx.webhooks.due(held.name, now, AT_ONCE)
            rounds.append(Round(destination=held, messages=messages))
    return tuple(rounds)


def settle(
    tx: UnitOfWork, ctx: Context, claimed: Round, receptions: Mapping[str, Reception]
) -> Settled | None:
    """Write down what became of a round, by message id; None when its claim was lost meanwhile."""
    destination = tx.destinations.get(claimed.destination.name)
    if destination is None or destination.fence != claimed.destination.fence:
        return None
    found = (tx.webhooks.get(message_id) for message_id in receptions)
    pending = [m for m in found if m is not None and m.state is WebhookState.PENDING]
    after = _after(ctx, destination, tuple(receptions[m.id] for m in pending))
    tried = [_tried(ctx, m, receptions[m.id]) for m in pending]
    if after.state is DestinationState.ACTIVE and any(_is_silent(after, m) for m in tried):
        after = replace(after, state=DestinationState.DISABLED, since=ctx.now())
    if after.state is DestinationState.ACTIVE:
        tried = [_given_up(ctx, m) if m.tries >= MOST_TRIES else m for m in tried]
    for message in tried:
        tx.webhooks.save(message)
    tx.destinations.save(after)
    failed = tuple(m for m in tried if m.state is WebhookState.FAILED)
    return Settled(destination=after, failed=failed)


def enable(tx: UnitOfWork, ctx: Context, name: str) -> int:
    """Send to a destination again, at once and all that was not sent; return how much. Raises NotFound."""
    destination = tx.destinations.get(name)
    if destination is None or destination.state is DestinationState.REMOVED:
        raise NotFound("webhook", name)
    now = ctx.now()
    since = destination.since if destination.state is DestinationState.ACTIVE else now
    active = replace(
        destination, state=DestinationState.ACTIVE, since=since, paused_until=None, reason=None
    )
    tx.destinations.save(active)
    return tx.webhooks.revive(name, now)


def forget_sent(tx: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete messages that were sent before the instant; return how many, at most ``limit``.

    What is pending or has failed stays: it can still be sent.
    """
    return tx.webhooks.forget_sent(before, limit)


def standings(tx: UnitOfWork) -> tuple[Standing, ...]:
    """Return every destination, by name, with what it has not been sent."""
    found = []
    for destination in tx.destinations.all():
        waiting, failed = tx.webhooks.count(destination.name)
        found.append(Standing(destination=destination, waiting=waiting, failed=failed))
    return tuple(found)


def _after(ctx: Context, destination: Destination, receptions: Sequence[Reception]) -> Destination:
    """Return the destination with its lease given back and what it said written down."""
    now = ctx.now()
    refusals = [r for r in receptions if r.kind is not ReceptionKind.ACCEPTED]
    has_accepted = len(refusals) < len(receptions)
    gone = any(r.kind is ReceptionKind.GONE for r in refusals)
    rests = [now + timedelta(seconds=r.retry_after) for r in refusals if r.retry_after is not None]
    return replace(
        destination,
        state=DestinationState.DISABLED if gone else destination.state,
        since=now if gone else destination.since,
        leased_until=None,
        paused_until=max(rests, default=None),
        accepted_at=now if has_accepted else destination.accepted_at,
        reason=refusals[-1].reason if refusals else None,
    )


def _tried(ctx: Context, message: WebhookMessage, reception: Reception) -> WebhookMessage:
    match reception.kind:
        case ReceptionKind.ACCEPTED:
            ended = replace(message, state=WebhookState.SENT, data=None, due_at=None)
            return replace(ended, reason=None, ended_at=ctx.now())
        case ReceptionKind.FAILED:
            tries = message.tries + 1
            due_at = _next_try(ctx, tries)
            return replace(message, tries=tries, due_at=due_at, reason=reception.reason)
        case ReceptionKind.PAUSED | ReceptionKind.GONE:  # pragma: no branch the last kinds
            return replace(message, reason=reception.reason)


def _next_try(ctx: Context, tries: int) -> datetime:
    wait = RETRIES[min(tries, len(RETRIES)) - 1]
    return ctx.now() + wait * (1 + SPREAD * ctx.rng.random())


def _is_silent(destination: Destination, message: WebhookMessage) -> bool:
    """Say whether the last try failed at a destination that has accepted nothing since the message was written."""
    heard = destination.accepted_at
    return message.tries >= MOST_TRIES and (heard is None or heard < message.created_at)


def _given_up(ctx: Context, message: WebhookMessage) -> WebhookMessage:
    return replace(message, state=WebhookState.FAILED, due_at=None, ended_at=ctx.now())
