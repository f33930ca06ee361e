"""A storage for callers who wait at a door: it answers within seconds, or says that it is busy."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from surveys.errors import StorageBusy
from surveys.ports import Storage, UnitOfWork

T = TypeVar("T")

SECONDS: Final = 4.0
"""What platforms, vendors and browsers wait without giving up themselves."""


class Prompt:
    """See surveys.ports.Storage, but for this: what is given up after SECONDS may be stored later all the same.

    Everything that comes in has a key, so whoever is told "busy" hands it in again, and it counts once.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Write, or raise StorageBusy in time."""
        async with _in_time():
            return await self._storage.write(work)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Read, or raise StorageBusy in time."""
        async with _in_time():
            return await self._storage.read(work)

    async def wipe(self) -> bool:
        """Wipe, however long it takes."""
        return await self._storage.wipe()


def prompt(storage: Storage, database_url: str) -> Storage:
    """Return the storage as doors use it. SQLite's one writer has a patience of its own, for a foreign lock."""
    return storage if database_url.startswith("sqlite") else Prompt(storage)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except TimeoutError as late:
        message = f"the database did not answer within {SECONDS:g} s"
        raise StorageBusy(message) from late
