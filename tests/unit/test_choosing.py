"""To stop and to be asked again: what she chose last counts, in whatever order it arrives."""

from datetime import timedelta

import pytest

from surveys.model import Channel, Command, Receipt, Started
from surveys.ports import Storage
from tests.phones import Phone
from tests.world import World

STOP, START = Command(name="stop"), Started()


async def joined(storage: Storage, channel: Channel = Channel.TELEGRAM) -> tuple[World, Phone, str]:
    world = World(storage)
    phone = Phone(world, channel=channel)
    person_id = await world.customer("kim")
    if channel is Channel.TELEGRAM:
        await phone.starts(person_id)
    else:
        await phone.acts(START, number=1)
        address = await storage.read(lambda tx: tx.addresses.find(channel, "bot1", "7001"))
        assert address is not None
        person_id = address.person_id
    return world, phone, person_id


async def is_out(world: World, person_id: str) -> bool:
    person = await world.storage.read(lambda tx: tx.people.get(person_id))
    assert person is not None
    return person.opted_out_at is not None


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SLACK])
async def test_an_older_stop_does_not_undo_a_newer_start(
    storage: Storage, channel: Channel
) -> None:
    world, phone, person_id = await joined(storage, channel)
    await phone.acts(STOP, number=10)
    await phone.acts(START, number=12)

    assert await phone.acts(STOP, number=11) == Receipt()
    assert not await is_out(world, person_id)
    await phone.acts(STOP, number=13)
    assert await is_out(world, person_id)


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SLACK])
async def test_an_older_start_does_not_undo_a_newer_stop(
    storage: Storage, channel: Channel
) -> None:
    world, phone, person_id = await joined(storage, channel)
    await phone.acts(STOP, number=12)

    assert await phone.acts(START, number=11) == Receipt()
    assert await is_out(world, person_id)
    await phone.acts(START, number=13)
    assert not await is_out(world, person_id)


async def test_numbers_that_began_anew_after_an_idle_week_are_ordered_by_receipt(
    storage: Storage,
) -> None:
    world, phone, person_id = await joined(storage)
    await phone.acts(START, number=900_000)
    world.clock.at += timedelta(days=8)

    await phone.acts(STOP, number=17)
    assert await is_out(world, person_id)


async def test_each_visit_of_a_browser_counts_from_the_start_so_its_acts_count_as_they_come(
    storage: Storage,
) -> None:
    world, phone, person_id = await joined(storage, Channel.WEBCHAT)
    await phone.acts(START, number=50)

    await phone.acts(STOP, number=2)
    assert await is_out(world, person_id)
