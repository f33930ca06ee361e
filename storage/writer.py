"""SQLite's one writer: gathers the units of work that wait, and commits them once."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from storage.desk import Desk
from storage.faults import tellable, translated
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
            self.result = self.do(desk)
        except Exception as error:  # noqa: BLE001 - raised again where the work was handed in
            self.error = translated(error) or error
        except BaseException as error:  # noqa: BLE001 - so is this: it must not end the thread
            self.error = error

    def do(self, desk: Desk) -> Any:
        return desk.run_within(self.work)

    def refuse(self, why: str, cause: BaseException | None) -> None:
        """Say that nothing of it is stored, unless its own error says so already."""
        if self.error is None:
            self.error = StorageBusy(why)
            self.error.__cause__ = cause

    def answer(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(tellable(self.error))
        else:
            self.future.set_result(self.result)


class _Wipe(_Job):
    """What SQLite does only between two transactions."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)

    def do(self, desk: Desk) -> bool:
        return desk.wipe()


def _answer(jobs: Iterable[_Job]) -> None:
    """Answer in the callers' event loops, each woken once; one that fails keeps no other from hearing."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    with ExitStack() as answers:
        for loop, its_jobs in by_loop.items():
            answers.callback(_answer_in, loop, its_jobs)


def _answer_in(loop: asyncio.AbstractEventLoop, jobs: Iterable[_Job]) -> None:
    with suppress(RuntimeError):  # a closed loop has nobody left to hear it
        loop.call_soon_threadsafe(_answer_here, jobs)


def _answer_here(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        job.answer()


class GroupWriter:
    """A thread with one connection. A commit takes what has gathered while the last one ran.

    Each unit of work is undone alone when it raises; a failed commit raises StorageBusy for all. A connection that
    can't even undo is replaced before the next commit. ``patience``: seconds to wait for a lock, those in the
    queue included.
    """

    def __init__(self, open_desk: Callable[[], Desk], *, patience: float) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._over = ""
        self._gate = threading.Lock()
        self._patience = self._left = patience
        self._open_desk = open_desk
        self._desk: Desk | None = open_desk()
        self._thread = threading.Thread(target=self._serve, name="storage-writer")
        self._thread.start()

    def submit(self, work: Callable[[UnitOfWork], T]) -> asyncio.Future[T]:
        """Queue the work; its future is done after its commit. Raises StorageBusy once closed."""
        return self._put(_Job(work))

    def wipe(self) -> asyncio.Future[bool]:
        """Queue what leaves nothing readable that was deleted; see Desk.wipe. Raises StorageBusy once closed."""
        return self._put(_Wipe())

    def _put(self, job: _Job) -> asyncio.Future[Any]:
        with self._gate:
            if self._over:
                raise StorageBusy(self._over)
            self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        with self._gate:
            if not self._over:
                self._over = "the storage is closed"
                self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        try:
            self._work_off()
        finally:
            self._end()

    def _work_off(self) -> None:
        is_last = False
        while not is_last:
            gathered = list(self._gathered())
            is_last = gathered[-1] is None
            if jobs := [job for job in gathered if job is not None]:
                wipes = [job for job in jobs if isinstance(job, _Wipe)]
                if len(wipes) < len(jobs):
                    self._commit([job for job in jobs if job not in wipes])
                for wipe in wipes:
                    self._wipe(wipe)
                _answer(jobs)

    def _end(self) -> None:
        """Refuse what still waits, where the thread ends otherwise than by being closed."""
        with self._gate:
            self._over = self._over or "the storage's writer has ended: restart the server"
        waiting = [job for job in self._queued() if job is not None]
        for job in waiting:
            job.refuse(self._over, None)
        if self._desk is not None:
            self._desk.close()
        _answer(waiting)

    def _gathered(self) -> Iterator[_Job | None]:
        """Wait for one, then take what is there; None is the last there will be."""
        job = self._jobs.get()
        yield job
        if job is not None:
            yield from islice(self._queued(), _MOST - 1)

    def _queued(self) -> Iterator[_Job | None]:
        """Take what is there, up to the last there will be."""
        with suppress(Empty):
            while True:
                job = self._jobs.get_nowait()
                yield job
                if job is None:
                    return

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            desk = self._desk = self._desk or self._open_desk()
            self._hurry(desk, monotonic() - jobs[0].since)
            desk.begin()
            for job in jobs:
                job.run(desk)
                _refuse_if_given_up(desk)
            desk.commit()
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing was stored, and all must hear it
            for job in jobs:
                job.refuse(f"nothing was stored: {error}", error)
            self._undo()

    def _wipe(self, wipe: _Wipe) -> None:
        try:
            self._desk = self._desk or self._open_desk()
        except Exception as error:  # noqa: BLE001 - told to whoever asked; the next commit tries to open it, too
            wipe.refuse(f"nothing was wiped: {error}", error)
        else:
            wipe.run(self._desk)

    def _hurry(self, desk: Desk, waited: float) -> None:
        """Wait less for a lock where the work waited already while the last commit did the same."""
        least = self._patience * _LEAST_PATIENCE
        left = self._patience if waited < least else max(least, self._patience - waited)
        if left != self._left:
            desk.wait_for_locks(left)
            self._left = left

    def _undo(self) -> None:
        """Roll back; a connection that can't is given up, and its transaction with it."""
        if self._desk is None:
            return
        try:
            self._desk.roll_back()
        except BaseException:  # noqa: BLE001 - the next commit opens another
            self._desk.discard()
            self._desk, self._left = None, self._patience


def _refuse_if_given_up(desk: Desk) -> None:
    if not desk.is_open:
        message = "the database gave up the transaction"
        raise StorageBusy(message)
