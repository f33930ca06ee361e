"""One process owns a SQLite file for writing."""

import fcntl
import os
from pathlib import Path

from surveys.errors import AnotherWriter, InvalidInput


class FileLock:
    """An advisory lock on ``<database>.lock``, freed by the system when its process dies."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises AnotherWriter where another process has it, InvalidInput where its file can't be made.
        """
        self._file = _opened(Path(f"{database}.lock"))
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            owner = os.read(self._file, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            message = (
                f"{database} is open for writing in another process (pid {owner}): "
                "a SQLite file has one writer, so stop that one or use PostgreSQL"
            )
            raise AnotherWriter(message) from taken
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode("ascii"))

    def release(self) -> None:
        """Free the file for others."""
        os.close(self._file)


def _opened(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise InvalidInput("database URL", f"{lock.absolute()}: {exc.strerror}") from exc
