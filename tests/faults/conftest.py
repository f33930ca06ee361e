"""Databases of both kinds, for whole applications and for use cases."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from storage.opening import open_storage
from surveys.ports import Storage
from tests.sqlite import migrated


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database of each kind."""
    if request.param == "sqlite":
        return migrated(tmp_path / "aftertouch.sqlite3")
    make: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return make()


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """An empty storage of each kind, as a server opens it."""
    async with open_storage(database_url) as opened:
        yield opened
