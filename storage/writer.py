"""SQLite's one writer: gathers the units of work that wait, and commits them once."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from storage.desk import Desk
from storage.faults import translated
from surveys.errors import StorageBusy
from surveys.ports import UnitOfWork

T = TypeVar("T")

_MOST = 512
"""Units of work in one commit: bounds how long the first of them waits for the last."""

_LEAST_PATIENCE = 0.1
"""Of the whole patience: so much is waited for a lock even where all is used up in the queue."""


class _Job:
    """A unit of work and where its result goes."""

    def __init__(self, work: Callable[[UnitOfWork], Any]) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.work = work
        self.since = monotonic()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, desk: Desk) -> None:
        try:
            self.result = desk.run_within(self.work)
        except Exception as error:  # noqa: BLE001 - raised again where the work was handed in
            self.error = translated(error) or error

    def answer(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def _answer(jobs: Iterable[_Job]) -> None:
    """Answer in the callers' event loops: each is woken once, whatever the number of its jobs."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, its_jobs in by_loop.items():
        with suppress(RuntimeError):  # a closed loop has nobody left to hear it
            loop.call_soon_threadsafe(_answer_here, its_jobs)


def _answer_here(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        job.answer()


class GroupWriter:
    """A thread with one connection. A commit takes what has gathered while the last one ran.

    Each unit of work is undone alone when it raises; a failed commit raises StorageBusy for all.
    ``patience``: seconds to wait for a lock, those in the queue included.
    """

    def __init__(self, open_desk: Callable[[], Desk], *, patience: float) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        self._patience = self._left = patience
        self._desk = open_desk()
        self._thread = threading.Thread(target=self._serve, name="storage-writer")
        self._thread.start()

    def submit(self, work: Callable[[UnitOfWork], T]) -> asyncio.Future[T]:
        """Queue the work; its future is done after its commit. Raises StorageBusy once closed."""
        job = _Job(work)
        with self._gate:
            if self._closed:
                message = "the storage is closed"
                raise StorageBusy(message)
            self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        is_last = False
        while not is_last:
            gathered = list(self._gathered())
            is_last = gathered[-1] is None
            if jobs := [job for job in gathered if job is not None]:
                self._commit(jobs)
                _answer(jobs)
        self._desk.close()

    def _gathered(self) -> Iterator[_Job | None]:
        """Wait for one, then take what is there; None is the last there will be."""
        job = self._jobs.get()
        yield job
        for _ in range(_MOST - 1):
            if job is None:
                return
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            yield job

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            self._hurry(monotonic() - jobs[0].since)
            self._desk.begin()
            for job in jobs:
                job.run(self._desk)
                self._refuse_if_given_up()
            self._desk.commit()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing was stored, and all must hear it
            self._refuse(jobs, error)

    def _hurry(self, waited: float) -> None:
        """Wait less for a lock where the work waited already while the last commit did the same."""
        least = self._patience * _LEAST_PATIENCE
        left = self._patience if waited < least else max(least, self._patience - waited)
        if left != self._left:
            self._desk.wait_for_locks(left)
            self._left = left

    def _refuse_if_given_up(self) -> None:
        if not self._desk.is_open:
            message = "the database gave up the transaction"
            raise StorageBusy(message)

    def _refuse(self, jobs: list[_Job], cause: Exception) -> None:
        self._desk.roll_back()
        for job in jobs:
            if job.error is None:
                job.error = StorageBusy(f"nothing was stored: {cause}")
                job.error.__cause__ = cause
