"""Threads that each run one unit of work in one transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, TypeVar

from storage.desk import Desk
from storage.faults import is_rivalry, translated
from surveys.errors import AlreadyStored, StorageBusy
from surveys.ports import UnitOfWork

T = TypeVar("T")
Work = Callable[[UnitOfWork], T]
OpenDesk = Callable[[], Desk]

_TRIES = 6
"""A transaction that lost against a rival is run again, at most five times."""


def look(open_desk: OpenDesk, work: Work[T]) -> T:
    """Run work that only reads, on a connection of its own."""
    try:
        with closing(open_desk()) as desk:
            return desk.look(work)
    except Exception as error:
        raise translated(error) or error from error


def commit(open_desk: OpenDesk, work: Work[T]) -> T:
    """Run the work and commit it, again where a rival got in its way.

    A key that a rival took between this work's looking and its adding is seen by the second run, so a
    first AlreadyStored is no verdict yet.
    """
    tries = _TRIES
    while True:
        tries -= 1
        try:
            with closing(open_desk()) as desk:
                return desk.run_alone(work)
        except AlreadyStored:
            if tries < _TRIES - 1:
                raise
        except Exception as error:
            if not (tries and is_rivalry(error)):
                raise translated(error) or error from error


class Pool:
    """Runs ``how`` over connections from ``open_desk`` in threads."""

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

    def submit(self, work: Work[T]) -> asyncio.Future[T]:
        """Queue the work. Raises StorageBusy once closed."""
        try:
            return asyncio.wrap_future(self._executor.submit(self._how, self._open_desk, work))
        except RuntimeError as closed:
            message = "the storage is closed"
            raise StorageBusy(message) from closed

    def close(self) -> None:
        """Wait for what was handed in, then end the threads."""
        self._executor.shutdown()
