"""What is kept for how long, and taking away what has been kept long enough, a batch at a time.

Each batch is one commit and small, so that nobody waits for it. A job that is cut off has done whole batches, and
the next one goes on. What is counted is never taken away, and nothing that is still to be handled or sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final

from surveys.model import Aging, InboxState
from surveys.ports import UnitOfWork
from surveys.service import webhooks
from surveys.service.context import Context
from surveys.service.erasing import WIPE

BATCH: Final = 500
EVERY: Final = timedelta(days=1)
_DONE: Final = "retention"
_MOST_FAILED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long each kind of row is kept; None keeps it until its customer is erased.

    Attributes:
        answer_texts: customers' own words; scores and chosen reasons stay.
        events: events, the decisions about them, and people of whom only events are known.
        messages: what was sent, with its buttons: older ones no longer answer a tap.
        failed: contents of messages that could not be handled; without them they count as handled.
        inbox: keys by which a message that a platform delivers again is known.
        links: one-time links and web sessions, from their expiry on.
        webhooks: what other systems have been told.
        staff_messages: that staff were told something; the words go as soon as it was sent.
    """

    answer_texts: timedelta | None = timedelta(days=24 * 31)
    events: timedelta | None = timedelta(days=13 * 31)
    messages: timedelta | None = timedelta(days=13 * 31)
    failed: timedelta | None = timedelta(days=7)
    inbox: timedelta | None = timedelta(days=35)
    links: timedelta | None = timedelta(days=30)
    webhooks: timedelta | None = timedelta(days=30)
    staff_messages: timedelta | None = timedelta(days=90)


KINDS: Final = tuple(field.name for field in fields(Keeping))
_AGING: Final[Mapping[str, Aging]] = {
    "answer_texts": Aging.TEXTS,
    "events": Aging.EVENTS,
    "messages": Aging.MESSAGES,
    "inbox": Aging.INBOX,
    "links": Aging.LINKS,
}


def is_due(tx: UnitOfWork, ctx: Context) -> bool:
    """Say whether the daily job has not been done for a day; one done in the future was before the clock was set back."""
    done = tx.notes.get(_DONE)
    if done is None:
        return True
    return not timedelta() <= ctx.now() - datetime.fromisoformat(done) < EVERY


def note_done(tx: UnitOfWork, ctx: Context, count: int) -> None:
    """Remember that all kinds have been gone through; what was deleted is to be wiped."""
    tx.notes.set(_DONE, ctx.now().isoformat())
    if count:
        tx.notes.set(WIPE, ctx.new_id())


def take_away(tx: UnitOfWork, ctx: Context, keeping: Keeping, kind: str) -> int:
    """Take away one batch of a kind; 0 when there is nothing left that is old enough."""
    before = _horizon(ctx.now(), keeping, kind)
    if before is None:
        return 0
    if kind == "failed":
        return _give_up_failed(tx, before)
    if kind == "webhooks":
        return webhooks.forget_sent(tx, before, BATCH)
    if kind == "staff_messages":
        return tx.staff_messages.forget_ended(before, BATCH)
    return tx.forgetting.aged(_AGING[kind], before, BATCH)


def would_take(tx: UnitOfWork, now: datetime, keeping: Keeping, kind: str) -> int:
    """Count, without writing, what would be taken away of a kind."""
    before = _horizon(now, keeping, kind)
    if before is None:
        return 0
    if kind == "failed":
        return _failed_before(tx, before)
    if kind == "webhooks":
        return tx.webhooks.count_sent(before)
    if kind == "staff_messages":
        return tx.staff_messages.count_ended(before)
    count = tx.forgetting.count_aged(_AGING[kind], before)
    given_up = _horizon(now, keeping, "failed") if kind == "inbox" else None
    return count + (_failed_before(tx, min(before, given_up)) if given_up else 0)


def _horizon(now: datetime, keeping: Keeping, kind: str) -> datetime | None:
    span: timedelta | None = getattr(keeping, kind)
    return None if span is None else now - span


def _failed_before(tx: UnitOfWork, before: datetime) -> int:
    return sum(entry.received_at < before for entry in tx.inbox.failed(_MOST_FAILED))


def _give_up_failed(tx: UnitOfWork, before: datetime) -> int:
    """Drop the content, and the error with what it may quote; the key stays, so that a repeat is known."""
    old = [entry for entry in tx.inbox.failed(BATCH) if entry.received_at < before]
    for entry in old:
        tx.inbox.save(replace(entry, state=InboxState.DONE, body=None, error=None, due_at=None))
    return len(old)
