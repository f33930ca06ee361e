"""surveys.service.bygone: what a publish that was called off means once other versions came."""

from dataclasses import replace

import pytest

from surveys.program import Program, load_program
from surveys.program.patching import removed
from surveys.service.bygone import former, last_with, share_stands
from surveys.service.planned import call_off
from surveys.stored_programs import Owner, PlannedPublish
from tests.unit.test_planned import CART, Planning
from tests.unit.test_publishing import ANN, BEN


@pytest.fixture
async def house() -> Planning:
    world = Planning()
    await world.start(file="")
    return world


async def program(house: Planning) -> Program:
    return load_program(await house.text(), "in force")


async def stands(house: Planning, planned: PlannedPublish) -> bool:
    live = await program(house)
    return await house.storage.read(lambda tx: share_stands(tx, planned, live))


async def called_off(house: Planning) -> PlannedPublish:
    planned = await house.first({CART: {"after": "3h", "share": 0.5}})
    return await house.write(lambda tx: call_off(tx, house.ctx, planned.id, ANN))


async def without_cart(house: Planning) -> None:
    text = removed(await house.text(), CART).text
    await house.hand_in(text, by=Owner.CONSOLE, author=BEN, base=await house.number())


async def test_a_first_share_stands_until_a_version_sets_another(house: Planning) -> None:
    planned = await called_off(house)
    at_once = await stands(house, planned)
    await house.type_in(CART, {"after": "4h"})
    meanwhile = await stands(house, planned)
    await house.type_in(CART, {"share": 0.5})

    assert (at_once, meanwhile, await stands(house, planned)) == (True, True, False)
    assert not await stands(house, replace(planned, first=None))


async def test_a_trigger_that_is_gone_asks_no_share_and_is_called_as_it_was(
    house: Planning,
) -> None:
    planned = await called_off(house)
    there = await program(house)
    await without_cart(house)
    live = await program(house)

    assert not await stands(house, planned)
    assert await house.storage.read(lambda tx: former(tx, planned, there)) is None
    found = await house.storage.read(lambda tx: former(tx, planned, live))
    assert found is not None
    assert found.trigger("cart").share == 0.05


async def test_what_was_never_published_is_called_as_in_its_own_text(house: Planning) -> None:
    whole = await house.text()
    await without_cart(house)
    live = await program(house)
    planned = replace(await house.plans("trigger:delivery"), parts=(CART,), text=whole)
    unread = replace(planned, text="{")

    found = await house.storage.read(lambda tx: former(tx, planned, live))
    nobody = await house.storage.read(lambda tx: former(tx, unread, live))

    assert planned.base == await house.number()
    assert found is not None
    assert found.trigger("cart").id == "cart"
    assert nobody is None


async def test_the_log_calls_a_part_as_the_last_version_that_had_it(house: Planning) -> None:
    await house.type_in(CART, {"share": 0.7})
    there = await program(house)
    await without_cart(house)
    live = await program(house)

    found = await house.storage.read(lambda tx: last_with(tx, [CART, "contact_rules"], live))
    nothing = await house.storage.read(lambda tx: last_with(tx, [CART], there))
    nobody = await house.storage.read(lambda tx: last_with(tx, ["trigger:nobodys"], live))

    assert found is not None
    assert found.trigger("cart").share == 0.7
    assert (nothing, nobody) == (None, None)
