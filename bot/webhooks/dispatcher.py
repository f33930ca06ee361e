"""Works the queues of outgoing webhooks off: each destination in rounds of its own, none waiting for another."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog

from bot.metrics import Metrics
from bot.names import LookUp, look_up
from bot.under_way import UnderWay
from bot.webhooks.posting import Endpoint, Letter, Poster
from surveys.errors import NotFound, StorageBusy
from surveys.model import (
    Destination,
    DestinationState,
    Reception,
    ReceptionKind,
    WebhookMessage,
)
from surveys.ports import Storage
from surveys.service import webhooks
from surveys.service.context import Context
from surveys.service.webhooks import Round, Settled, Standing

TEST = "webhook.test"
"""The type of the message that ``aftertouch webhooks test`` sends."""

_log = structlog.get_logger(__name__)


class WebhookDispatcher:
    """Sends what destinations are to be told. An async context manager; ``wake`` rings the drain loop."""

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        endpoints: Mapping[str, Endpoint],
        metrics: Metrics,
        wake: Callable[[], None],
        look_up: LookUp = look_up,
    ) -> None:
        self._storage = storage
        self._ctx = ctx
        self._endpoints = endpoints
        self._metrics = metrics
        self._wake = wake
        self._poster = Poster(ctx.clock, look_up=look_up)
        self._stack = AsyncExitStack()
        self._rounds = UnderWay()
        self._seen: tuple[Destination, ...] = ()

    async def __aenter__(self) -> Self:
        """Make the stored destinations those of the config; without any, nothing is opened or written."""
        names = self._endpoints.keys()
        self._seen = await self._storage.read(lambda tx: tx.destinations.all())
        if names or self._seen:
            await self._storage.write(lambda tx: webhooks.declare(tx, self._ctx, names))
            self._seen = await self._storage.read(lambda tx: tx.destinations.all())
        if names:
            await self._stack.enter_async_context(self._poster)
        await self._stack.enter_async_context(self._rounds)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give up the requests under way; they are made again when their lease has run out."""
        await self._stack.aclose()

    def stop(self) -> None:
        """Begin no further round."""
        self._rounds.stopping = True

    async def settled(self) -> None:
        """Wait until no round is under way."""
        await self._rounds.settled()

    async def drain(self) -> int:
        """Begin a round for every destination that can be sent to; return how many."""
        if self._rounds.stopping or not self._endpoints:
            return 0
        self._seen, ready = await self._storage.read(
            lambda tx: (tx.destinations.all(), tx.destinations.claimable(self._ctx.now()))
        )
        if not any(destination.name in self._endpoints for destination in ready):
            return 0
        rounds = await self._storage.write(
            lambda tx: webhooks.claim(tx, self._ctx, self._endpoints.keys())
        )
        for claimed in rounds:
            self._rounds.begin(self._round(claimed))
        return len(rounds)

    # --- what staff ask for ---------------------------------------------------------------------------

    def health(self) -> dict[str, dict[str, str]]:
        """Return ``state`` (``ok``, ``failing``, ``disabled``) and ``reason`` of each destination, as last seen."""
        return {
            destination.name: {"state": _state(destination), "reason": destination.reason or ""}
            for destination in self._seen
            if destination.name in self._endpoints
        }

    async def standings(self) -> tuple[Standing, ...]:
        """Return every destination that is or was declared, with what waits for it."""
        return await self._storage.read(webhooks.standings)

    async def enable(self, name: str) -> int:
        """Send to a destination again, beginning now; return how many messages wait. Raises NotFound."""
        waiting = await self._storage.write(lambda tx: webhooks.enable(tx, self._ctx, name))
        self._wake()
        return waiting

    async def test(self, name: str) -> Reception:
        """Send one test message, which nothing is stored of, and return what became of it. Raises NotFound."""
        endpoint = self._endpoints.get(name)
        if endpoint is None:
            raise NotFound("webhook", name)
        new_id, now = self._ctx.new_id(), self._ctx.now()
        return await self._poster.post(
            endpoint, Letter(id=f"msg_{new_id}", type=TEST, at=now, data={"destination": name})
        )

    # --- rounds ---------------------------------------------------------------------------------------

    async def _round(self, claimed: Round) -> None:
        """Make the requests and settle them; what can't be settled is sent again after the lease."""
        name = claimed.destination.name
        found = await asyncio.gather(*(self._post(name, m) for m in claimed.messages))
        receptions = {m.id: r for m, r in zip(claimed.messages, found, strict=True)}
        try:
            settled = await self._storage.write(
                lambda tx: webhooks.settle(tx, self._ctx, claimed, receptions)
            )
        except StorageBusy:
            _log.warning("webhooks not settled; they will be sent again", destination=name)
        except Exception:  # noqa: BLE001 the job's edge: the lease runs out and they are sent again
            _log.exception("webhooks could not be settled", destination=name)
        else:
            self._tell(claimed, settled)
            self._wake()

    async def _post(self, name: str, message: WebhookMessage) -> Reception:
        letter = Letter(
            id=message.id, type=message.type.value, at=message.created_at, data=message.data or {}
        )
        try:
            reception = await self._poster.post(self._endpoints[name], letter)
        except Exception:  # noqa: BLE001 the request's edge: logged, tried again
            _log.exception("a webhook failed", destination=name, message=message.id)
            reception = Reception(kind=ReceptionKind.FAILED, reason="bug")
        self._metrics.webhooks.labels(name, reception.kind.value).inc()
        if reception.kind is not ReceptionKind.ACCEPTED:
            _log.warning(
                "webhook not accepted",
                destination=name,
                message=message.id,
                reason=reception.reason,
                tries=message.tries + 1,
            )
        return reception

    def _tell(self, claimed: Round, settled: Settled | None) -> None:
        if settled is None:
            _log.warning("webhooks settled too late", destination=claimed.destination.name)
            return
        after = settled.destination
        if after.state is DestinationState.DISABLED is not claimed.destination.state:
            _log.error(
                "webhook disabled: enable it by hand", destination=after.name, reason=after.reason
            )
        for message in settled.failed:
            _log.error(
                "webhook given up",
                destination=after.name,
                message=message.id,
                reason=message.reason,
            )


def _state(destination: Destination) -> str:
    if destination.state is DestinationState.DISABLED:
        return "disabled"
    return "failing" if destination.reason else "ok"
