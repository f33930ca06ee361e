"""A paused survey or trigger: its asks wait, explained, wherever they are on their way."""

from functools import partial
from typing import Any

import pytest

from storage.memory import MemoryStorage
from surveys.errors import InvalidInput, NotFound
from surveys.model import Command, Deed, InvitationState
from surveys.pausing import Pause, PauseOf
from surveys.ports import Storage
from surveys.service.operating import Settlement, settle_by_hand
from surveys.service.pauses import named, pause, pauses, resume
from tests.phones import LOST, Phone
from tests.programs import standard, varied
from tests.world import NOON, World

AT_ONCE: dict[str, Any] = {"checkout": {"after": "0s"}}
BY = "slack:U1"


@pytest.fixture
def quick() -> Storage:
    """Where only the rules are looked at, one storage is enough."""
    return MemoryStorage()


async def shop(storage: Storage, **checkout: Any) -> tuple[World, Phone]:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"} | checkout}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    return world, phone


async def stop(world: World, of: PauseOf = "survey", name: str = "checkout-csat") -> bool:
    return await world.write(partial(pause, ctx=world.ctx, of=of, name=name, by=BY))


async def go_on(world: World, of: PauseOf = "survey", name: str = "checkout-csat") -> bool:
    return await world.write(partial(resume, ctx=world.ctx, of=of, name=name, by=BY))


@pytest.mark.parametrize(
    ("of", "name"),
    [("survey", "checkout-csat"), ("trigger", "checkout")],
    ids=["survey", "trigger"],
)
async def test_a_new_ask_waits_and_says_who_paused_it(
    storage: Storage, of: PauseOf, name: str
) -> None:
    world, phone = await shop(storage)
    assert await stop(world, of, name)
    await world.happens("order.paid", "kim")

    assert await phone.reads() == ["notice"]
    (explained,) = await world.why("kim")
    (verdict,) = explained.decisions[0].verdicts
    assert (verdict.kind.value, verdict.rule) == ("held", "staff_pause")
    assert verdict.values[of] == name
    assert verdict.values["paused_by"] == BY

    assert await go_on(world, of, name)
    assert await phone.reads() == ["notice", "question"]
    assert [rule for _, rule in await world.verdicts("kim")] == ["staff_pause", "clear", "clear"]


async def test_another_surveys_asks_go_on(quick: Storage) -> None:
    world, phone = await shop(quick)
    await stop(world, "survey", "delivery-csat")
    await world.happens("order.paid", "kim")

    assert await phone.reads() == ["notice", "question"]


async def test_a_question_in_the_outbox_goes_back_to_waiting_and_gives_its_slot_back(
    storage: Storage,
) -> None:
    world, phone = await shop(storage)
    await world.happens("order.paid", "kim")
    await world.drain()
    await stop(world)

    assert await phone.reads() == ["notice"]
    person = (await world.why("kim"))[0].event.person_id or ""
    assert await world.write(lambda tx: tx.clocks.lock(person)) == ()
    (waiting,) = await storage.read(lambda tx: tx.invitations.live_of_person(person))
    assert (waiting.state, waiting.hold_rule) == (InvitationState.WAITING, "staff_pause")
    assert [each for each in await world.verdicts("kim") if each[1] == "staff_pause"] == [
        ("held", "staff_pause")
    ]

    await go_on(world)
    assert await phone.reads() == ["notice", "question"]


async def test_one_verdict_tells_that_a_question_sent_again_by_hand_waits(
    quick: Storage,
) -> None:
    """It may have arrived before: so it stays in its chat and keeps its slot."""
    world, phone = await shop(quick)
    await world.happens("order.paid", "kim")
    (claimed,) = await phone.claims()
    await phone.settles(claimed, LOST)
    await stop(world)
    again = partial(settle_by_hand, ctx=world.ctx, verdict=Settlement.RESEND, by=BY)
    await world.write(partial(again, delivery_id=claimed.delivery.id))
    for _ in range(3):
        assert await phone.claims() == ()
        await world.later(minutes=6)
    assert (await world.verdicts("kim")).count(("held", "staff_pause")) == 1

    await go_on(world)
    assert await phone.reads() == ["notice", "question"]


async def test_a_reminder_waits_too(quick: Storage) -> None:
    world, phone = await shop(quick, reminder=True)
    await world.happens("order.paid", "kim")
    await phone.reads()
    await stop(world)
    await world.later(hours=25)
    assert await phone.reads() == ["notice", "question"]

    await go_on(world)
    await world.later(minutes=6)
    assert await phone.reads() == ["notice", "moved", "question"]


async def test_what_is_paused_too_long_expires_for_that_reason(quick: Storage) -> None:
    world, phone = await shop(quick)
    await stop(world)
    await world.happens("order.paid", "kim")
    await world.later(days=8)

    assert (await world.verdicts("kim"))[-1] == ("expired", "staff_pause")
    await go_on(world)
    assert await phone.reads() == ["notice"]


async def test_whoever_stopped_is_skipped_paused_or_not(quick: Storage) -> None:
    world, phone = await shop(quick)
    await stop(world)
    await phone.acts(Command(name="stop"))
    await world.happens("order.paid", "kim")

    assert (await world.verdicts("kim"))[-1] == ("skipped", "consent_withdrawn")


async def test_pauses_are_listed_counted_once_and_audited(quick: Storage) -> None:
    world, _ = await shop(quick)
    assert await stop(world)
    assert not await stop(world)
    assert await stop(world, "trigger", "delivery")
    assert await quick.read(pauses) == (
        Pause(of="survey", id="checkout-csat", by=BY, since=NOON),
        Pause(of="trigger", id="delivery", by=BY, since=NOON),
    )
    assert await go_on(world)
    assert not await go_on(world)
    assert await quick.read(lambda tx: tx.audit.newest(9)) == (
        Deed(at=NOON, by=BY, act="resume", subject="survey:checkout-csat"),
        Deed(at=NOON, by=BY, act="pause", subject="trigger:delivery"),
        Deed(at=NOON, by=BY, act="pause", subject="survey:checkout-csat"),
    )


async def test_what_nobody_knows_is_neither_paused_nor_resumed(quick: Storage) -> None:
    world, _ = await shop(quick)
    for change in (stop, go_on):
        with pytest.raises(NotFound):
            await change(world, "survey", "no-such")
        with pytest.raises(NotFound):
            await change(world, "trigger", "no-such")
    assert await quick.read(pauses) == ()


def test_a_name_that_a_survey_and_a_trigger_share_wants_its_kind() -> None:
    program = standard()
    twin = program.survey("support-ces").model_copy(update={"id": "support"})
    shared = program.model_copy(update={"surveys": (*program.surveys, twin)})

    assert named(program, "support") == ("trigger", "support")
    assert named(program, "support-ces") == ("survey", "support-ces")
    assert named(shared, "survey:support") == ("survey", "support")
    for unclear in ("support", "lunch", "stage:support"):
        with pytest.raises(InvalidInput):
            named(shared, unclear)
