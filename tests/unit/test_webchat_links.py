"""Opening a link in a browser that has been here before: hers goes on, another's is never shown."""

import pytest

from surveys.model import Channel, Opened
from surveys.service.people import create_link
from surveys.service.scanning import code_of
from tests.world import World

KEY = "k" * 24


@pytest.fixture
def world() -> World:
    return World()


async def link(world: World, person_id: str) -> str:
    now, new_token = world.clock.now(), world.ctx.new_token
    return await world.write(
        lambda tx: create_link(tx, person_id, Channel.WEBCHAT, now=now, new_token=new_token)
    )


async def opened(world: World, token: str, key: str = "", session: str = "") -> Opened:
    found = await world.desk.open(token, key, session)
    assert found is not None
    return found


async def test_a_link_whose_answer_was_lost_opens_again_with_the_same_key(world: World) -> None:
    token = await link(world, await world.customer("c1"))
    first, second = await opened(world, token, KEY), await opened(world, token, KEY)

    addresses = [await world.desk.attend(each.session) for each in (first, second)]
    assert first.session != second.session
    assert addresses[0] == addresses[1] is not None


@pytest.mark.parametrize("key", ["", "x" * 24])
async def test_nobody_else_opens_it_again(world: World, key: str) -> None:
    token = await link(world, await world.customer("c1"))
    await opened(world, token, KEY)

    assert await world.desk.open(token, key) is None


async def test_her_next_link_goes_on_with_the_same_conversation(world: World) -> None:
    person = await world.customer("c1")
    session = await world.browser(person)
    await world.happens("order.paid", "c1")
    await world.later(hours=1)
    shown = await world.sees(session)
    assert [bubble.prompt.kind for bubble in shown] == ["question"]

    again = await opened(world, await link(world, person), KEY, session)

    assert again.session == session
    assert await world.sees(again.session) == shown


async def test_a_used_link_goes_on_with_the_session_of_its_own_customer_only(world: World) -> None:
    person, other = await world.customer("c1"), await world.customer("c2")
    token = await link(world, person)
    session = (await opened(world, token, KEY)).session

    assert (await opened(world, token, "", session)).session == session
    assert await world.desk.open(token, "", await world.browser(other)) is None


async def test_on_a_shared_device_the_next_customer_sees_nothing_of_the_last(world: World) -> None:
    session = await world.browser(await world.customer("c1"))
    await world.happens("order.paid", "c1")
    await world.later(hours=1)
    assert await world.sees(session)

    other = await opened(world, await link(world, await world.customer("c2")), KEY, session)

    assert other.session != session
    assert await world.sees(other.session) == ()
    assert [b.prompt.kind for b in await world.sees(session)] == ["question"]


async def test_whoever_scanned_before_is_joined_to_the_customer_of_her_link(world: World) -> None:
    scan = await world.desk.scan(code_of(world.ctx.salt, "checkout"), KEY, "ko")
    assert scan is not None
    await world.later(seconds=1)
    await world.taps(scan.session, "5")

    known = await opened(world, await link(world, await world.customer("c1")), "", scan.session)

    assert known.session == scan.session
    assert await asked(world) == ["scan.checkout"]


async def asked(world: World) -> list[str]:
    return [d.trigger for each in await world.why("c1") for d in each.decisions]
