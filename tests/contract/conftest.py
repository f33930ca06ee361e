"""The stores that the contract is held against; tests below know none of them."""

import pytest

from storage.memory import MemoryStorage
from surveys.ports import Storage
from tests.contract.examples import populate


@pytest.fixture(params=["memory"])
async def store(request: pytest.FixtureRequest) -> Storage:
    """An empty store."""
    return MemoryStorage()


@pytest.fixture
async def world(store: Storage) -> Storage:
    """A store with the people, events and invitations that other rows refer to."""
    await store.write(populate)
    return store
