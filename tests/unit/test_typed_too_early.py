"""A text that reaches us before the platform has told us that our question arrived: as a quick customer types it."""

from datetime import timedelta

import pytest

from surveys.model import Channel, Json, Outcome, OutcomeKind, Typed
from surveys.ports import SENDING_LEASE, Storage
from tests.phones import ACCOUNT, NOT_SENT, Phone
from tests.programs import standard, varied
from tests.unit.test_talking import answers
from tests.world import World

REFUSED = Outcome(kind=OutcomeKind.REJECTED, reason="chat_not_found")


async def begun(storage: Storage, **rules: Json) -> tuple[World, Phone]:
    triggers = {t.id: {"after": "0s", "occurrence": None} for t in standard().triggers}
    world = World(storage, varied(triggers=triggers, rules={"quiet_hours": None, **rules}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    return world, phone


async def test_it_answers_the_question_once_that_has_arrived(storage: Storage) -> None:
    world, phone = await begun(storage)
    await world.happens("order.paid", "kim")
    (question,) = await phone.claims()
    await phone.acts(Typed(text="4"))
    assert not await answers(world)
    await phone.accepts(question)
    await world.later(seconds=1)

    assert (await answers(world))["score"].score == 4


async def test_it_is_no_comment_on_the_question_before(storage: Storage) -> None:
    world, phone = await begun(storage, cap={"asks": 9, "days": 1}, cooldown_days=0)
    await world.happens("order.paid", "kim", "o1")
    await phone.reads()
    await phone.taps("2")
    await phone.reads()
    world.clock.at += timedelta(minutes=1)
    await world.happens("support.solved", "kim", "t1")
    (question,) = await phone.claims()
    await phone.acts(Typed(text="4"))
    await phone.accepts(question)
    await world.later(seconds=1)

    assert set(await answers(world, "o1")) == {"score"}
    assert (await answers(world, "t1"))["score"].score == 4


@pytest.mark.parametrize("outcome", [NOT_SENT, REFUSED])
async def test_it_answers_the_question_before_where_this_one_did_not_arrive(
    storage: Storage, outcome: Outcome
) -> None:
    world, phone = await begun(storage, cap={"asks": 9, "days": 1}, cooldown_days=0)
    await world.happens("order.paid", "kim", "o1")
    await phone.reads()
    await phone.taps("2")
    await phone.reads()
    world.clock.at += timedelta(minutes=1)
    await world.happens("support.solved", "kim", "t1")
    (question,) = await phone.claims()
    await phone.acts(Typed(text="너무 늦었어요"))
    await phone.settles(question, outcome)
    await world.later(seconds=1)

    assert (await answers(world, "o1"))["comment"].text == "너무 늦었어요"
    assert not await answers(world, "t1")


async def test_it_waits_no_longer_than_a_lost_worker_is_waited_for(storage: Storage) -> None:
    world, phone = await begun(storage)
    await world.happens("order.paid", "kim")
    await phone.claims()
    await phone.acts(Typed(text="4"))
    await world.later(seconds=1)
    assert not await answers(world)
    await world.later(seconds=SENDING_LEASE.total_seconds())
    await world.later(seconds=1)

    assert (await answers(world))["score"].score == 4


async def test_a_stop_waits_for_nothing(storage: Storage) -> None:
    world, phone = await begun(storage)
    await world.happens("order.paid", "kim")
    await phone.claims()
    await phone.acts(Typed(text="그만"))

    chat = await world.storage.read(
        lambda tx: tx.addresses.find(Channel.TELEGRAM, ACCOUNT, phone.user)
    )
    assert chat is not None
    person = await world.storage.read(lambda tx: tx.people.get(chat.person_id))
    assert person is not None
    assert person.opted_out_at is not None


async def test_the_same_text_delivered_again_is_taken_once(storage: Storage) -> None:
    world, phone = await begun(storage)
    await world.happens("order.paid", "kim")
    (question,) = await phone.claims()
    await phone.acts(Typed(text="4"), number=9)
    assert (await phone.acts(Typed(text="4"), number=9)).duplicate
    await phone.accepts(question)
    await world.later(seconds=1)

    assert (await answers(world))["score"].version == 1
