"""Requests that are under way, each a task of its own: how many, when none is left, and what becomes of them at the end."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Self


class UnderWay:
    """Runs requests side by side. An async context manager that, when it is left, gives up whatever still runs.

    ``stopping`` is for whoever begins requests to heed: one that was claimed before may still have to be begun, to be
    given back.
    """

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.stopping = False

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel what still runs, and wait until it has ended."""
        self.stopping = True
        for request in self._running:
            request.cancel()
        await self._group.__aexit__(None, None, None)

    def __len__(self) -> int:
        """How many run."""
        return len(self._running)

    def begin(
        self, request: Coroutine[None, None, None], ended: Callable[[], None] = lambda: None
    ) -> None:
        """Begin a request; ``ended`` is called when it is over, however it ended."""
        self._idle.clear()
        task = self._group.create_task(request)
        self._running.add(task)
        task.add_done_callback(lambda done: self._ended(done, ended))

    async def settled(self) -> None:
        """Wait until none runs."""
        await self._idle.wait()

    def _ended(self, request: asyncio.Task[None], ended: Callable[[], None]) -> None:
        self._running.discard(request)
        ended()
        if not self._running:
            self._idle.set()


class Sender:
    """Makes requests side by side. An async context manager; what still runs when it is left becomes unknown."""

    def __init__(self) -> None:
        self._requests = UnderWay()

    async def __aenter__(self) -> Self:
        await self._requests.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give up what is still under way."""
        await self._requests.__aexit__(kind, error, trace)

    def stop(self) -> None:
        """Begin no further request: what is claimed and not yet under way goes back to the queue."""
        self._requests.stopping = True

    async def settled(self) -> None:
        """Wait until no request is under way."""
        await self._requests.settled()
