"""Sends what is due: claim in one commit, make one request with a total deadline, settle in another.

Messages to one address go out one after the other, in the order they were written; addresses go in parallel, and
a platform that hangs holds up its own messages only. No library retries anywhere: what is tried again is decided in
``surveys.service.outcomes``. An unknown delivery is looked for in its chat once its quarantine is over.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta

import structlog

from bot.claims import Claims
from bot.metrics import Metrics
from bot.under_way import Sender
from bot.unreadable import around_unreadable
from surveys.errors import StorageBusy
from surveys.model import (
    Channel,
    Delivery,
    DeliveryState,
    Finding,
    FindingKind,
    Outcome,
    OutcomeKind,
)
from surveys.ports import SENDING_LEASE, Messenger, Storage, UnitOfWork
from surveys.service import lookups, outcomes
from surveys.service.context import Context
from surveys.service.holding import goes_out
from surveys.service.lookups import Look
from surveys.service.sending import Claimed, NotClaimed

AT_ONCE = 16
"""Requests under way to one platform."""

MOST_CURSORS = 256
"""Looks whose place in a long history is kept."""

# The messenger has the deadline itself and names what went wrong better; this only catches its failing.
GRACE_SECONDS = 0.5
_GIVEN_BACK_FOR = 1.0
# A bot or workspace that was replaced: its chats wait in case it comes back, and hold up no others.
_REPLACED_FOR = 3600.0
# Seconds: together the time in which a database restarts, and less than is left of a claim.
_STORE_AGAIN = (0.5, 1.0, 2.0, 4.0)
# A claim as old as this asks again whether sending is held: the loop may have stalled since.
_FRESH = timedelta(seconds=1)
_BEFORE_ANY = -1
_log = structlog.get_logger(__name__)


class Dispatcher(Sender):
    """Drains the outbox of the channels that we push to; ``wake`` rings its loop.

    ``before`` is awaited before each batch of claims, so that no request goes out uncounted (bot.heart). ``orders``
    counts what operators ordered in this process.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        messengers: Callable[[], Mapping[Channel, Messenger]],
        metrics: Metrics,
        wake: Callable[[], None],
        before: Callable[[], Awaitable[None]] | None = None,
        orders: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__()
        self._orders = orders
        self._claims = Claims(storage, ctx)
        self._before = before
        self._storage = storage
        self._ctx = ctx
        self._messengers = messengers
        self._metrics = metrics
        self._wake = wake
        self._under_way: Counter[Channel] = Counter()
        self._cursors: dict[str, str] = {}

    async def drain(self) -> int:
        """Begin what may go now; return how many deliveries it claimed, held or ended."""
        if self._requests.stopping:
            return 0
        for claim in await self._claims.found_standing():
            self._run(claim.delivery.channel, self._send(claim, _BEFORE_ANY))
        changed = 0
        for channel in self._messengers():
            free = AT_ONCE - self._under_way[channel]
            changed += await self._begin(channel, free) if free > 0 else 0
        return changed

    async def _begin(self, channel: Channel, free: int) -> int:
        due = await self._claims.candidates(channel, free)
        if due and self._before is not None:
            await self._before()
        orders = self._orders()
        claims = await asyncio.gather(*(self._claims.take(delivery_id) for delivery_id in due))
        for claim in claims:
            if isinstance(claim, Claimed):
                self._run(channel, self._send(claim, orders))
        return sum(claim is not NotClaimed.NOT_NOW for claim in claims)

    async def look_up(self) -> int:
        """Begin to settle what is unknown and out of quarantine; return how many deliveries that were."""
        looks = await around_unreadable(self._storage, self._ctx, self._taken)
        for look in looks:
            self._run(look.delivery.channel, self._look(look))
        return len(looks)

    async def _taken(self) -> tuple[Look, ...]:
        channels = tuple(self._messengers())
        if self._requests.stopping or not await self._storage.read(
            lambda tx: tx.deliveries.unsettled(self._ctx.now(), channels, 1)
        ):
            return ()
        return await self._storage.write(
            lambda tx: lookups.take_unsettled(tx, self._ctx, channels, AT_ONCE)
        )

    # --- requests -------------------------------------------------------------------------------------

    def _run(self, channel: Channel, request: Coroutine[None, None, None]) -> None:
        self._under_way[channel] += 1
        self._requests.begin(request, lambda: self._ended(channel))

    def _ended(self, channel: Channel) -> None:
        if self._under_way[channel] == AT_ONCE:
            self._wake()
        self._under_way[channel] -= 1

    async def _send(self, claimed: Claimed, orders: int) -> None:
        """Make the request, or give the claim back; ``orders``: how many there were when it was made."""
        outcome = await self._not_begun(claimed, orders) or await self._request(claimed)
        delivery = claimed.delivery
        self._metrics.deliveries.labels(delivery.channel.value, outcome.kind.value).inc()
        if outcome.kind is not OutcomeKind.ACCEPTED:
            _log.warning("delivery not accepted", **_named(delivery, outcome))

        try:
            more = await self._settle(delivery, outcome)
        except StorageBusy:
            _log.warning("outcome not stored; the delivery will be unknown", delivery=delivery.id)
        except Exception:  # noqa: BLE001 the request's edge: its claim runs out and it will be unknown
            _log.exception("an outcome failed to be stored", delivery=delivery.id)
        else:
            if more:
                self._wake()

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> bool:
        """Store what is known of a request, once more where the storage is away for a moment.

        Nobody could tell it later. Raises StorageBusy where that lasts. Say whether more waits for the same chat.
        """

        def work(tx: UnitOfWork) -> bool:
            outcomes.settle(tx, self._ctx, delivery.id, delivery.fence, outcome)
            return bool(tx.deliveries.pullable(delivery.address_id, self._ctx.now(), 1))

        for pause in _STORE_AGAIN:
            try:
                return await self._storage.write(work)
            except StorageBusy:
                await asyncio.sleep(pause)
        return await self._storage.write(work)

    async def _not_begun(self, claimed: Claimed, orders: int) -> Outcome | None:
        """Return why no request may begin now; the delivery goes back to the queue and that costs no try.

        On a claim that may run out before the answer comes, somebody else would call the message lost.
        """
        age = self._ctx.now() - (claimed.delivery.started_at or self._ctx.now())
        if self._requests.stopping:
            return _later("stopping", _GIVEN_BACK_FOR)
        if age > SENDING_LEASE - outcomes.DEADLINE:
            return _later("lease_over", _GIVEN_BACK_FOR)
        if abs(age) > _FRESH or orders != self._orders():
            return await self._forbidden(claimed.delivery)
        return None

    async def _forbidden(self, delivery: Delivery) -> Outcome | None:
        """Look whether sending is held now: a claim that is no longer fresh may be of before the hold."""
        try:
            only = await self._storage.read(goes_out)
        except StorageBusy:
            return _later("storage_busy", _GIVEN_BACK_FOR)
        return None if only in (None, delivery.delivery_class) else _later("held", _GIVEN_BACK_FOR)

    async def _request(self, claimed: Claimed) -> Outcome:
        messenger = self._messengers().get(claimed.delivery.channel)
        if messenger is None:
            return Outcome(kind=OutcomeKind.NOT_SENT, reason="channel_down", account_down=True)
        if messenger.account != claimed.address.account:
            return _later("other_account", _REPLACED_FOR)
        try:
            async with asyncio.timeout(outcomes.DEADLINE.total_seconds() + GRACE_SECONDS):
                if claimed.ref is not None:
                    return await messenger.edit(claimed.address, claimed.ref, claimed.prompt)
                return await messenger.send(claimed.address, claimed.prompt, claimed.delivery.id)
        except TimeoutError:
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="deadline")
        except Exception:  # noqa: BLE001 the request's edge: whether it went out is unknown
            _log.exception("request failed", delivery=claimed.delivery.id)
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="bug")

    # --- looking for what is unknown ------------------------------------------------------------------

    async def _look(self, look: Look) -> None:
        delivery = look.delivery
        finding = await self._find(look)
        self._remember(delivery.id, finding)
        try:
            settled = await self._storage.write(
                lambda tx: lookups.settle_unknown(
                    tx, self._ctx, delivery.id, delivery.fence, finding
                )
            )
        except StorageBusy:
            _log.warning("what was found is not stored; it is looked up again", **_about(delivery))
        except Exception:  # noqa: BLE001 the job's edge: the look is made again when its claim runs out
            _log.exception("an unknown delivery could not be settled", **_about(delivery))
        else:
            self._tell(settled)
            self._wake()

    def _remember(self, delivery_id: str, finding: Finding) -> None:
        """Keep where the look goes on; one that is forgotten begins anew."""
        known = self._cursors.pop(delivery_id, None)
        cursor = finding.cursor or (known if finding.kind is FindingKind.NOT_NOW else None)
        if cursor is not None:
            self._cursors[delivery_id] = cursor
        while len(self._cursors) > MOST_CURSORS:
            del self._cursors[next(iter(self._cursors))]

    async def _find(self, look: Look) -> Finding:
        messenger = self._messengers().get(look.delivery.channel)
        if messenger is None or self._requests.stopping:
            return Finding(kind=FindingKind.NOT_NOW, reason="channel_down")
        if messenger.account != look.address.account:
            return Finding(kind=FindingKind.NO_HISTORY, reason="other_account")
        cursor = self._cursors.get(look.delivery.id)
        try:
            async with asyncio.timeout(outcomes.DEADLINE.total_seconds() + GRACE_SECONDS):
                return await messenger.find(look.address, look.delivery.id, look.since, cursor)
        except TimeoutError:
            return Finding(kind=FindingKind.NOT_NOW, reason="deadline")
        except Exception:  # noqa: BLE001 the request's edge: asked again later
            _log.exception("a look-up failed", **_about(look.delivery))
            return Finding(kind=FindingKind.NOT_NOW, reason="bug")

    def _tell(self, settled: Delivery | None) -> None:
        if settled is not None and settled.state is DeliveryState.PARKED:
            _log.error(
                "delivery parked: nobody can tell whether it arrived; settle it by hand",
                reason=settled.reason,
                **_about(settled),
            )


def _later(reason: str, seconds: float) -> Outcome:
    """Return the outcome of no request: this chat waits, and its message is none the worse for it."""
    return Outcome(kind=OutcomeKind.PAUSED, reason=reason, retry_after=seconds)


def _about(delivery: Delivery) -> dict[str, str]:
    return {"delivery": delivery.id, "channel": delivery.channel.value}


def _named(delivery: Delivery, outcome: Outcome) -> dict[str, str | None]:
    return {**_about(delivery), "outcome": outcome.kind.value, "reason": outcome.reason}
