"""Ends erasures, takes away what has been kept long enough, and wipes the database's files after both."""

from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Final

import structlog

from bot.wiping import wipe_if_due
from surveys.ports import Storage, UnitOfWork
from surveys.service import erasing, retention
from surveys.service.context import Context
from surveys.service.retention import KINDS, Keeping

MOST_FAREWELLS: Final = 100
REST: Final = 50
"""A wipe that took so long is followed by none for so many times as long: writes wait while one runs."""

_log = structlog.get_logger(__name__)


class Privacy:
    """Chores of the drain loop; each call does a little, so that whatever else is due is done in between."""

    def __init__(self, *, storage: Storage, ctx: Context, keeping: Keeping) -> None:
        self._storage = storage
        self._ctx = ctx
        self._keeping = keeping
        self._left: list[str] = []
        self._taken: dict[str, int] = {}
        self._rests_until = 0.0

    @property
    def chores(self) -> tuple[Callable[[], Awaitable[int]], ...]:
        """What the drain loop runs, in this order."""
        return self.end_erasures, self.retain, self.wipe

    async def end_erasures(self) -> int:
        """Delete the farewells that have been read or can't be."""
        if not await self._storage.read(lambda tx: erasing.any_over(tx, self._ctx)):
            return 0
        return await self._storage.write(lambda tx: erasing.finish(tx, self._ctx, MOST_FAREWELLS))

    async def retain(self) -> int:
        """Once a day, take away one batch after another."""
        if not self._left:
            if not await self._storage.read(lambda tx: retention.is_due(tx, self._ctx)):
                return 0
            self._left, self._taken = list(KINDS), {}
        kind = self._left[0]
        count = await self._storage.write(
            lambda tx: retention.take_away(tx, self._ctx, self._keeping, kind)
        )
        self._taken[kind] = self._taken.get(kind, 0) + count
        if not count:
            self._left.pop(0)
        if not self._left:
            await self._note_done()
        return 1

    async def _note_done(self) -> None:
        total = sum(self._taken.values())
        await self._storage.write(lambda tx: retention.note_done(tx, self._ctx, total))
        if total:
            _log.info("kept long enough, deleted", **self._taken)

    async def wipe(self) -> int:
        """Leave nothing readable of what was deleted, unless the last wipe was long and is not long ago."""
        if monotonic() >= self._rests_until:
            began = monotonic()
            if await wipe_if_due(self._storage):
                self._rests_until = monotonic() + REST * (monotonic() - began)
        return 0


async def sweep(storage: Storage, ctx: Context, keeping: Keeping) -> dict[str, int]:
    """Take away everything that has been kept long enough, in batches, and wipe; return how much, by kind."""
    taken: dict[str, int] = {}
    for kind in KINDS:
        taken[kind] = 0
        work = partial(_batch, ctx=ctx, keeping=keeping, kind=kind)
        while count := await storage.write(work):
            taken[kind] += count
    await storage.write(lambda tx: retention.note_done(tx, ctx, sum(taken.values())))
    await wipe_if_due(storage)
    return taken


def _batch(tx: UnitOfWork, *, ctx: Context, keeping: Keeping, kind: str) -> int:
    return retention.take_away(tx, ctx, keeping, kind)
