"""The stores that the contract is held against; the tests know none of them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import event, pool

from storage.memory import MemoryStorage
from storage.opening import open_inline, open_storage
from surveys.ports import Storage
from tests.contract.examples import populate
from tests.sqlite import migrated

Opened = AbstractAsyncContextManager[Storage]


def memory(request: pytest.FixtureRequest, home: Path) -> Opened:
    return nullcontext(MemoryStorage())


def sqlite(request: pytest.FixtureRequest, home: Path) -> Opened:
    return open_storage(migrated(home / "contract.sqlite3"))


def inline(request: pytest.FixtureRequest, home: Path) -> Opened:
    return open_inline(migrated(home / "contract.sqlite3"))


def postgres(request: pytest.FixtureRequest, home: Path) -> Opened:
    return open_storage(request.getfixturevalue("postgres_url"))


@contextmanager
def all_connections_returned() -> Iterator[None]:
    """See that whatever connection is taken from any pool is given back in the end."""
    out: list[object] = []

    def taken(_connection: object, record: object, _proxy: object) -> None:
        out.append(record)

    def returned(_connection: object, record: object) -> None:
        out.remove(record)

    event.listen(pool.Pool, "checkout", taken)
    event.listen(pool.Pool, "checkin", returned)
    try:
        yield
    finally:
        event.remove(pool.Pool, "checkout", taken)
        event.remove(pool.Pool, "checkin", returned)
    assert out == []


@pytest.fixture(
    params=[memory, sqlite, inline, pytest.param(postgres, marks=pytest.mark.postgres)],
    ids=lambda opened: opened.__name__,
)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty store."""
    with all_connections_returned():
        async with request.param(request, tmp_path) as storage:
            yield storage


@pytest.fixture
async def world(store: Storage) -> Storage:
    """A store with the people, events and invitations that other rows refer to."""
    await store.write(populate)
    return store
