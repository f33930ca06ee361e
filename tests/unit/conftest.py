"""The storages that the use cases run over; the tests know none of them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from storage.memory import MemoryStorage
from storage.opening import open_inline, open_storage
from surveys.ports import Storage


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty storage."""
    if request.param == "memory":
        yield MemoryStorage()
    elif request.param == "sqlite":
        async with open_inline(f"sqlite:///{tmp_path / 'world.sqlite3'}") as opened:
            yield opened
    else:
        new_url: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        async with open_storage(new_url()) as server:
            yield server
