"""Sends what is due: claim in one commit, make one request with a total deadline, settle in another.

Messages to one address go out one after the other, in the order they were written; addresses go in
parallel. No library retries anywhere: what is tried again is decided in ``surveys.service.sending``.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import structlog

from bot.metrics import Metrics
from surveys.errors import StorageBusy
from surveys.model import Channel, Outcome, OutcomeKind
from surveys.ports import SENDING_LEASE, Messenger, Storage
from surveys.service import sending
from surveys.service.context import Context
from surveys.service.sending import Claimed

BATCH = 100
AT_ONCE = 16
# The messenger has the deadline itself and names what went wrong better; this only catches its failing.
GRACE_SECONDS = 0.5
_GIVEN_BACK_FOR = 1.0
# A bot or workspace that was replaced: its chats wait in case it comes back, and hold up no others.
_REPLACED_FOR = 3600.0
_log = structlog.get_logger(__name__)


class Dispatcher:
    """Drains the outbox of the channels that we push to."""

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        messengers: Callable[[], Mapping[Channel, Messenger]],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._ctx = ctx
        self._messengers = messengers
        self._metrics = metrics
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._stopping = False

    def stop(self) -> None:
        """Begin no further request: what is claimed and not yet under way goes back to the queue."""
        self._stopping = True

    async def drain(self) -> int:
        """Send one batch; return how many deliveries were due."""
        channels = tuple(self._messengers())
        if self._stopping or not channels:
            return 0
        due = await self._storage.read(
            lambda tx: sending.candidates(tx, self._ctx, channels, BATCH)
        )
        found = await asyncio.gather(*(self._claim(delivery_id) for delivery_id in due))
        in_turn = sorted((claimed for claimed in found if claimed is not None), key=_address)
        async with asyncio.TaskGroup() as tasks:
            for _, turn in groupby(in_turn, key=_address):
                tasks.create_task(self._send_in_turn(list(turn)))
        return len(due)

    async def _claim(self, delivery_id: str) -> Claimed | None:
        """Commit the intent; a delivery that can't be claimed is put off and blocks no other."""
        try:
            return await self._storage.write(lambda tx: sending.claim(tx, self._ctx, delivery_id))
        except StorageBusy:
            # Raised on, it would leave the batch's other claims committed and never sent.
            _log.warning("not claimed, the storage is busy", delivery=delivery_id)
        except Exception:  # noqa: BLE001 the job's edge: logged, put off, given up in the end
            _log.exception("a claim failed; it is put off", delivery=delivery_id)
            await self._storage.write(lambda tx: sending.put_off(tx, self._ctx, delivery_id))
        return None

    async def _send_in_turn(self, turn: Sequence[Claimed]) -> None:
        for claimed in turn:
            async with self._gate:
                await self._send(claimed)

    async def _send(self, claimed: Claimed) -> None:
        outcome = self._not_begun(claimed) or await self._request(claimed)
        delivery = claimed.delivery
        self._metrics.deliveries.labels(delivery.channel.value, outcome.kind.value).inc()
        if outcome.kind is not OutcomeKind.ACCEPTED:
            _log.warning(
                "delivery not accepted",
                delivery=delivery.id,
                channel=delivery.channel.value,
                outcome=outcome.kind.value,
                reason=outcome.reason,
            )
        try:
            await self._storage.write(
                lambda tx: sending.settle(tx, self._ctx, delivery.id, delivery.fence, outcome)
            )
        except StorageBusy:
            _log.warning("outcome not stored; the delivery will be unknown", delivery=delivery.id)

    def _not_begun(self, claimed: Claimed) -> Outcome | None:
        """Return why no request may begin now; the delivery goes back to the queue and that costs no try.

        On a claim that may run out before the answer comes, somebody else would call the message lost.
        """
        started_at = claimed.delivery.started_at or self._ctx.now()
        if self._stopping:
            return _later("stopping", _GIVEN_BACK_FOR)
        if self._ctx.now() - started_at > SENDING_LEASE - sending.DEADLINE:
            return _later("lease_over", _GIVEN_BACK_FOR)
        return None

    async def _request(self, claimed: Claimed) -> Outcome:
        messenger = self._messengers().get(claimed.delivery.channel)
        if messenger is None:
            return Outcome(kind=OutcomeKind.NOT_SENT, reason="channel_down", account_down=True)
        if messenger.account != claimed.address.account:
            return _later("other_account", _REPLACED_FOR)
        try:
            async with asyncio.timeout(sending.DEADLINE.total_seconds() + GRACE_SECONDS):
                if claimed.ref is not None:
                    return await messenger.edit(claimed.address, claimed.ref, claimed.prompt)
                return await messenger.send(claimed.address, claimed.prompt, claimed.delivery.id)
        except TimeoutError:
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="deadline")
        except Exception:  # noqa: BLE001 the request's edge: whether it went out is unknown
            _log.exception("request failed", delivery=claimed.delivery.id)
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="bug")


def _later(reason: str, seconds: float) -> Outcome:
    """Return the outcome of no request: this chat waits, and its message is none the worse for it."""
    return Outcome(kind=OutcomeKind.PAUSED, reason=reason, retry_after=seconds)


def _address(claimed: Claimed) -> str:
    return claimed.address.id
