"""Somebody whom the company has not told us of, and who chats with us: nobody else takes her over."""

import pytest

from surveys.errors import IdentifierTaken
from surveys.model import Command, Identifier, Person
from surveys.ports import Storage
from surveys.service.people import CustomerUpsert, upsert
from tests.phones import Phone
from tests.unit.test_joining import asks, at_once, chat, known, over
from tests.world import SHOPIFY, World

EMAIL = Identifier(namespace="zendesk:user", value="5")


async def met(storage: Storage) -> tuple[World, Phone]:
    """A shadow of an event, to whom staff have given a link."""
    world = over(at_once(), storage)
    phone = Phone(world)
    await world.happens("order.paid", None, identifiers=(SHOPIFY,))
    await phone.starts((await known(world, "shopify:customer=77")).id)
    return world, phone


async def told(world: World, name: str, *names: Identifier) -> Person:
    wanted = CustomerUpsert(id=name, identifiers=names)
    return await world.write(
        lambda tx: upsert(tx, wanted, now=world.clock.now(), new_id=world.ctx.new_id)
    )


async def test_she_keeps_her_chat_when_the_company_names_her(storage: Storage) -> None:
    world, phone = await met(storage)
    person = await told(world, "kim", SHOPIFY)
    await phone.acts(Command(name="help"))

    assert (await chat(world, phone.user)).person_id == person.id
    assert (await known(world, "kim")).id == person.id
    assert (await phone.reads()).count("notice") == 2
    assert await asks(phone) == 1


async def test_she_is_who_an_earlier_event_meant_by_id(storage: Storage) -> None:
    world, phone = await met(storage)
    await world.happens("support.solved", "kim", "t1")
    person = await told(world, "kim", SHOPIFY)

    assert (await chat(world, phone.user)).person_id == person.id
    assert len(await world.storage.read(lambda tx: tx.events.of_person(person.id))) == 2


async def test_a_customer_known_already_does_not_take_her_over(storage: Storage) -> None:
    world, phone = await met(storage)
    await told(world, "kim")
    with pytest.raises(IdentifierTaken):
        await told(world, "kim", SHOPIFY)
    await world.happens("support.solved", "kim", "t1", identifiers=(SHOPIFY,))

    holder = (await chat(world, phone.user)).person_id
    assert holder == (await known(world, "shopify:customer=77")).id
    assert holder != (await known(world, "kim")).id


async def test_events_that_name_her_and_a_shadow_mean_her(storage: Storage) -> None:
    world, phone = await met(storage)
    await world.happens("order.paid", None, "o2", identifiers=(EMAIL,))
    await world.happens("order.paid", None, "o3", identifiers=(EMAIL, SHOPIFY))

    holder = (await chat(world, phone.user)).person_id
    assert (await known(world, "zendesk:user=5")).id == holder
    assert len(await world.storage.read(lambda tx: tx.events.of_person(holder))) == 3
