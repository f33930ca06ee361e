"""A storage whose every unit of work goes by the program in force at its beginning."""

from collections.abc import Callable
from typing import TypeVar

from surveys.ports import Storage, UnitOfWork
from surveys.service.live import LiveProgram

T = TypeVar("T")


class Following:
    """See surveys.ports.Storage."""

    def __init__(self, storage: Storage, live: LiveProgram) -> None:
        self._storage = storage
        self._live = live

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Write by the program in force."""
        return await self._storage.write(self._live.following(work))

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Read by the program in force."""
        return await self._storage.read(self._live.following(work))

    async def wipe(self) -> bool:
        """Wipe."""
        return await self._storage.wipe()
