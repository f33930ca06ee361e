"""Segments: declared in the program, pinned when an ask is made, kept with its answer, counted apart."""

from datetime import date
from typing import Any

import pytest

from surveys.errors import ProgramFault
from surveys.model import CountRule, Identifier, Side, Tap
from surveys.program import Program, Segment
from tests.programs import varied
from tests.world import World

FAR = (date(2020, 1, 1), date(2030, 1, 1))
PLAN = {"id": "plan", "label": {"ko": "요금제", "en": "Plan"}, "from": "customer.plan"}
COUNTRY = {
    "id": "country",
    "label": {"ko": "국가", "en": "Country"},
    "from": "data.shipping.country",
}


def program(*segments: Any) -> Program:
    return varied(
        segments=segments or [PLAN, COUNTRY],
        rules={"cap": {"asks": 9, "days": 1}, "cooldown_days": 0},
    )


async def told(world: World, score: str, who: str = "kim", order: str = "o1", **event: Any) -> None:
    """Let a customer pay for an order and rate the checkout in her browser."""
    session = await world.browser(await world.customer(who))
    await world.happens("order.paid", who, order, **event)
    await world.later(hours=2)
    (question,) = [b.prompt for b in await world.sees(session) if b.prompt.kind == "question"]
    await world.desk.act(session, f"{order}-m", 1, Tap(token=question.token or "", value=score))


async def values(world: World, attribute: str) -> dict[str, int]:
    """Return how many scores count under each value of an attribute."""

    def look(tx: Any) -> dict[str, int]:
        return {
            value: sum(
                sum(row.counts)
                for row in tx.reports.scores(CountRule.NEWEST, *FAR, side=Side(attribute, value))
            )
            for value in tx.reports.side_values(attribute)
        }

    return await world.storage.read(look)


async def test_an_answer_counts_under_what_held_when_its_ask_was_made() -> None:
    world = World(program=program())
    await world.customer("kim", attributes={"plan": "gold"})

    await told(world, "5", data={"shipping": {"country": "KR", "street": "안"}}, handler="mina")
    await world.customer("kim", attributes={"plan": "free"})

    assert await values(world, "plan") == {"gold": 1}
    assert await values(world, "country") == {"KR": 1}
    assert await values(world, "handler") == {"mina": 1}
    (event,) = await world.storage.read(
        lambda tx: tx.events.of_person(
            tx.people.named([Identifier(namespace="id", value="kim")])[0].id
        )
    )
    assert event.event.data == {"shipping": {"country": "KR"}}


async def test_cohorts_are_told_apart_by_the_same_values() -> None:
    world = World(program=program(PLAN))
    await world.customer("kim", attributes={"plan": "gold"})
    await told(world, "5")

    (row,) = await world.storage.read(lambda tx: tx.reports.funnel(*FAR, Side("plan", "gold")))

    assert (row.invited, row.delivered, row.opened) == (1, 1, 1)
    assert (row.started, row.answered, row.completed) == (1, 1, 0)


async def test_an_unknown_value_counts_as_unknown() -> None:
    world = World(program=program(PLAN))

    await told(world, "5")

    assert await values(world, "plan") == {"": 1}


async def test_values_beyond_the_fiftieth_count_as_other() -> None:
    world = World(program=program(PLAN))

    def name(tx: Any) -> list[Side]:
        sides = [tx.counts.segment("plan", f"p{number}") for number in range(52)]
        return [*sides[48:], tx.counts.segment("plan", "p3"), tx.counts.segment("plan", "")]

    assert [side.value for side in await world.write(name)] == [
        "p48",
        "p49",
        "other",
        "other",
        "p3",
        "",
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [("gold", "gold"), (True, "true"), (3, "3"), (None, ""), (["a"], ""), (" a\n b ", "a b")],
)
def test_any_value_becomes_a_short_text(written: object, value: str) -> None:
    segment = Segment.model_validate(PLAN)

    assert segment.value({"plan": written}, {}) == value
    assert segment.value({"plan": "x" * 999}, {}) == "x" * 80
    assert segment.value({}, {"plan": "data"}) == ""


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"id": "handler"}, "told apart anyway"),
        ({"id": "stage"}, "told apart anyway"),
        ({"from": "order.plan"}, "segments"),
    ],
)
def test_a_segment_that_cannot_be_is_refused(changed: Any, problem: str) -> None:
    with pytest.raises(ProgramFault, match=problem):
        program({**PLAN, **changed})


def test_more_than_eight_segments_are_refused() -> None:
    with pytest.raises(ProgramFault, match="segments"):
        program(*({**PLAN, "id": f"s{number}"} for number in range(9)))
