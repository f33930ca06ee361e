"""Keeps an eye on the channels, and lets asks that wait for one which is down go elsewhere."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from surveys.ports import Storage, UnitOfWork
from surveys.service import reaching
from surveys.service.context import Context

EVERY = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


class Lookout:
    """Writes down how the channels stand; ``health`` tells their states as the health check does."""

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        health: Callable[[], Mapping[str, Mapping[str, str]]],
    ) -> None:
        self._storage = storage
        self._ctx = ctx
        self._health = health
        self._looked_at: datetime | None = None

    async def chore(self) -> int:
        """Look if it is time, as one of the drain loop's chores; return how many asks go elsewhere."""
        now = self._ctx.now()
        if self._looked_at is not None and self._looked_at <= now < self._looked_at + EVERY:
            return 0
        rescued = await self._look(self._health())
        self._looked_at = now
        return rescued

    async def _look(self, states: Mapping[str, Mapping[str, str]]) -> int:
        def is_news(tx: UnitOfWork) -> bool:
            told = (reaching.is_news(tx, c, states[c.value]["state"]) for c in reaching.PUSHED)
            return any(told) or reaching.is_down(tx, self._ctx)

        def work(tx: UnitOfWork) -> int:
            for channel in reaching.PUSHED:
                reaching.report(tx, self._ctx, channel, states[channel.value]["state"])
            return reaching.rescue(tx, self._ctx)

        if not await self._storage.read(is_news):
            return 0
        rescued = await self._storage.write(work)
        if rescued:
            _log.warning("questions go to other channels, theirs is down", questions=rescued)
        return rescued
