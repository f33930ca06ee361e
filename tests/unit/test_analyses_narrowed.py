"""What is worked out for a filter: both ends of a share carry it, and nothing of the other values is told by it."""

from collections.abc import Mapping
from typing import Any

import pytest

from surveys.analyses.columns import Spot
from surveys.analyses.cut import Where
from surveys.analyses.narrowed import narrowed
from surveys.program import default_program
from tests.frames import CHECKOUT, DELIVERY, RELATION, SUPPORT, Told

PROGRAM = default_program()
TELEGRAM: Where = (("channel", "telegram"),)


def told_by(*axes: str) -> Told:
    return Told(axes=axes)


def named(told: Told, group: str, customers: int, cited: int, *, spot: Any = CHECKOUT) -> None:
    """Tell of customers of a channel, the first of whom chose a reason and were unhappy."""
    for place in range(customers):
        chose = place < cited
        chips = ["late"] if chose else []
        told.answer(f"{group}{place}", spot, 9, 1 if chose else 5, *chips, group=(group,))


def reasons(told: Told, where: Where = TELEGRAM, stage: str = "purchase") -> Any:
    found = narrowed(told.frame(), PROGRAM, where)["reasons"][stage]["series"]
    return {each["touchpoint"]: each for each in found}


def test_numerator_and_denominator_carry_the_same_filter() -> None:
    told = told_by("channel")
    named(told, "telegram", 30, 12)
    named(told, "webchat", 50, 6)

    line = reasons(told)[None]
    (late,) = line["reasons"]

    assert line["customers"] == 30
    assert (late["cited"], late["share"]) == (12, 40.0)
    assert line["score"]["value"] == 60.0
    recipe = narrowed(told.frame(), PROGRAM, TELEGRAM)["reasons"]["purchase"]["recipe"]
    assert (recipe["where"], recipe["answers"]) == ({"channel": "telegram"}, None)


@pytest.mark.parametrize("channel", ["telegram", "slack"])
def test_a_value_of_three_customers_hides_itself_and_the_smallest_beside_it(channel: str) -> None:
    """Everybody less Telegram and web chat would be the three."""
    told = told_by("channel")
    named(told, "webchat", 50, 0)
    named(told, "telegram", 20, 0)
    named(told, "slack", 3, 0)

    line = reasons(told, (("channel", channel),))[None]

    assert (line["customers"], line["score"], line["suppressed"]) == (None, None, True)
    assert reasons(told, (("channel", "webchat"),))[None]["customers"] == 50


@pytest.mark.parametrize("cited", [1, 4])
def test_a_reason_of_few_on_one_channel_is_not_everybodys_less_the_others(cited: int) -> None:
    told = told_by("channel")
    named(told, "webchat", 50, 20)
    named(told, "telegram", 40, cited)

    web, telegram = (reasons(told, (("channel", name),))[None] for name in ("webchat", "telegram"))

    assert [(each["cited"], each["suppressed"]) for each in web["reasons"]] == [(None, True)]
    assert [each["cited"] for each in telegram["reasons"]] == []
    assert (web["customers"], telegram["customers"]) == (50, 40)


def test_six_answers_of_one_customer_are_hers_alone() -> None:
    told = told_by("channel")
    named(told, "webchat", 50, 20)
    for place in range(6):
        told.answer("mina", CHECKOUT, place + 1, 1, "late", group=("telegram",))

    assert reasons(told)[None]["customers"] is None


def test_of_two_filters_nothing_is_told_where_any_cell_is_small() -> None:
    told = told_by("channel", "segment.tier")
    for place in range(20):
        for channel in ("telegram", "webchat"):
            told.answer(f"{channel}{place}", CHECKOUT, 9, 4, group=(channel, "gold"))
            told.answer(f"{channel}s{place}", CHECKOUT, 9, 4, group=(channel, "silver"))
    both: Where = (*TELEGRAM, ("segment.tier", "gold"))
    assert reasons(told, both)[None]["customers"] == 20

    told.answer("one", CHECKOUT, 9, 4, group=("webchat", "bronze"))

    assert reasons(told, both)[None]["customers"] is None
    assert reasons(told)[None]["customers"] == 40


def test_touchpoints_of_a_filter_are_told_only_where_no_cell_is_small() -> None:
    told = told_by("channel")
    for name, spot in (("telegram", CHECKOUT), ("webchat", CHECKOUT), ("webchat", DELIVERY)):
        named(told, name, 40, 10, spot=spot)
    named(told, "telegram", 2, 2, spot=DELIVERY)

    lines = reasons(told, (("channel", "webchat"),))

    assert lines["checkout"]["customers"] is None or lines["delivery"]["customers"] is None


def each_at(told: Told, channel: str, sizes: Mapping[Spot, int]) -> None:
    """Tell of customers of a channel who answered at one touchpoint each."""
    for spot, customers in sizes.items():
        for place in range(customers):
            told.answer(f"{channel} {spot.touchpoint} {place}", spot, 9, 4, group=(channel,))


def test_a_touchpoint_of_few_is_not_the_stage_less_the_others() -> None:
    """Telegram's 30 less its 20 at delivery were 10 at checkout, and everybody's 13 there less these 10 the three."""
    told = told_by("channel")
    each_at(told, "telegram", {CHECKOUT: 10, DELIVERY: 20})
    each_at(told, "slack", {CHECKOUT: 3, DELIVERY: 20})

    lines = reasons(told)

    assert [lines[at]["customers"] for at in (None, "checkout", "delivery")] == [30, None, None]


def test_of_a_channel_answered_at_one_touchpoint_alone_it_is_not_told_where() -> None:
    """Everybody's 13 at checkout less Slack's 10 were Telegram's three."""
    told = told_by("channel")
    each_at(told, "telegram", {CHECKOUT: 3, DELIVERY: 20})
    each_at(told, "slack", {CHECKOUT: 10})

    (line,) = reasons(told, (("channel", "slack"),)).values()

    assert (line["only"], line["customers"], line["reasons"]) == (None, None, [])


def test_touchpoints_of_channels_with_enough_customers_each_are_told() -> None:
    told = told_by("channel")
    for channel in ("telegram", "slack"):
        each_at(told, channel, {CHECKOUT: 10, DELIVERY: 20})

    lines = reasons(told)

    assert {at: line["customers"] for at, line in lines.items()} == {
        None: 30,
        "checkout": 10,
        "delivery": 20,
    }


def both_ways(told: Told, spot: Spot, alone: int, moved: int = 0, *chips: str) -> None:
    """Tell of 30 customers of Telegram, six of whom answered by Slack before, and of some of Slack alone.

    ``moved`` of the thirty answered by Slack once more since.
    """
    for place in range(30):
        told.answer(f"both{place}", spot, 9, 5, group=("telegram",))
    for place in range(6):
        told.answer(f"both{place}", spot, 12, 5, group=("slack",))
    for place in range(moved):
        told.answer(f"both{place}", spot, 8, 1, *chips, group=("slack",))
    for place in range(alone):
        told.answer(f"alone{place}", spot, 9, 1, *chips, group=("slack",))


@pytest.mark.parametrize(("alone", "moved"), [(1, 0), (0, 3), (3, 3), (2, 5)])
def test_few_who_never_or_no_longer_answer_by_a_channel_are_not_everybody_less_the_channel(
    alone: int, moved: int
) -> None:
    told = told_by("channel")
    both_ways(told, CHECKOUT, alone, moved)

    line = reasons(told)[None]

    assert (line["customers"], line["score"]) == (None, None)


@pytest.mark.parametrize(("alone", "moved"), [(0, 0), (5, 0), (0, 5), (9, 3)])
def test_a_channel_is_told_beside_nobody_or_enough_who_answer_by_another(
    alone: int, moved: int
) -> None:
    told = told_by("channel")
    both_ways(told, CHECKOUT, alone, moved)

    assert reasons(told)[None]["customers"] == 30


def test_few_who_never_answered_with_one_value_are_not_the_other_filter_less_both() -> None:
    """Two of gold answered by Slack alone; six more by both, so that Slack has enough."""
    told = told_by("channel", "segment.tier")
    for place in range(30):
        told.answer(f"gold{place}", CHECKOUT, 9, 5, group=("telegram", "gold"))
        told.answer(f"silver{place}", CHECKOUT, 9, 5, group=("telegram", "silver"))
        told.answer(f"slack{place}", CHECKOUT, 9, 5, group=("slack", "silver"))
    for place in range(24, 32):
        told.answer(f"gold{place}", CHECKOUT, 12, 1, group=("slack", "gold"))

    both = reasons(told, (*TELEGRAM, ("segment.tier", "gold")))[None]

    assert both["customers"] is None


def test_few_who_chose_a_reason_by_another_channel_are_not_everybody_less_the_channel() -> None:
    """Of nine who answered by Slack alone, and six who chose it by both, two chose it by Slack alone."""
    told = told_by("channel")
    both_ways(told, CHECKOUT, 0)
    for place in range(8):
        told.answer(f"both{place}", CHECKOUT, 7, 1, "late", group=("telegram",))
        told.answer(f"both{place}", CHECKOUT, 11, 1, "late", group=("slack",))
    for place in range(20):
        chips = ["late"] * (place < 2)
        told.answer(f"alone{place}", CHECKOUT, 9, 1, *chips, group=("slack",))

    line = reasons(told)[None]

    assert line["customers"] == 30
    assert [(each["cited"], each["suppressed"]) for each in line["reasons"]] == [(None, True)]


def test_a_touchpoint_of_few_others_is_told_neither_there_nor_as_the_stage_less_the_rest() -> None:
    told = told_by("channel")
    both_ways(told, CHECKOUT, 2)
    each_at(told, "telegram", {DELIVERY: 40})
    each_at(told, "slack", {DELIVERY: 40})

    lines = reasons(told)

    assert [lines[at]["customers"] for at in (None, "checkout", "delivery")] == [70, None, None]


def test_drivers_points_and_paths_are_not_everybodys_less_few_who_never_had_the_value() -> None:
    told = told_by("segment.tier")
    loyal(told, "gold", 120)
    for place in range(30):
        who = f"gold{place}" if place > 1 else f"silver{place}"
        told.answer(who, CHECKOUT, 29, 1, group=("silver",))
        told.answer(who, SUPPORT, 26, 1, group=("silver",))
        told.answer(who, RELATION, 23, 1, group=("silver",))

    gold = narrowed(told.frame(), PROGRAM, (("segment.tier", "gold"),))

    assert gold["drivers"][""]["outcome"] is None
    assert gold["quadrant"][""]["points"] == []
    assert {each["customers"] for each in gold["paths"][""]["steps"]} == {None}


def test_a_point_is_not_everybodys_less_two_who_answered_there_with_another_value_alone() -> None:
    """Six of gold answered at support as silver before, so that silver has enough of its own."""
    told = told_by("segment.tier")
    loyal(told, "gold", 120)
    for who in (*(f"gold{place}" for place in range(6)), "one", "another"):
        told.answer(who, SUPPORT, 20, 1, group=("silver",))

    points = narrowed(told.frame(), PROGRAM, (("segment.tier", "gold"),))["quadrant"][""]["points"]

    assert [each["touchpoint"] for each in points] == ["checkout"]


def test_nobody_with_the_value_leaves_nothing_to_tell() -> None:
    told = told_by("channel")
    named(told, "webchat", 50, 20)

    found = narrowed(told.frame(), PROGRAM, TELEGRAM)

    assert found["reasons"]["purchase"]["series"] == []
    assert found["paths"][""]["steps"] == []
    assert found["drivers"][""]["outcome"] is None


def loyal(told: Told, tier: str, customers: int) -> None:
    """Tell of customers who answered at two touchpoints and then about the relationship."""
    for place in range(customers):
        who, mood = f"{tier}{place}", place % 5
        told.answer(who, CHECKOUT, 9, 1 + mood, group=(tier,))
        told.answer(who, SUPPORT, 6, 1 + (place % 7), group=(tier,))
        told.answer(who, RELATION, 3, min(10, 2 * mood + place % 3), group=(tier,))


def test_drivers_and_paths_are_of_the_customers_with_the_value_alone() -> None:
    told = told_by("segment.tier")
    loyal(told, "gold", 120)
    loyal(told, "silver", 60)

    gold, silver = (
        narrowed(told.frame(), PROGRAM, (("segment.tier", tier),)) for tier in ("gold", "silver")
    )

    points = gold["drivers"][""]["sets"][0]
    assert (points["n"], points["tier"]) == (120, "exploratory")
    assert {each["n"] for each in points["drivers"]} == {120}
    assert silver["drivers"][""]["sets"][0]["refused"] == "too_few_cases"
    assert [len(each["quadrant"][""]["points"]) for each in (gold, silver)] == [2, 0]
    steps = {(each["from"], each["to"]): each for each in gold["paths"][""]["steps"]}
    assert {each["customers"] for each in steps.values()} == {120}
    assert [each["fates"] for each in steps.values()] == [[]] * len(steps)


def test_few_beside_hide_drivers_and_paths_too() -> None:
    told = told_by("segment.tier")
    loyal(told, "gold", 120)
    loyal(told, "silver", 130)
    loyal(told, "bronze", 3)

    gold = narrowed(told.frame(), PROGRAM, (("segment.tier", "gold"),))
    silver = narrowed(told.frame(), PROGRAM, (("segment.tier", "silver"),))

    assert gold["drivers"][""]["outcome"] is None
    assert {each["customers"] for each in gold["paths"][""]["steps"]} == {None}
    assert silver["drivers"][""]["sets"][0]["n"] == 130
    assert {each["customers"] for each in silver["paths"][""]["steps"]} == {130}


def test_a_point_is_told_only_where_few_others_answered_at_its_touchpoint() -> None:
    """Two of bronze answered at support, and never about the relationship."""
    told = told_by("segment.tier")
    loyal(told, "gold", 120)
    loyal(told, "silver", 130)
    for place in range(2):
        told.answer(f"bronze{place}", SUPPORT, 6, 1, group=("bronze",))

    points = {
        tier: narrowed(told.frame(), PROGRAM, (("segment.tier", tier),))["quadrant"][""]["points"]
        for tier in ("gold", "silver")
    }

    places = {tier: [each["touchpoint"] for each in found] for tier, found in points.items()}
    assert places == {"gold": ["checkout"], "silver": ["checkout", "support"]}


def test_the_same_rows_give_the_same_numbers() -> None:
    told = told_by("channel")
    named(told, "telegram", 60, 35)
    named(told, "webchat", 60, 35)

    first, again = (narrowed(told.frame(), PROGRAM, TELEGRAM) for _ in range(2))

    assert first == again
    assert first["reasons"]["purchase"]["series"][0]["reasons"][0]["impact"] is not None
