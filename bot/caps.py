"""How much one sender may do at a time: token buckets in this process's memory."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from surveys.model import Incoming, Reached, Receipt
from surveys.ports import Clock, Storage
from surveys.service import talking
from surveys.service.context import Context

MOST_SENDERS: Final = 10_000
"""Buckets that are kept; a sender whose bucket was dropped begins with a full one."""

ACTS_AT_ONCE: Final = 30
ACTS_PER_SECOND: Final = 0.5
NOTICE_EVERY: Final = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


class Throttle:
    """A bucket for each sender: ``burst`` at once, and ``per_second`` from then on."""

    def __init__(self, now: Callable[[], datetime], *, per_second: float, burst: int) -> None:
        self._now = now
        self._every = timedelta(seconds=1 / per_second)
        self._burst = burst
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def take(self, sender: str, count: int = 1) -> float:
        """Take from the sender's bucket and return 0, or take nothing and return in how many seconds to try again.

        What is more than a whole bucket is taken from a full one. A clock that is set back empties a bucket at worst.
        """
        now, whole = self._now(), self._burst * self._every
        full_at = min(max(self._full_at.get(sender, now), now), now + whole)
        after = full_at + min(count, self._burst) * self._every
        if after - now > whole:
            return (after - now - whole).total_seconds()
        self._full_at[sender] = after
        self._full_at.move_to_end(sender)
        if len(self._full_at) > MOST_SENDERS:
            self._full_at.popitem(last=False)
        return 0.0


class ActCap:
    """Drops what one customer does beyond a cap, so that she slows nobody else down.

    What is dropped is acknowledged, lest the platform sends it again, and not stored. She is told so once
    in a while. Stopping, and what the platform says of her being reachable, always counts.
    """

    def __init__(self, storage: Storage, ctx: Context, clock: Clock) -> None:
        self._storage = storage
        self._ctx = ctx
        self._acts = Throttle(clock.now, per_second=ACTS_PER_SECOND, burst=ACTS_AT_ONCE)
        pace = 1 / NOTICE_EVERY.total_seconds()
        self._notices = Throttle(clock.now, per_second=pace, burst=1)

    async def over(self, incoming: Incoming) -> Receipt | None:
        """Return what to answer an act that is too much; None for one that counts. Raises StorageBusy."""
        if isinstance(incoming.act, Reached) or talking.stops(incoming.act):
            return None
        sender = f"{incoming.channel.value}:{incoming.account}:{incoming.user}"
        if not self._acts.take(sender):
            return None
        if self._notices.take(sender):
            return Receipt(duplicate=True)
        address = await self._storage.write(lambda tx: talking.slow_down(tx, self._ctx, incoming))
        channel = incoming.channel.value
        _log.warning(
            "a customer does too much at a time; dropped", channel=channel, address=address
        )
        return Receipt()
