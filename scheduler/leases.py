"""Work that only one process of a deployment may do at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from surveys.errors import StorageBusy
from surveys.ports import Lease, Leases

STANDBY: Final = 3.0
"""Seconds between two tries to get what another process holds."""

Work = Callable[[], Coroutine[Any, Any, None]]
_log = structlog.get_logger(__name__)


async def run_alone(leases: Leases, name: str, work: Work, stand_by: Callable[[str], None]) -> None:
    """Do the work while the lease is ours; stop it when that is lost, and stand by until it is ours again.

    Returns when the work does. ``stand_by`` is told why the work is not being done here.
    """
    while True:
        try:
            lease = await leases.take(name)
        except StorageBusy as busy:
            lease = None
            stand_by(str(busy))
        else:
            if lease is None:
                stand_by("another process does this")
        if lease is not None and await _done(lease, work):
            return
        await asyncio.sleep(STANDBY)


async def _done(lease: Lease, work: Work) -> bool:
    """Work until done or the lease is lost; say whether it was done."""
    try:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(work())
            losing = tasks.create_task(lease.lost())
            await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
            is_done = working.done()
            working.cancel()
            losing.cancel()
    finally:
        await lease.release()
    if not is_done:
        _log.warning("a lease was lost; another process may have it now")
    return is_done
