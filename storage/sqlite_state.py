"""What an operator should know of the SQLite in use: its WAL-reset bug, and who else writes the file."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

Version = tuple[int, int, int]

SQLITE: Version = sqlite3.sqlite_version_info
"""The version of the library that this Python runs on."""

_FIRST_WAL = (3, 7, 0)
_FIXED = (3, 51, 3)
_BACKPORTS = ((3, 44, 6), (3, 50, 7))
_PROCESSES = Path("/proc")


def has_wal_reset_bug(version: Version) -> bool:
    """Say whether two connections that write and checkpoint at once can damage the file (sqlite.org/wal.html)."""
    mended = any(version[:2] == fix[:2] and version >= fix for fix in _BACKPORTS)
    return _FIRST_WAL <= version < _FIXED and not mended


def writers_of(database: Path) -> tuple[int, ...]:
    """Return the processes that have the file open for writing, as far as this user may see them.

    Told by Linux's /proc; elsewhere nobody is seen.
    """
    if not database.exists() or not _PROCESSES.is_dir():
        return ()
    found = (int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdigit())
    return tuple(sorted(pid for pid in found if _writes(pid, database)))


def _writes(pid: int, database: Path) -> bool:
    return any(_mode(pid, number) & os.O_ACCMODE for number in _open_on(pid, database))


def _open_on(pid: int, database: Path) -> Iterator[str]:
    """Yield the descriptors by which a process holds the file; a process that just ended holds none."""
    try:
        links = list((_PROCESSES / str(pid) / "fd").iterdir())
    except OSError:
        return
    for link in links:
        try:
            if link.samefile(database):
                yield link.name
        except OSError:
            continue


def _mode(pid: int, number: str) -> int:
    """Return the flags a descriptor was opened with (proc_pid_fdinfo(5))."""
    try:
        told = (_PROCESSES / str(pid) / "fdinfo" / number).read_text("ascii")
    except OSError:
        return 0
    flags = next(line for line in told.splitlines() if line.startswith("flags:"))
    return int(flags.split()[1], base=8)
