"""The kill switch: what is held stays where it is, receipts go out, expiry goes on."""

from datetime import timedelta
from typing import Any

from surveys.model import Channel, Command, Deed, DeliveryState
from surveys.ports import Storage
from surveys.service import operating, webchat
from surveys.service.holding import Hold, is_held, standing_hold
from surveys.service.sending import NotClaimed, candidates, claim
from tests.phones import Phone
from tests.programs import varied
from tests.world import NOON, World

AT_ONCE: dict[str, Any] = {"checkout": {"after": "0s"}}


async def due(storage: Storage) -> tuple[World, Phone]:
    """A customer whose question about an order is due to go out."""
    world = World(storage, varied(triggers=AT_ONCE))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await world.drain()
    return world, phone


async def hold(world: World, reason: str = "wrong price") -> None:
    await world.write(lambda tx: operating.hold(tx, world.ctx, reason, "cli:minji"))


async def release(world: World) -> bool:
    return await world.write(lambda tx: operating.release(tx, world.ctx, "cli:minji"))


async def pending(world: World) -> list[tuple[str, DeliveryState]]:
    found = await world.storage.read(lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9))
    return [(delivery.kind, delivery.state) for delivery in found]


async def test_on_a_fresh_database_nothing_is_held(storage: Storage) -> None:
    assert not await storage.read(is_held)
    assert await storage.read(standing_hold) is None


async def test_a_held_question_stays_due_and_goes_out_after_the_release(storage: Storage) -> None:
    world, phone = await due(storage)
    await hold(world)

    assert await phone.claims() == ()
    assert await pending(world) == [("question", DeliveryState.PENDING)]
    next_due = await storage.read(lambda tx: tx.next_due())
    assert next_due is not None
    assert next_due <= NOON

    assert await release(world)
    assert await phone.reads() == ["notice", "question"]


async def test_a_claim_that_was_looked_up_before_the_hold_is_refused_after_it(
    storage: Storage,
) -> None:
    """The switch is read in the transaction that sets ``sending``, not only when candidates are listed."""
    world, _ = await due(storage)
    (one,) = await world.write(lambda tx: candidates(tx, world.ctx, [Channel.TELEGRAM], 9))
    await hold(world)

    assert await world.write(lambda tx: claim(tx, world.ctx, one)) is NotClaimed.NOT_NOW


async def test_receipts_overtake_what_is_held_and_replies_do_not(storage: Storage) -> None:
    world, phone = await due(storage)
    await hold(world)

    await phone.acts(Command(name="help"))
    assert await phone.reads() == ["notice"]
    await phone.acts(Command(name="stop"))
    assert await phone.reads() == ["notice", "notice"]


async def test_an_edit_is_held_too(storage: Storage) -> None:
    world, phone = await due(storage)
    await phone.reads()
    await hold(world)

    await phone.taps("5")
    assert await phone.reads() == ["notice", "question"]
    await release(world)
    assert (await phone.reads())[1] == "chosen"


async def test_a_browser_pulls_nothing_that_is_held(storage: Storage) -> None:
    world = World(storage, varied(triggers=AT_ONCE))
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await hold(world)

    assert await world.sees(session) == ()
    address = await storage.read(lambda tx: webchat.address_of(tx, world.ctx, session))
    assert address is not None
    assert not await storage.read(lambda tx: webchat.waiting(tx, world.ctx, address))
    await world.desk.act(session, "m1", 1, Command(name="stop"))
    assert [bubble.prompt.kind for bubble in await world.sees(session)] == ["notice"]


async def test_what_is_held_too_long_expires(storage: Storage) -> None:
    world, phone = await due(storage)
    await hold(world)
    await world.later(days=8)

    assert (await world.verdicts("kim"))[-1] == ("expired", "ask_by")
    await release(world)
    assert await phone.reads() == ["notice"]


async def test_a_second_hold_tells_its_own_reason_and_the_start_of_the_first(
    storage: Storage,
) -> None:
    world, _ = await due(storage)
    await hold(world, "first")
    world.clock.at += timedelta(minutes=5)
    await hold(world, "second")

    stands = await storage.read(standing_hold)
    assert stands == Hold(reason="second", by="cli:minji", since=NOON)


async def test_hold_and_release_stand_in_the_audit_trail_and_an_idle_release_does_not(
    storage: Storage,
) -> None:
    world, _ = await due(storage)
    assert not await release(world)
    await hold(world)
    assert await release(world)

    told = {"reason": "wrong price"}
    by, at = "cli:minji", NOON
    assert await storage.read(lambda tx: tx.audit.newest(9)) == (
        Deed(at=at, by=by, act="release", details=told),
        Deed(at=at, by=by, act="hold", details=told),
    )
