"""What is read is its reader's alone: nothing of the storage keeps it."""

import asyncio
import gc
import weakref
from pathlib import Path

from storage.opening import open_storage
from surveys.ports import UnitOfWork
from tests.sqlite import migrated


class Page:
    """Something large that was read."""


def page(_: UnitOfWork) -> Page:
    return Page()


async def test_a_result_is_gone_with_its_reader_and_waits_for_no_collector(tmp_path: Path) -> None:
    """An export reads hundreds of pages in a second; kept for half a minute each, they would fill the memory."""
    async with open_storage(migrated(tmp_path / "a.sqlite3")) as storage:
        gc.collect()
        gc.disable()
        try:
            kept = [weakref.ref(await storage.read(page)) for _ in range(20)]
            await asyncio.sleep(0)
            async with asyncio.timeout(60):
                while sum(each() is not None for each in kept) > 1:  # the last task step holds one
                    await asyncio.sleep(0.01)
        finally:
            gc.enable()
