"""Sends staff what waits for them: claim in one commit, one request with a total deadline, settle in another."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import structlog

from bot.metrics import Metrics
from bot.staff.files import PageWriter
from bot.under_way import Sender
from surveys.errors import StorageBusy
from surveys.model import Channel, Outcome, OutcomeKind
from surveys.ports import SENDING_LEASE, Storage, UnitOfWork
from surveys.service import staff_messages
from surveys.service.context import Context
from surveys.service.outcomes import DEADLINE
from surveys.staff_messages import StaffBody, StaffMessage, StaffState, parse_place

GRACE_SECONDS = 0.5
"""The teller has the deadline itself and names what went wrong better; this only catches its failing."""

_OFF = Outcome(kind=OutcomeKind.NOT_SENT, reason="channel_down", account_down=True)
_NOT_BEGUN = Outcome(kind=OutcomeKind.PAUSED, reason="not_begun", retry_after=1.0)
_log = structlog.get_logger(__name__)


class Teller(Protocol):
    """Where staff can be told something: a platform, or a folder."""

    async def tell(self, name: str, body: StaffBody) -> Outcome:
        """Make exactly one request that posts the message to this chat; never raises for a platform's answer."""


class StaffSender(Sender):
    """Drains the messages to staff; ``wake`` rings the drain loop.

    ``before`` is awaited before each batch of claims, so that no request goes out uncounted (bot.heart).
    """

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        tellers: Callable[[], Mapping[Channel, Teller]],
        folder: Path | None,
        metrics: Metrics,
        wake: Callable[[], None],
        before: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._storage = storage
        self._ctx = ctx
        self._tellers = tellers
        self._pages = PageWriter(folder)
        self._metrics = metrics
        self._wake = wake
        self._before = before

    async def drain(self) -> int:
        """Begin what may go out now, and show what was lost as unknown; return how many messages that were."""
        free = staff_messages.AT_ONCE - len(self._requests)
        if self._requests.stopping or free <= 0 or not await self._storage.read(self._any_to_do):
            return 0
        await self._before()
        lost, claimed = await self._storage.write(
            lambda tx: (
                staff_messages.recover(tx, self._ctx),
                staff_messages.claim(tx, self._ctx, free),
            )
        )
        for message in lost:
            _tell(message)
        for message in claimed:
            self._requests.begin(self._send(message), self._wake)
        return len(lost) + len(claimed)

    def _any_to_do(self, tx: UnitOfWork) -> bool:
        now, rows = self._ctx.now(), tx.staff_messages
        return bool(rows.claimable(now, 1) or rows.overdue_sending(now - SENDING_LEASE, 1))

    async def _send(self, message: StaffMessage) -> None:
        outcome = await self._request(message) if self._may_begin(message) else _NOT_BEGUN
        self._metrics.staff_messages.labels(message.kind, outcome.kind.value).inc()
        try:
            after = await self._storage.write(
                lambda tx: staff_messages.settle(tx, self._ctx, message, outcome)
            )
        except StorageBusy:
            _log.warning("outcome not stored; the message will be unknown", message=message.id)
        except Exception:  # noqa: BLE001 the request's edge: its claim runs out and it will be unknown
            _log.exception("an outcome failed to be stored", message=message.id)
        else:
            _tell(after)

    def _may_begin(self, message: StaffMessage) -> bool:
        """Say no on a claim that may run out before the answer comes: somebody else would call the message lost."""
        age = self._ctx.now() - (message.started_at or self._ctx.now())
        return not self._requests.stopping and age <= SENDING_LEASE - DEADLINE

    async def _request(self, message: StaffMessage) -> Outcome:
        place = parse_place(message.destination)
        teller = self._pages if place.channel is None else self._tellers().get(place.channel)
        if teller is None or message.body is None:
            return _OFF
        try:
            async with asyncio.timeout(DEADLINE.total_seconds() + GRACE_SECONDS):
                return await teller.tell(place.name, message.body)
        except TimeoutError:
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="deadline")
        except Exception:  # noqa: BLE001 the request's edge: whether it went out is unknown
            _log.exception("telling staff failed", message=message.id)
            return Outcome(kind=OutcomeKind.UNKNOWN, reason="bug")


def _tell(message: StaffMessage | None) -> None:
    """Log what somebody has to look at."""
    if message is None or message.state is StaffState.SENT:
        return
    about = {"message": message.id, "to": message.destination, "reason": message.reason}
    if message.state is StaffState.UNKNOWN:
        _log.error(
            "nobody can tell whether a message to staff arrived; it is not sent again", **about
        )
    elif message.state is StaffState.FAILED:
        _log.error("a message to staff was given up", **about)
    else:
        _log.warning("a message to staff waits", **about)
