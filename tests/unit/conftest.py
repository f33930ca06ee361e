"""The storages that the use cases run over; the tests know none of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.memory import MemoryStorage
from storage.opening import open_inline, open_storage
from surveys.ports import Storage
from tests.sqlite import migrated


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty storage."""
    if request.param == "memory":
        yield MemoryStorage()
    elif request.param == "sqlite":
        async with open_inline(migrated(tmp_path / "world.sqlite3")) as opened:
            yield opened
    else:
        async with open_storage(request.getfixturevalue("postgres_url")) as server:
            yield server
