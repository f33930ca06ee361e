"""One life of the application: its tasks are known, so that a crash ends all of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

from tests.simulation.points import Crash, Points

T = TypeVar("T")
_LIVING: ContextVar["Process | None"] = ContextVar("_LIVING", default=None)


class Down(Exception):
    """Nobody answers: the process is not running, or died before it could."""


class Process:
    """Owns every task that was begun within it. ``dead`` processes touch nothing outside any more."""

    def __init__(self, points: Points, journal: Callable[[str], None]) -> None:
        self._points = points
        self._journal = journal
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self.dead = False
        self.died = asyncio.Event()
        self.in_transaction = False

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a task inside this process."""
        inside = copy_context()
        inside.run(_LIVING.set, self)
        return asyncio.get_running_loop().create_task(work, context=inside)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Remember a task that was begun within, until it is done."""
        self._tasks[task] = None
        task.add_done_callback(self._forget)

    def reach(self, point: str) -> None:
        """Come by a crash point; raises Crash where the process dies, or is dead already."""
        self.must_live()
        if self._points.reach(point):
            self.dead = True
            self.died.set()
            self._journal(f"CRASH {point}")
            raise Crash

    def must_live(self) -> None:
        """Raise Crash in what is left of a dead process."""
        if self.dead:
            raise Crash

    async def nap(self, seconds: float) -> None:
        """Let a moment pass; nobody wakes up in a dead process."""
        await asyncio.sleep(seconds)
        self.must_live()

    async def serve(self, request: Callable[[], Awaitable[T]]) -> T:
        """Handle a request from outside; raises Down where its sender hears nothing."""
        if self.dead:
            raise Down

        async def handled() -> T:
            return await request()

        task = self.spawn(handled())
        await asyncio.wait([task])
        if task.cancelled() or not self._is_alive():
            raise Down
        return task.result()

    def _is_alive(self) -> bool:
        return not self.dead

    async def bury(self) -> None:
        """End what still runs in a dead process."""
        self.dead = True
        while tasks := tuple(self._tasks):
            for task in tasks:
                task.cancel()
            await asyncio.sleep(0)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        if self.dead and not task.cancelled():
            task.exception()  # what a dead process still says is nobody's to hear


def owned_tasks(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: Context | None = None,
) -> asyncio.Task[T]:
    """Begin a task, and tell the process within which that happens: a loop's task factory."""
    task = asyncio.Task(work, loop=loop, context=context)
    owner = _LIVING.get() if context is None else context.get(_LIVING)
    if owner is not None:
        owner.adopt(task)
    return task
