"""What becomes of asks, answers and stops when people are joined, and when a chat is split off again."""

import json
from datetime import timedelta

from surveys.model import Invitation, InvitationState, Person
from surveys.ports import Storage
from surveys.program import Program
from surveys.service.erasing import erase
from tests.phones import Phone
from tests.programs import varied
from tests.unit.test_chains import DETRACTOR, NPS
from tests.unit.test_joining import asks, chat, join, known, split, two
from tests.world import World


async def about(world: World, occasion: str) -> list[Invitation]:
    return await world.storage.read(
        lambda tx: [
            ask for e in tx.events.of_occasions([occasion]) for ask in tx.invitations.of_event(e.id)
        ]
    )


async def test_what_one_was_asked_the_other_is_not_asked_after_they_are_joined(
    storage: Storage,
) -> None:
    world, kim, lee = await two(storage, cap={"asks": 9, "days": 1}, cooldown_days=0)
    await world.happens("order.paid", "lee", "o1", id="e2")
    assert await asks(lee) == 1
    await world.happens("order.paid", "kim", "o1", id="e1")
    await join(world, "kim", "lee")

    assert (await asks(kim), await asks(lee)) == (0, 1)
    assert ("withdrawn", "asked_already") in await world.verdicts("e1")
    await world.happens("order.paid", "kim", "o1", id="e3")
    assert (await asks(kim), await asks(lee)) == (0, 1)


async def test_an_ask_that_was_never_made_does_not_end_one_that_waits(storage: Storage) -> None:
    world, *_ = await two(storage, cap={"asks": 9, "days": 1}, cooldown_days=0)
    await world.happens("order.paid", "kim", "o1", id="e1")
    await world.happens("order.cancelled", "kim", "o1", id="e2")
    world.clock.at += timedelta(hours=1)
    await world.happens("order.paid", "lee", "o1", id="e3")
    await join(world, "kim", "lee")

    states = [ask.state for ask in await about(world, "o1")]
    assert sorted(states) == [InvitationState.WAITING, InvitationState.WITHDRAWN]


async def test_a_pause_goes_along_with_a_chat_that_is_split_off(storage: Storage) -> None:
    world, kim, _ = await two(storage)
    await world.happens("order.paid", "kim", "o1")
    await kim.reads()
    await kim.taps("stop")
    await kim.reads()
    await kim.taps("stop.pause", "menu")

    paused_until = (await known(world, "kim")).paused_until
    assert paused_until is not None
    assert (await split(world, "31")).paused_until == paused_until


async def test_a_pause_made_for_both_is_one_of_each_after_a_split(storage: Storage) -> None:
    world, kim, lee = await two(storage)
    await join(world, "kim", "lee")
    await world.happens("order.paid", "lee", "o1")
    phone = kim if await asks(kim) else lee
    await phone.taps("stop")
    await phone.reads()
    await phone.taps("stop.pause", "menu")
    await split(world, "32")

    assert (await known(world, "kim")).paused_until is not None
    assert (await known(world, "lee")).paused_until is not None


async def test_a_chat_taken_by_a_link_leaves_whoever_was_joined_since_as_she_is(
    storage: Storage,
) -> None:
    world, _, lee = await two(storage)
    person = await known(world, "kim")
    await lee.starts(person.id)
    await join(world, "kim", "lee")
    stranger = await split(world, "32")

    assert (await known(world, "lee")).id == person.id
    assert (await chat(world, "32")).person_id == stranger.id
    assert stranger.external_id is None
    assert stranger.id != person.id


def _chained() -> Program:
    rules = {"quiet_hours": None, "cap": {"asks": 9, "days": 1}, "cooldown_days": 0}
    content = json.loads(varied(rules=rules).to_json())
    after_order = {**NPS, "id": "again", "survey": "delivery-csat", "after": "3d"}
    content["triggers"] = [NPS, DETRACTOR, {**after_order, "touchpoint": "delivery"}]
    return Program.from_json(json.dumps(content))


async def _answered_elsewhere(storage: Storage) -> tuple[World, Person, Person]:
    """Return Kim, and who answered her question in a chat that turned out not to be hers."""
    world = World(storage, _chained())
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.delivered", "kim", "o1")
    await phone.reads()
    await phone.taps("2")
    await world.drain()
    stranger = await split(world, phone.user)
    return world, await known(world, "kim"), stranger


async def test_what_follows_an_answer_goes_with_the_answer(storage: Storage) -> None:
    world, kim, stranger = await _answered_elsewhere(storage)

    whose = {ask.trigger: ask.person_id for ask in await about(world, "o1")}
    assert whose == {"nps": stranger.id, "detractor": stranger.id, "again": kim.id}


async def test_an_event_stays_with_whoever_is_still_to_be_asked_about_it(storage: Storage) -> None:
    world, kim, stranger = await _answered_elsewhere(storage)
    await world.write(lambda tx: erase(tx, world.ctx, stranger.id, by="cli:min"))
    other = Phone(world, "7002")
    await other.starts(kim.id)
    await world.later(days=4)

    assert await asks(other) == 1
