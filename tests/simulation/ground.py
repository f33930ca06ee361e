"""What outlives a crash: the database, opened anew by each process, with a crash point around each commit."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from bot.heart import BeatFile
from storage.inline import InlineStorage
from storage.memory import MemoryStorage
from storage.opening import open_inline, prepare
from surveys.ports import Storage, UnitOfWork
from tests.simulation.process import Process

T = TypeVar("T")


class Ground(Protocol):
    """A database on which one process after another runs."""

    def open(self) -> Storage:
        """Open it for a new process; the last one has closed it or died."""

    def close(self) -> None:
        """Close it in order."""

    def crash(self) -> None:
        """Leave it as a process leaves it that dies now."""

    def beat(self) -> BeatFile | None:
        """Return what an older copy of it is known by, where there is a place for that."""

    def writes(self) -> int:
        """Return a number that grows with every row the open transaction writes."""


class MemoryGround:
    """Rows in memory that stay where they are when the process dies."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()

    def open(self) -> Storage:
        return self._storage

    def close(self) -> None:
        return

    def crash(self) -> None:
        return

    def beat(self) -> BeatFile | None:
        return None

    def writes(self) -> int:
        return len(self._storage._log._steps)


class SqliteGround:
    """A SQLite file, copied from an empty one."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self._file = folder / "simulated.sqlite3"
        shutil.copy(empty, self._file)
        self._storage: InlineStorage | None = None

    def open(self) -> Storage:
        self._storage = open_inline(f"sqlite:///{self._file}")
        return self._storage

    def close(self) -> None:
        if self._storage is not None:
            self._storage._desk.close()
            self._storage._release()
            self._storage = None

    def crash(self) -> None:
        """Put the file and its log back as they lie there now: closing tidies them up."""
        files = [self._file, Path(f"{self._file}-wal")]
        left = {file: file.read_bytes() for file in files if file.exists()}
        self.close()
        for file, content in left.items():
            file.write_bytes(content)

    def beat(self) -> BeatFile | None:
        return BeatFile(self._file.with_suffix(".beat"))

    def writes(self) -> int:
        assert self._storage is not None
        driver: Any = self._storage._desk._connection.driver_connection
        return int(driver.total_changes)


class Shore:
    """The storage as one process sees it. See surveys.ports.Storage.

    A commit takes a moment before and after, so that other tasks come in between; one that stores nothing is
    no crash point. ``in_transaction`` is what the fake platforms look at.
    """

    def __init__(self, ground: Ground, process: Process, moment: Callable[[], float]) -> None:
        self._ground = ground
        self._inner = ground.open()
        self._process = process
        self._moment = moment

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        await self._process.nap(self._moment())
        name = named(work)
        stored = False

        def fatal(tx: UnitOfWork) -> T:
            nonlocal stored
            before = self._ground.writes()
            result = work(tx)
            stored = self._ground.writes() != before
            if stored:
                self._process.reach(f"before the commit of {name}")
            return result

        self._process.in_transaction = True
        try:
            result = await self._inner.write(fatal)
        finally:
            self._process.in_transaction = False
        if stored:
            self._process.reach(f"after the commit of {name}")
        await self._process.nap(self._moment())
        return result

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        self._process.must_live()
        return await self._inner.read(work)

    async def wipe(self) -> bool:
        return await self._inner.wipe()


def named(work: Any) -> str:
    """Return where a unit of work was written: ``Dispatcher._claim``, ``_save``."""
    function = getattr(work, "func", work)
    return str(function.__qualname__).partition(".<locals>")[0]


def make_empty(folder: Path) -> Path:
    """Make a SQLite file with empty tables."""
    prepare(f"sqlite:///{folder / 'empty.sqlite3'}")
    return folder / "empty.sqlite3"


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder whose files need no disk, where the system has such a place."""
    shared = Path("/dev/shm")  # noqa: S108 only for its speed: what is written there is nobody's secret
    where = shared if os.access(shared, os.W_OK) else None
    with TemporaryDirectory(prefix="aftertouch-", dir=where) as folder:
        yield Path(folder)
