"""The world around the application: its time, its dice, its journal. It outlives every process."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random
from typing import Any

from tests.simulation.journal import Entry, Journal
from tests.simulation.loop import VirtualLoop, WallClock


@dataclass(slots=True)
class World:
    """One seed's world. Each part of it throws its own dice, so that one more throw here changes nothing there."""

    seed: int
    loop: VirtualLoop
    clock: WallClock = field(init=False)
    journal: Journal = field(default_factory=Journal)
    _numbers: Iterator[int] = field(default_factory=partial(count, 1))
    _context: Context = field(default_factory=copy_context)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.clock = WallClock(self.loop)

    def dice(self, owner: str) -> Random:
        """Return a part's dice."""
        return Random(f"{self.seed}/{owner}")  # noqa: S311 a seeded simulation

    def new_id(self) -> str:
        """Return a row id that no process has used."""
        return f"id{next(self._numbers):08}"

    def new_token(self) -> str:
        """Return a token like the real ones: 22 base64url characters."""
        return f"token{next(self._numbers):017}"

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task that no crash of the application ends."""
        task = self.loop.create_task(work, context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do something after a while, whatever becomes of the process that asked for it."""
        self.loop.call_later(seconds, work, context=self._context.copy())

    async def rests(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def write(self, what: str, who: str = "", key: str = "", detail: str = "") -> None:
        """Write into the journal."""
        at = round(self.loop.time(), 6)
        self.journal.add(Entry(at=at, what=what, who=who, key=key, detail=detail))
