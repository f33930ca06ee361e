"""``python -m tests.chaos.hold FILE SECONDS``: a stranger that holds a SQLite file's write lock, and writes nothing."""

import sqlite3
import sys
import time
from contextlib import closing


def hold(file: str, seconds: float) -> None:
    """Wait for the lock as long as any program would, keep it, give it back."""
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


if __name__ == "__main__":
    hold(sys.argv[1], float(sys.argv[2]))
