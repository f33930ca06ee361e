"""Starts and stops of one chat that reach us in another order than they were made in."""

from surveys.model import Channel, Command, Started
from surveys.ports import Storage
from surveys.service.people import create_link
from surveys.service.scanning import code_of
from tests.phones import Phone
from tests.unit.test_joining import asks, at_once, known, over
from tests.world import World


async def link(world: World, person_id: str, channel: Channel = Channel.TELEGRAM) -> str:
    return await world.write(
        lambda tx: create_link(
            tx, person_id, channel, now=world.clock.now(), new_token=world.ctx.new_token
        )
    )


async def test_a_link_opened_before_a_stop_lifts_nothing_when_we_hear_of_it_after(
    storage: Storage,
) -> None:
    world = over(at_once(), storage)
    phone = Phone(world)
    token = await link(world, await world.customer("kim"))
    await phone.acts(Command(name="stop"), number=6)
    await phone.acts(Started(token=token), number=5)
    await world.happens("order.paid", "kim")

    assert (await known(world, "kim")).opted_out_at is not None
    assert await phone.reads() == ["notice"]


async def test_a_start_after_it_asks_her_again(storage: Storage) -> None:
    world = over(at_once(), storage)
    phone = Phone(world)
    token = await link(world, await world.customer("kim"))
    await phone.acts(Command(name="stop"), number=6)
    await phone.acts(Started(token=token), number=5)
    await phone.acts(Started(), number=7)
    await world.happens("order.paid", "kim")

    assert await asks(phone) == 1


async def test_a_stop_before_a_link_stops_nothing_when_we_hear_of_it_after(
    storage: Storage,
) -> None:
    world = over(at_once(), storage)
    phone = Phone(world)
    token = await link(world, await world.customer("kim"))
    await phone.acts(Started(token=token), number=7)
    await phone.acts(Command(name="stop"), number=6)
    await world.happens("order.paid", "kim")

    assert (await known(world, "kim")).opted_out_at is None
    assert await asks(phone) == 1


async def test_a_scan_before_a_stop_asks_nothing_when_we_hear_of_it_after(
    storage: Storage,
) -> None:
    world = over(at_once(), storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    touchpoint = next(
        t.id
        for t in world.program.touchpoints
        if world.program.triggers_on(f"touchpoint.scanned.{t.id}")
    )
    await phone.acts(Command(name="stop"), number=16)
    await phone.acts(Started(token=code_of("salt", touchpoint)), number=15)

    assert (await known(world, "kim")).opted_out_at is not None
    assert await asks(phone) == 0
