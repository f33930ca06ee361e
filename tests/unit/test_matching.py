"""How many events meet a condition: the same number while it is typed and when it is rehearsed."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from storage.memory import MemoryStorage
from surveys.conditions import Gap
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.rehearsing import Wish
from surveys.service.matching import Matches, count, lately, sound
from surveys.service.rehearsing import rehearse
from surveys.timing import begin_of
from tests.programs import varied
from tests.rehearsed_shop import FIRST, consenting, publish, shop
from tests.world import World

COLOUR: Json = {"path": "colour", "eq": "red"}
PLAN: Json = {"path": "plan", "eq": "basic"}


def asking(where: Json) -> Program:
    return varied(triggers={"checkout": {"where": where}})


async def counted(world: World, where: Json) -> Matches:
    def read(tx: UnitOfWork) -> Matches:
        return count(tx, world.ctx, lately(tx, world.ctx, "order.paid"), sound(where))

    found: Matches = await world.storage.read(read)
    return found


async def rehearsed(world: World, where: Json) -> Json:
    now = world.clock.at
    wish = Wish(
        since=begin_of(30, now, FIRST.company.zone),
        until=now,
        program=asking(where),
        trigger="checkout",
    )
    found = await world.storage.read(lambda tx: rehearse(tx, world.ctx, wish))
    return found.to_json()


async def paid(world: World, number: int, **data: Any) -> None:
    await world.happens("order.paid", "kim", f"o{number}", data=data)


async def test_the_count_and_the_rehearsal_say_the_same_of_any_condition() -> None:
    """Also of customers whom other rules stop before their event is looked at."""
    world = await shop(MemoryStorage())
    await consenting(world)
    await world.customer("silent", consent=False)
    await world.happens("order.paid", "kim", "long-ago", data={"colour": "red"})
    await world.later(days=35)
    await publish(world, varied(attributes=["colour"]), 2)
    for number, colour in enumerate(("red", "blue", "red")):
        await paid(world, number, colour=colour)
    await world.happens("order.paid", "silent", "s1", data={"colour": "red"})
    await world.happens("order.paid", "silent", "s2", data={"colour": "blue"})
    await world.later(minutes=1)
    conditions: list[Json] = [COLOUR, {"not": COLOUR}, PLAN, {"not": PLAN}, {"any": [PLAN, COLOUR]}]

    for where in conditions:
        live, told = await counted(world, where), await rehearsed(world, where)
        assert (live.matched, live.of) == (told["matched"], told["decisions"]), where
        assert [asdict(gap) for gap in live.gaps] == told["absent"], where

    assert [(await counted(world, where)).matched for where in conditions] == [3, 2, 0, 5, 3]


async def test_a_field_that_was_not_stored_is_unknown_of_just_the_events_from_then() -> None:
    world = await shop(MemoryStorage())
    for number in range(2):
        await paid(world, number, colour="red")
    await world.later(hours=1)
    await publish(world, varied(attributes=["colour"]), 2)
    await world.later(hours=1)
    for number in range(2, 5):
        await paid(world, number, colour="red")
    await paid(world, 5)
    await world.later(minutes=1)

    found = await counted(world, {"all": [COLOUR, PLAN]})

    assert (found.matched, found.of) == (0, 6)
    assert found.gaps == (
        Gap(path="colour", of=6, without=3, unknown=2),
        Gap(path="plan", of=6, without=6, unknown=6),
    )
    assert (await counted(world, COLOUR)).matched == 3


async def test_a_field_that_some_events_lack_is_told_of_with_how_many() -> None:
    world = await shop(MemoryStorage(), varied(attributes=["colour"]))
    for number in range(2):
        await paid(world, number, colour="red")
    for number in range(2, 5):
        await paid(world, number)
    await world.later(minutes=1)

    found = await counted(world, COLOUR)

    assert (found.matched, found.of) == (2, 5)
    assert found.gaps == (Gap(path="colour", of=5, without=3, unknown=0),)
    assert [asdict(gap) for gap in found.gaps] == (await rehearsed(world, COLOUR))["absent"]


async def test_a_field_that_could_have_come_and_never_did_is_known_to_be_nowhere() -> None:
    world = await shop(MemoryStorage(), varied(attributes=["colour"]))
    for number in range(3):
        await paid(world, number)
    await world.later(minutes=1)

    found = await counted(world, COLOUR)
    nothing = await counted(world, None)

    assert found.gaps == (Gap(path="colour", of=3, without=3, unknown=0),)
    assert (found.matched, nothing.matched, nothing.gaps) == (0, 3, ())
    assert found.until - found.since > timedelta(days=29)
