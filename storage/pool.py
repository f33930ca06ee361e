"""Threads that each run one unit of work in one transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from threading import Lock
from time import monotonic
from typing import Any, Final, Generic, TypeVar

from storage.desk import Desk
from storage.faults import is_rivalry, tellable, translated
from surveys.errors import AlreadyStored, StorageBusy
from surveys.ports import UnitOfWork

T = TypeVar("T")
Work = Callable[[UnitOfWork], T]
OpenDesk = Callable[[], Desk]

PATIENCE: Final = 30.0
"""Seconds for which work waits in a queue that does not move."""

_RETRIES = 5
"""How often a transaction that lost against a rival is run again."""


def look(open_desk: OpenDesk, work: Work[T]) -> T:
    """Run work that only reads, on a connection of its own."""
    try:
        with closing(open_desk()) as desk:
            return desk.look(work)
    except Exception as error:
        raise translated(error) or error from error


class Committer:
    """Runs a unit of work and commits it, again where a rival got in its way.

    Losers run again one at a time, lest two of them meet and lose again.
    """

    def __init__(self) -> None:
        self._second_chance = Lock()

    def __call__(self, open_desk: OpenDesk, work: Work[T]) -> T:
        """Return the result after the commit; raises StorageBusy after losing six times."""
        try:
            return _commit(open_desk, work)
        except Exception as error:
            if not (is_rivalry(error) or isinstance(error, AlreadyStored)):
                raise translated(error) or error from error
        with self._second_chance:
            return _commit_at_last(open_desk, work)


def _commit(open_desk: OpenDesk, work: Work[T]) -> T:
    with closing(open_desk()) as desk:
        return desk.run_alone(work)


def _commit_at_last(open_desk: OpenDesk, work: Work[T]) -> T:
    """Run work again that lost once.

    A key that a rival took between the work's looking and its adding is seen now, so an AlreadyStored
    is a verdict only here.
    """
    tries = _RETRIES
    while True:
        tries -= 1
        try:
            return _commit(open_desk, work)
        except Exception as error:
            if not (tries and is_rivalry(error)):
                raise translated(error) or error from error


class _Queued(Generic[T]):
    """Work that waits for a connection, and whose caller waits for its result."""

    def __init__(self, queued: Future[T]) -> None:
        self._queued: Future[T] | None = queued
        self._look: asyncio.TimerHandle | None = None
        self._since = monotonic()
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[T] = self._loop.create_future()
        queued.add_done_callback(self._hand_over)

    def watch(self, moved_at: Callable[[], float]) -> None:
        """Give the work up when it waits while no connection comes free for PATIENCE seconds."""
        if self._queued is None or self._queued.running() or self._queued.done():
            return
        left = max(self._since, moved_at()) + PATIENCE - monotonic()
        if left > 0:
            self._look = self._loop.call_later(left, self.watch, moved_at)
        elif self._queued.cancel():
            message = f"every connection is taken, and none came free in {PATIENCE:g} s"
            self._settle(StorageBusy(message))

    def _hand_over(self, done: Future[T]) -> None:
        if not done.cancelled():
            with suppress(RuntimeError):  # a closed loop has nobody left to hear it
                self._loop.call_soon_threadsafe(self._settle, done.exception(), done)

    def _settle(self, error: BaseException | None, done: Future[T] | None = None) -> None:
        """Answer, and let go of the result: a timer, or the future that knows us, would keep it for a while."""
        self._queued = None
        if self._look is not None:
            self._look.cancel()
        if self.answer.done():
            return
        if error is not None:
            self.answer.set_exception(tellable(error))
        elif done is not None:
            self.answer.set_result(done.result())


class Pool:
    """Runs ``how`` over connections from ``open_desk`` in threads.

    While all of them hang, what waits for one is refused; a queue that moves, however slowly, is not.
    """

    def __init__(
        self,
        how: Callable[[OpenDesk, Work[Any]], Any],
        open_desk: OpenDesk,
        *,
        threads: int,
        name: str,
    ) -> None:
        self._how = how
        self._open_desk = open_desk
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._moved_at = monotonic()

    def submit(self, work: Work[T]) -> asyncio.Future[T]:
        """Queue the work. Raises StorageBusy once closed."""
        try:
            queued: _Queued[T] = _Queued(self._executor.submit(self._run, work))
        except RuntimeError as closed:
            message = "the storage is closed"
            raise StorageBusy(message) from closed
        queued.watch(lambda: self._moved_at)
        return queued.answer

    def _run(self, work: Work[T]) -> T:
        """Run the work; whatever becomes of it, but for a database that does not answer, the queue has moved."""
        try:
            result: T = self._how(self._open_desk, work)
        except StorageBusy:
            raise
        except Exception:
            self._moved_at = monotonic()
            raise
        self._moved_at = monotonic()
        return result

    def close(self) -> None:
        """Wait for what was handed in, then end the threads."""
        self._executor.shutdown()
