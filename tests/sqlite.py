"""SQLite for the suite: one file of the newest schema a process, a copy of its bytes per test."""

import tempfile
from functools import cache
from pathlib import Path


@cache
def _template() -> bytes:
    from storage.opening import prepare  # noqa: PLC0415 - SQLAlchemy loads only where it is needed

    with tempfile.TemporaryDirectory(prefix="aftertouch-sqlite-") as home:
        file = Path(home) / "template.sqlite3"
        prepare(f"sqlite:///{file}")
        return file.read_bytes()


def migrated(file: Path) -> str:
    """Lay an empty database down where there is none yet, and return its URL.

    What makes the schema itself has its own tests (``tests/integration/test_storage_schema.py``); everybody else's
    time goes into what happens afterwards.
    """
    if not file.exists():
        file.write_bytes(_template())
    return f"sqlite:///{file}"
