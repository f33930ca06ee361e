"""From an event to a question and its answer, over storage in memory."""

from datetime import date

from surveys.model import Acceptance, CountRule, Typed
from tests.world import World


async def test_an_order_becomes_a_question_and_a_counted_answer() -> None:
    world = World()
    person = await world.customer("kim")
    session = await world.browser(person)

    assert await world.happens("order.paid", "kim") is Acceptance.NEW
    assert await world.verdicts("kim") == [("held", "delay")]
    assert await world.sees(session) == ()

    await world.later(minutes=31)
    (bubble,) = await world.sees(session)
    assert bubble.prompt.kind == "question"
    assert [b.value for b in bubble.prompt.scale] == ["1", "2", "3", "4", "5"]

    await world.taps(session, "2")
    kinds = [b.prompt.kind for b in await world.sees(session)]
    assert kinds == ["chosen", "reason"]
    await world.acts(session, Typed(text="배송이 늦었어요"))
    kinds = [b.prompt.kind for b in await world.sees(session)]
    assert kinds == ["chosen", "reason_done", "thanks"]

    day = date(2026, 11, 2)
    (row,) = await world.storage.read(lambda tx: tx.reports.scores(CountRule.NEWEST, day, day))
    assert row.counts == (0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    (funnel,) = await world.storage.read(lambda tx: tx.reports.funnel(day, day))
    assert (funnel.invited, funnel.delivered, funnel.answered) == (1, 1, 1)
    assert await world.verdicts("kim") == [
        ("held", "delay"),
        ("released", "clear"),
        ("asked", "clear"),
    ]


async def test_a_ticket_solved_again_is_asked_about_after_its_last_solution() -> None:
    world = World()
    session = await world.browser(await world.customer("kim"))

    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=10)
    await world.happens("support.reopened", "kim", "t1")
    await world.later(minutes=30)
    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=59)
    assert await world.sees(session) == ()
    await world.later(minutes=2)

    (bubble,) = await world.sees(session)
    assert bubble.prompt.kind == "question"
    assert sorted(await world.verdicts("kim")) == sorted(
        [
            ("held", "delay"),
            ("withdrawn", "reversed"),
            ("held", "delay"),
            ("released", "clear"),
            ("asked", "clear"),
        ]
    )
