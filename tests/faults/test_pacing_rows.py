"""Rows about how fast a platform is written to, whoever of our workers writes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from storage.opening import open_storage
from surveys.model import (
    Channel,
    Command,
)
from surveys.pacing import Pacing
from surveys.ports import Storage, UnitOfWork
from tests.faults.journal import SECOND, Journal, run_dry
from tests.phones import ACCOUNT, Phone
from tests.world import World


async def greeted(world: World, *users: str) -> None:
    """Customers who each ask for help once more, so that so many messages are due."""
    phones = {user: Phone(world, user) for user in users}
    for user in users:
        await phones[user].acts(Command(name="privacy"))


async def test_tg02_a_hundred_messages_to_one_chat_are_a_second_apart(storage: Storage) -> None:
    world = World(storage, pacing=Pacing())
    await greeted(world, *["1"] * 100)
    journal = Journal(world)
    await run_dry(world, journal, storage)

    times = [at for at, _ in journal.posts]
    assert len(times) == 100
    assert min(later - earlier for earlier, later in pairwise(times)) >= SECOND


async def test_tg03_a_group_sees_no_more_than_twenty_messages_a_minute(storage: Storage) -> None:
    world = World(storage, pacing=Pacing())
    await greeted(world, *["1"] * 40)

    def into_a_group(tx: UnitOfWork) -> None:
        address = tx.addresses.find(Channel.TELEGRAM, ACCOUNT, "1")
        assert address is not None
        tx.addresses.save(replace(address, chat="-1001234567890123"))

    await world.write(into_a_group)
    journal = Journal(world)
    await run_dry(world, journal, storage)

    assert len(journal.posts) == 40
    assert journal.most_within(timedelta(minutes=1)) <= 20


async def test_tg04_all_chats_together_stay_below_thirty_a_second(storage: Storage) -> None:
    world = World(storage, pacing=Pacing())
    await greeted(world, *map(str, range(200)))
    journal = Journal(world)
    await run_dry(world, journal, storage)

    assert len(journal.posts) == 200
    assert 20 <= journal.most_within(SECOND) <= 30


@pytest.mark.postgres
async def test_tg04_two_workers_with_one_token_share_its_bucket(
    postgres_url_factory: Callable[[], str],
) -> None:
    url = postgres_url_factory()
    async with open_storage(url) as first, open_storage(url) as second:
        world = World(first, pacing=Pacing())
        await greeted(world, *map(str, range(200)))
        journal = Journal(world)
        await run_dry(world, journal, first, second)

    assert sorted(int(chat) for _, chat in journal.posts) == list(range(200))
    assert 20 <= journal.most_within(SECOND) <= 30
