"""A test question to a member of staff goes the whole way of a real one, and leaves no figure."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from storage.memory import MemoryStorage
from surveys.errors import NotFound
from surveys.model import Channel, CountRule, InvitationState, Subscription, Typed, WebhookType
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.program.schema import Variant
from surveys.service import operating, trials
from surveys.service.live import LiveProgram
from tests.phones import Phone
from tests.programs import varied
from tests.world import World

EVER = date(2026, 1, 1), date(2027, 1, 1)
AT_ONCE: dict[str, Any] = {"checkout": {"after": "0s"}}


@pytest.fixture
def quick() -> Storage:
    """Where only the rules are looked at, one storage is enough."""
    return MemoryStorage()


async def try_out(world: World, phone: Phone, survey: str = "checkout-csat") -> str:
    """Send a test to whoever holds the phone; return the invitation's id."""

    def work(tx: UnitOfWork) -> str:
        address = tx.addresses.find(Channel.TELEGRAM, "bot1", phone.user)
        assert address is not None
        return trials.send(tx, world.ctx, address, survey).id

    return await world.write(work)


async def staff(storage: Storage) -> tuple[World, Phone]:
    world = World(storage, varied(triggers=AT_ONCE))
    phone = Phone(world)
    await phone.starts(await world.customer("minji"))
    return world, phone


async def figures(storage: Storage) -> tuple[object, ...]:
    def read(tx: UnitOfWork) -> tuple[object, ...]:
        scores = [tx.reports.scores(rule, *EVER) for rule in (CountRule.ALL, CountRule.NEWEST)]
        counted = tx.reports.funnel(*EVER), tx.reports.recount(*EVER)
        return (*scores, *counted, tx.analyses.asks(0, 9), tx.analyses.happenings(0, 9))

    return await storage.read(read)


async def test_it_is_answered_to_the_end_and_nothing_is_counted(storage: Storage) -> None:
    world, phone = await staff(storage)
    trial = await try_out(world, phone)

    assert await phone.reads() == ["notice", "question"]
    heading = list(phone.chat.values())[-1].prompt.heading
    assert "테스트" in heading
    await phone.taps("1")
    assert await phone.reads() == ["notice", "chosen", "reason"]
    await phone.acts(Typed(text="too slow"))
    assert (await phone.reads())[-1] in ("thanks", "noted")

    assert all(rows == () for rows in await figures(storage))
    assert await storage.read(lambda tx: tx.answers.of_invitation(trial)) == ()


async def test_nobody_else_is_told_and_no_other_ask_follows(quick: Storage) -> None:
    told = Subscription(destination="crm", types=frozenset(WebhookType), comments=True)
    world, phone = await staff(quick)
    world.ctx = replace(world.ctx, subscriptions=(told,))
    await try_out(world, phone)
    await phone.reads()
    await phone.taps("1")
    await world.drain()

    assert await quick.read(lambda tx: tx.webhooks.due("crm", world.clock.now(), 9)) == ()


async def test_it_takes_no_slot_and_a_real_question_comes_all_the_same(quick: Storage) -> None:
    world, phone = await staff(quick)
    await try_out(world, phone, "recovered")
    await try_out(world, phone)
    await phone.reads()

    await world.happens("order.paid", "minji")
    assert await phone.reads() == ["notice", "question", "question", "question"]


async def test_it_may_be_sent_at_night_again_and_again_but_not_while_sending_is_held(
    quick: Storage,
) -> None:
    world, phone = await staff(quick)
    await world.later(hours=11)
    await try_out(world, phone)
    await try_out(world, phone)
    assert await phone.reads() == ["notice", "question", "question"]

    await world.write(lambda tx: operating.hold(tx, world.ctx, "", "cli:minji"))
    await try_out(world, phone)
    assert await phone.reads() == ["notice", "question", "question"]


async def test_it_closes_after_an_hour(quick: Storage) -> None:
    world, phone = await staff(quick)
    trial = await try_out(world, phone)
    await phone.reads()
    await world.later(minutes=61)

    ended = await quick.read(lambda tx: tx.invitations.look(trial))
    assert ended is not None
    assert (ended.state, ended.due_at) == (InvitationState.CLOSED, None)
    assert all(rows == () for rows in await figures(quick))


async def test_a_survey_that_there_is_not_is_not_sent(quick: Storage) -> None:
    world, phone = await staff(quick)
    with pytest.raises(NotFound):
        await try_out(world, phone, "no-such")


async def test_a_survey_that_nothing_starts_yet_is_tried_out_in_its_first_wording(
    quick: Storage,
) -> None:
    world, phone = await staff(quick)
    survey = world.program.survey("checkout-csat")
    other = Variant(wording="short-1", share=0.5, question={"ko": "어땠나요?", "en": "Well?"})
    both = (other, Variant(wording="std1", share=0.5))
    draft = survey.model_copy(update={"id": "draft", "variants": both})
    surveys = (*world.program.surveys, draft)
    program = world.program.model_copy(update={"surveys": surveys})
    world.ctx = replace(world.ctx, live=LiveProgram(Program.from_json(program.to_json())))
    trial = await try_out(world, phone, "draft")

    assert await phone.reads() == ["notice", "question"]
    assert list(phone.chat.values())[-1].prompt.text == "어땠나요?"
    kept = await quick.read(lambda tx: tx.invitations.look(trial))
    assert kept is not None
    assert (kept.touchpoint, kept.stage, kept.wording) == ("", "", "short-1")


async def test_a_program_that_nobody_published_is_tried_as_it_is_and_marks_no_trend(
    storage: Storage,
) -> None:
    world, phone = await staff(storage)
    survey = world.program.survey("checkout-csat")
    said = {"question": {"ko": "초안인가요?", "en": "A draft?"}, "wording": "draft-1"}
    surveys = [survey.model_copy(update=said) if s == survey else s for s in world.program.surveys]
    changed = world.program.model_copy(update={"surveys": tuple(surveys)})
    draft = Program.from_json(changed.to_json())
    before = await storage.read(lambda tx: tx.programs.history())

    def work(tx: UnitOfWork) -> str:
        address = tx.addresses.find(Channel.TELEGRAM, "bot1", phone.user)
        assert address is not None
        return trials.send(tx, world.ctx, address, survey.id, draft).id

    first, second = await world.write(work), await world.write(work)

    assert await phone.reads() == ["notice", "question", "question"]
    assert list(phone.chat.values())[-1].prompt.text == "초안인가요?"
    await phone.taps("1")
    assert (await phone.reads())[-1] == "reason"
    assert first != second
    assert await storage.read(lambda tx: tx.programs.history()) == before
    assert all(rows == () for rows in await figures(storage))
