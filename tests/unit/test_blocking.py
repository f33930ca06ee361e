"""Blocking the bot stops everything, in every chat; to unblock it lifts that stop and no other."""

from surveys.model import Channel, Command, Reached
from surveys.ports import Storage
from surveys.service.people import attach
from tests.phones import Phone
from tests.unit.test_joining import asks, at_once, known, over
from tests.world import World


async def blocked(storage: Storage) -> tuple[World, Phone]:
    """A customer with a chat in Slack who has blocked us in Telegram."""
    world = over(at_once(), storage)
    phone = Phone(world)
    kim = await world.customer("kim")
    await phone.starts(kim)
    await world.write(
        lambda tx: attach(
            tx,
            kim,
            Channel.SLACK,
            account="T1",
            user="U1",
            chat="D1",
            locale=None,
            now=world.clock.now(),
            new_id=world.ctx.new_id,
        )
    )
    await phone.acts(Reached(reachable=False), number=10)
    return world, phone


async def test_a_block_is_a_stop_in_every_chat(storage: Storage) -> None:
    world, _ = await blocked(storage)
    await world.happens("order.paid", "kim")

    assert (await known(world, "kim")).opted_out_at is not None
    assert (await world.verdicts("kim"))[-1] == ("skipped", "consent_withdrawn")


async def test_to_unblock_lifts_it(storage: Storage) -> None:
    world, phone = await blocked(storage)
    await phone.acts(Reached(reachable=True), number=11)
    await world.happens("order.paid", "kim")

    assert (await known(world, "kim")).opted_out_at is None
    assert (await world.verdicts("kim"))[-1] == ("held", "turn")


async def test_to_unblock_lifts_no_stop_that_was_said(storage: Storage) -> None:
    world = over(at_once(), storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Command(name="stop"))
    await phone.acts(Reached(reachable=False))
    await phone.acts(Reached(reachable=True))
    await world.happens("order.paid", "kim")

    assert (await known(world, "kim")).opted_out_at is not None
    assert await asks(phone) == 0


async def test_a_block_that_we_hear_of_after_it_was_lifted_changes_nothing(
    storage: Storage,
) -> None:
    world = over(at_once(), storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Reached(reachable=True), number=12)
    await phone.acts(Reached(reachable=False), number=11)
    await world.happens("order.paid", "kim")

    assert await asks(phone) == 1
