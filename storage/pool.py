"""Threads that each run one unit of work in one transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Lock
from typing import Any, TypeVar

from storage.desk import Desk
from storage.faults import is_rivalry, translated
from surveys.errors import AlreadyStored, StorageBusy
from surveys.ports import UnitOfWork

T = TypeVar("T")
Work = Callable[[UnitOfWork], T]
OpenDesk = Callable[[], Desk]

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
