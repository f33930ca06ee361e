"""A process that has its database for itself: nobody to wake, and every lease is free."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


class SoleBell:
    """See surveys.ports.Bell."""

    def ring(self) -> None:
        """Wake nobody."""

    async def run(self, heard: Callable[[], None]) -> None:
        """Hear nobody."""
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class _SoleLease:
    name: str
    held: set[str]

    async def lost(self) -> None:
        await asyncio.Event().wait()

    async def release(self) -> None:
        self.held.discard(self.name)


class SoleLeases:
    """See surveys.ports.Leases; the lock on a SQLite file keeps other processes away."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    async def take(self, name: str) -> _SoleLease | None:
        """Take what nobody in this process has."""
        if name in self._held:
            return None
        self._held.add(name)
        return _SoleLease(name, self._held)
