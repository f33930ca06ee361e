"""An event loop whose time jumps to the next timer when nothing is ready: one thread, no waiting, no clock."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

DAWN = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Seoul: virtual second 0 as the wall clock shows it."""


MOST_TURNS = 20_000
"""Turns of the loop in which no time passes, after which it spins: the busiest seed needs some hundreds."""


class Stuck(BaseException):
    """Time goes on no more: all wait for what can never come, or something spins. Nothing may catch it."""


class _Jumping(selectors.SelectSelector):
    """Never waits for a file: where the loop would sleep, its time moves on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._turns = 0 if timeout else self._turns + 1
        if timeout is None or self._turns > MOST_TURNS:
            raise Stuck
        self.seconds += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module. ``time()`` counts virtual seconds from 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.seconds


class WallClock:
    """See surveys.ports.Clock: virtual time as a wall clock shows it, which may be put forward or back."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._steps: list[tuple[float, timedelta]] = [(0.0, timedelta())]

    def now(self) -> datetime:
        return self.at(self._loop.time())

    def at(self, moment: float) -> datetime:
        """Return what the clock showed at a virtual second."""
        offset = next(shown for since, shown in reversed(self._steps) if since <= moment)
        return DAWN + timedelta(microseconds=round(moment * 1e6)) + offset

    def shown(self, since: float, until: float) -> list[datetime]:
        """Return what the clock showed at the ends of a span, and on both sides of each step within."""
        steps = [moment for moment, _ in self._steps if since < moment <= until]
        return [self.at(m) for s in steps for m in (s - 1e-6, s)] + [self.at(since), self.at(until)]

    def step(self, by: timedelta) -> None:
        """Put the clock forward or back."""
        self._steps.append((self._loop.time(), self._steps[-1][1] + by))


def run_virtually(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on a loop of its own to its end."""
    loop = VirtualLoop()
    try:
        result = loop.run_until_complete(main(loop))
        loop.run_until_complete(_end_the_rest())
    finally:
        loop.close()
    return result


async def _end_the_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
