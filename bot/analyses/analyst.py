"""Runs the analyses: nightly in one of the processes, and on demand; reading and storing let everything else go on.

What a run reads goes page by page through short reads, what it works out is done in a thread of its own, and what it
found is stored in one commit. numpy and scipy are loaded by the first run.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.pace import Pace
from scheduler.leases import run_alone
from surveys.carrying import carried
from surveys.ports import Leases, Storage, UnitOfWork
from surveys.service import analysing, narrowing
from surveys.service.context import Context
from surveys.service.narrowing import Narrowed, Where
from surveys.service.went_live import went_live
from surveys.stored_analyses import KINDS, Analysis

if TYPE_CHECKING:
    from surveys.analyses.columns import Frame
    from surveys.analyses.reading import Page, Read
    from surveys.analyses.run import Before

LEASE: Final = "analyses"
PAGE: Final = 2000
"""Rows of one read: a few dozen milliseconds."""

KNOWN_ALERTS: Final = 500
LOOKS: Final = timedelta(minutes=1)
"""The drain loop comes by far more often than a run can become due."""

_log = structlog.get_logger(__name__)


class Analyst:
    """One process at a time analyses; ``every`` says when it does by itself."""

    def __init__(
        self, *, storage: Storage, ctx: Context, leases: Leases, every: Pace | timedelta
    ) -> None:
        self._storage = storage
        self._ctx = ctx
        self._leases = leases
        self._every = every if isinstance(every, timedelta) else None
        self._runs = every is not Pace.NEVER
        self._due = asyncio.Event()
        self._looked_at: datetime | None = None

    async def chore(self) -> int:
        """Notice that a run is due, as one of the drain loop's chores; the run itself holds up no other chore."""
        now = self._ctx.now()
        is_early = self._looked_at is not None and timedelta() <= now - self._looked_at < LOOKS
        if not is_early and not self._due.is_set():
            self._looked_at = now
            if await self._storage.read(self._has_work):
                self._due.set()
        return 0

    def ring(self) -> None:
        """Work out what was ordered now, and not when somebody looks."""
        self._due.set()

    async def run(self) -> None:
        """Run whenever one is due or something was ordered, first what an ended process left, until cancelled."""
        if self._runs:
            await self._storage.write(lambda tx: analysing.begin(tx, self._ctx))
        while True:
            if await self._storage.read(self._has_work):
                await run_alone(self._leases, LEASE, self._all, _stand_by)
            await self._due.wait()
            self._due.clear()

    async def analyse(self, kinds: Collection[str] = KINDS) -> dict[str, int]:
        """Analyse now, after whoever does it at the moment; return how much was stored."""
        counts: dict[str, int] = {}

        async def work() -> None:
            counts.update(await analyse(self._storage, self._ctx, kinds))

        await run_alone(self._leases, LEASE, work, _stand_by)
        return counts

    async def narrow(self, where: Where, by: str) -> dict[str, int]:
        """Work the analyses of some filters out now, likewise, and keep them; raises InvalidInput."""
        await self._storage.write(partial(narrowing.order, ctx=self._ctx, where=where, by=by))
        counts: dict[str, int] = {}

        async def work() -> None:
            counts.update(await analyse(self._storage, self._ctx, (), wanted=(where,)))

        await run_alone(self._leases, LEASE, work, _stand_by)
        kinds = len(carried(self._ctx.program, (name for name, _ in where)))
        return {**counts, "kinds": kinds, "analyses": kinds}

    async def _all(self) -> None:
        """Work off what waits; a nightly run that becomes due meanwhile waits for no more orders, however many come."""
        await self._nightly()
        while wanted := await self._storage.read(narrowing.waiting):
            await self._ordered(wanted)
            await self._nightly()

    async def _nightly(self) -> None:
        """Do everything, unless another process has done it meanwhile; what fails is tried again the next time."""
        if not await self._storage.read(self._is_due):
            return
        try:
            counts = await analyse(self._storage, self._ctx, KINDS)
            _log.info("analysed", **counts)
        except Exception:  # noqa: BLE001 the job's edge: the next run is as good
            _log.exception("the analyses failed")
        await self._storage.write(lambda tx: analysing.note_done(tx, self._ctx))

    async def _ordered(self, wanted: Collection[Where]) -> None:
        """Work these filters out; of a fault whoever ordered them is told, and may order them again."""
        try:
            await analyse(self._storage, self._ctx, (), wanted=wanted)
        except Exception:  # noqa: BLE001 the job's edge, as above
            _log.exception("nothing could be read for a filter")
            await self._storage.write(partial(_failed, wanted=wanted))

    def _has_work(self, tx: UnitOfWork) -> bool:
        return self._is_due(tx) or bool(narrowing.waiting(tx))

    def _is_due(self, tx: UnitOfWork) -> bool:
        return self._runs and analysing.is_due(tx, self._ctx, self._every)


def _stand_by(why: str) -> None:
    _log.info("analyses wait", why=why)


def _failed(tx: UnitOfWork, wanted: Collection[Where]) -> None:
    for where in wanted:
        narrowing.settle(tx, where, None)


async def analyse(
    storage: Storage,
    ctx: Context,
    kinds: Collection[str],
    *,
    page: int = PAGE,
    wanted: Collection[Where] | None = None,
) -> dict[str, int]:
    """Read, work out and store these kinds; return how many analyses there are, and how many new alerts.

    What staff ordered for a filter is worked out over the same rows: all of it, or what is ``wanted``.
    """
    # It takes a second, which nobody else must wait for.
    await asyncio.to_thread(import_module, "surveys.analyses.narrowed")
    filters = await storage.read(narrowing.kept) if wanted is None else wanted
    frame = await _read(storage, ctx, page, narrowing.axes_of(filters, ctx.program))
    counts = await _everything(storage, ctx, kinds, frame)
    for where in filters:
        await _narrow(storage, ctx, frame, where)
    return counts


async def _everything(
    storage: Storage, ctx: Context, kinds: Collection[str], frame: "Frame"
) -> dict[str, int]:
    from surveys.analyses.run import run  # noqa: PLC0415 see analyse

    before = await storage.read(_before)
    # One after another: a thread cannot be stopped, and a server that is stopped waits for it.
    found = [await asyncio.to_thread(run, frame, ctx.program, (kind,), before) for kind in kinds]
    analyses = [analysis for part in found for analysis in part.analyses]
    alerts = [alert for part in found for alert in part.alerts]
    new = await storage.write(
        partial(analysing.store, ctx=ctx, kinds=kinds, analyses=analyses, alerts=alerts)
    )
    return {"kinds": len(kinds), "analyses": len(analyses), "alerts": new}


async def _narrow(storage: Storage, ctx: Context, frame: "Frame", where: Where) -> None:
    from surveys.analyses.narrowed import narrowed  # noqa: PLC0415 see analyse

    found = None
    try:
        contents = await asyncio.to_thread(narrowed, frame, ctx.program, where)
        found = Narrowed(as_of=frame.as_of, contents=contents)
    except Exception:  # noqa: BLE001 the job's edge: whoever ordered it is told, and may order it again
        _log.exception("analyses for a filter failed")
    await storage.write(partial(narrowing.settle, where=where, found=found))


async def _read(storage: Storage, ctx: Context, page: int, axes: tuple[str, ...]) -> "Frame":
    from surveys.analyses.reading import Gathering  # noqa: PLC0415 see analyse

    now = ctx.now()
    gathering = Gathering(ctx.program, now, ctx.day(now), page=page, axes=axes)
    for read, keep, first in gathering.reads():
        cursor = first
        while True:
            turned = await _turned(storage, read, cursor)
            keep(turned)
            cursor = turned.after
            if cursor is None:
                break
    versions = await storage.read(went_live)
    return await asyncio.to_thread(gathering.frame, versions)


async def _turned(storage: Storage, read: "Read", cursor: Any) -> "Page":
    return await storage.read(lambda tx: read(tx, cursor))


def _before(tx: UnitOfWork) -> "Before":
    from surveys.analyses.run import Before  # noqa: PLC0415 see analyse

    surges: Sequence[Analysis] = tx.analyses.all("surge")
    alerts = tx.alerts.newest(KNOWN_ALERTS)
    return Before(surges={each.key: each for each in surges}, alerts=alerts)
