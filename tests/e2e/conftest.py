"""Databases for whole applications."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sqlite import migrated


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database of each kind."""
    if request.param == "sqlite":
        return migrated(tmp_path / "aftertouch.sqlite3")
    make: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return make()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return migrated(tmp_path / "aftertouch.sqlite3")
