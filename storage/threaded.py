"""The storage of a running server: transactions run in threads, callers await them."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TypeVar

from storage.pool import Work
from surveys.errors import StorageBusy
from surveys.ports import UnitOfWork

T = TypeVar("T")


class Crew(Protocol):
    """Threads that run units of work."""

    def submit(self, work: Work[T]) -> asyncio.Future[T]:
        """Queue the work; its future is done after its commit."""

    def close(self) -> None:
        """Finish what was handed in."""


class SqlStorage:
    """See surveys.ports.Storage. Cancelling whoever awaits does not cancel the commit."""

    def __init__(
        self,
        *,
        writers: Crew | None,
        readers: Crew,
        release: Callable[[], None],
        wipe: Callable[[], asyncio.Future[bool]] | None = None,
    ) -> None:
        """Take ``wipe`` where the database is a file of ours; a server's own VACUUM does it elsewhere."""
        self._writers = writers
        self._wipe = wipe
        self._readers = readers
        self._release = release

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work in a transaction and commit; raises StorageBusy where it was opened to read."""
        if self._writers is None:
            message = "the database was opened for reading only"
            raise StorageBusy(message)
        return await asyncio.shield(self._writers.submit(work))

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work in a read-only transaction that sees one consistent state."""
        return await asyncio.shield(self._readers.submit(work))

    async def wipe(self) -> bool:
        """Leave nothing readable that was deleted; see Desk.wipe."""
        return await asyncio.shield(self._wipe()) if self._wipe else True

    async def close(self) -> None:
        """Commit what was handed in, close all connections, free the database file."""
        await asyncio.shield(asyncio.to_thread(self._close))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _close(self) -> None:
        if self._writers is not None:
            self._writers.close()
        self._readers.close()
        self._release()
