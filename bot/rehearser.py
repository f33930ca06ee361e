"""Goes through the rehearsals that staff ordered on a page: one process at a time, a page of events a read.

Between two reads it rests as long as the last one took, so that customers and other pages go first on a busy machine.
"""

import asyncio
from typing import Final

import structlog

from scheduler.leases import run_alone
from surveys.ports import Leases, Storage
from surveys.service.context import Context
from surveys.service.rehearsal_orders import Order, begin, next_order, settle

LEASE: Final = "rehearsals"
_log = structlog.get_logger(__name__)


class Rehearser:
    """Runs in every process that serves pages; ``ring`` says that something was ordered."""

    def __init__(self, *, storage: Storage, ctx: Context, leases: Leases) -> None:
        self._storage = storage
        self._ctx = ctx
        self._leases = leases
        self._rang = asyncio.Event()

    def ring(self) -> None:
        """Look for orders now; one that waits is begun once no other process is at it."""
        self._rang.set()

    async def run(self) -> None:
        """Rehearse whatever is ordered, first what an ended process left, until cancelled."""
        while True:
            if await self._storage.read(next_order) is not None:
                await run_alone(self._leases, LEASE, self._all, _stand_by)
            await self._rang.wait()
            self._rang.clear()

    async def _all(self) -> None:
        while (wanted := await self._storage.read(next_order)) is not None:
            await self._one(wanted)

    async def _one(self, wanted: Order) -> None:
        found = None
        try:
            rehearsing = await self._storage.read(lambda tx: begin(tx, self._ctx, wanted))
            if rehearsing is None:
                return
            clock = asyncio.get_running_loop().time
            begun = clock()
            while await self._storage.read(rehearsing.step):
                await asyncio.sleep(clock() - begun)
                begun = clock()
            found = rehearsing.found
        except Exception:  # noqa: BLE001 the job's edge: whoever ordered it is told, and may order it again
            _log.exception("a rehearsal failed", trigger=wanted.trigger)
        await self._storage.write(lambda tx: settle(tx, wanted, found))


def _stand_by(why: str) -> None:
    _log.info("rehearsals wait", why=why)
