"""What a reader works out who subtracts a filter's drivers and points from everybody's, and from the stage."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import pytest

from surveys.analyses.columns import Frame, Spot
from surveys.analyses.cut import Where
from surveys.analyses.importance import drivers
from surveys.analyses.narrowed import narrowed
from surveys.analyses.reasons import reasons
from surveys.program import default_program
from tests.frames import CHECKOUT, DELIVERY, RELATION, SUPPORT, Told
from tests.solving import ONE_ALONE, Cell, told_of_few

PROGRAM = default_program()
K = 5


def answers(told: Told, who: str, tier: str, *spots: Spot, mood: int) -> None:
    """Tell of a customer who answered at these places, then about the relationship."""
    scores = {CHECKOUT: 1 + mood % 5, DELIVERY: 1 + mood % 4, SUPPORT: 1 + mood % 7}
    for spot in spots:
        told.answer(who, spot, 9, scores[spot], group=(tier,))
    told.answer(who, RELATION, 3, min(10, 2 * (mood % 5) + mood % 3), group=(tier,))


def tiers(few: int) -> Told:
    """Of silver as many know both drivers, and ten more each one of them; of gold 120 know both."""
    told = Told(axes=("segment.tier",))
    for mood in range(120):
        answers(told, f"gold{mood}", "gold", CHECKOUT, SUPPORT, mood=mood)
    for mood in range(few):
        answers(told, f"silver{mood}", "silver", CHECKOUT, SUPPORT, mood=mood)
    for mood in range(10):
        answers(told, f"at checkout {mood}", "silver", CHECKOUT, mood=mood)
        answers(told, f"at support {mood}", "silver", SUPPORT, mood=mood)
    return told


def sets(told: Told, tier: str) -> dict[str, Any]:
    found = narrowed(told.frame(), PROGRAM, (("segment.tier", tier),))["drivers"][""]["sets"]
    return {each["of"]: each for each in found}


@pytest.mark.parametrize(("few", "shows"), [(1, False), (4, False), (5, True), (0, True)])
def test_everybodys_drivers_less_one_tiers_are_not_of_few(few: int, *, shows: bool) -> None:
    """Each driver is known of ten more of silver: only who knows both is of few."""
    told = tiers(few)
    (everybody, _) = drivers(told.frame(), PROGRAM, (1,))["sets"]
    gold = sets(told, "gold")["touchpoints"]

    assert [each["suppressed"] for each in gold["drivers"]] == [False, False]
    rest = None if gold["n"] is None else everybody["n"] - gold["n"]
    assert rest == (few if shows else None)
    assert (gold["r2"] is not None, gold["tier"] != "none") == (shows, shows)
    assert [each["share"] is not None for each in gold["drivers"]] == [shows, shows]
    assert gold["refused"] == (None if shows else "hidden")


def test_a_tiers_drivers_are_not_everybodys_less_all_other_tiers() -> None:
    """Bronze is told neither: with gold it would be everybody but silver's three."""
    told = tiers(3)
    for mood in range(130):
        answers(told, f"bronze{mood}", "bronze", CHECKOUT, SUPPORT, mood=mood)

    n = {tier: sets(told, tier)["touchpoints"]["n"] for tier in ("gold", "silver", "bronze")}

    (everybody, _) = drivers(told.frame(), PROGRAM, (1,))["sets"]
    assert (everybody["n"], n) == (253, {"gold": None, "silver": None, "bronze": 130})


def test_drivers_of_two_filters_are_not_one_filters_less_few() -> None:
    told = Told(axes=("channel", "segment.tier"))
    where = (("channel", "telegram"), ("segment.tier", "gold"))
    for mood in range(120):
        for spot in (CHECKOUT, SUPPORT, RELATION):
            told.answer(
                f"c{mood}", spot, 9 - (spot == RELATION), 1 + mood % 5, group=where_of(where)
            )
    for mood in range(23):
        places = (CHECKOUT, SUPPORT) if mood < 3 else (CHECKOUT,) if mood < 13 else (SUPPORT,)
        for spot in (*places, RELATION):
            told.answer(
                f"s{mood}", spot, 9 - (spot == RELATION), 1 + mood % 5, group=("slack", "gold")
            )

    (points, _) = narrowed(told.frame(), PROGRAM, where)["drivers"][""]["sets"]

    assert (points["n"], points["r2"], points["refused"]) == (None, None, "hidden")


def where_of(where: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(value for _, value in where)


def two_ways(few: int, web: int = 130) -> Told:
    """On Telegram 110 rated the checkout, and few others the delivery; on the web many did either.

    They are delighted or appalled, so that the share of the happy is the mean.
    """
    told = Told(axes=("channel",))
    for channel, customers in (("telegram", 110), ("webchat", web)):
        for mood in range(customers):
            who, happy = f"{channel}{mood}", mood % 3 > 0
            told.answer(who, CHECKOUT, 9, 5 if happy else 1, group=(channel,))
            told.answer(who, SUPPORT, 6, 1 + mood % 7, group=(channel,))
            told.answer(who, RELATION, 3, 9 * happy + mood % 2, group=(channel,))
    for channel, customers in (("telegram", few), ("webchat", web // 2)):
        for place in range(customers):
            told.answer(f"got {channel}{place}", DELIVERY, 9, 1, group=(channel,))
    return told


def subtracted(told: Told, channel: str) -> float | None:
    """Return the mean at the delivery as the stage's less the point of the checkout; None where the point is not told."""
    found = narrowed(told.frame(), PROGRAM, (("channel", channel),))
    (stage, *_) = found["reasons"]["purchase"]["series"]
    points = {each["touchpoint"]: each for each in found["quadrant"][""]["points"]}
    if "checkout" not in points or stage["customers"] is None:
        return None
    (n,) = (
        each["n"] for each in found["drivers"][""]["sets"][0]["drivers"] if each["id"] == "checkout"
    )
    total = stage["customers"] * stage["score"]["value"]
    rest = total - n * points["checkout"]["performance"]["value"]
    return float(rest / (stage["customers"] - n))


def test_a_point_less_its_stage_does_not_tell_how_two_felt_at_the_next_touchpoint() -> None:
    assert subtracted(two_ways(2), "telegram") is None
    assert subtracted(two_ways(K), "telegram") == pytest.approx(0, abs=1e-9)


def test_a_point_that_hides_another_channels_is_hidden_with_it() -> None:
    """Everybody's at the checkout less the web's would be Telegram's, which is hidden."""
    points = narrowed(two_ways(2).frame(), PROGRAM, (("channel", "webchat"),))["quadrant"][""]

    assert [each["touchpoint"] for each in points["points"]] == ["support"]


@pytest.mark.parametrize(("alone", "told_of"), [(2, ["support"]), (6, ["checkout", "support"])])
def test_where_few_of_a_neighbour_have_other_values_no_point_of_the_stage_is_told(
    alone: int, told_of: list[str]
) -> None:
    """Forty rated the delivery by Slack first and by Telegram last, and so many by Slack alone."""
    told = two_ways(40, web=0)
    for place in range(40):
        told.answer(f"got telegram{place}", DELIVERY, 12, 1, group=("slack",))
        told.answer(f"at checkout {place}", CHECKOUT, 12, 1, group=("slack",))
    for place in range(alone):
        told.answer(f"alone{place}", DELIVERY, 12, 1, group=("slack",))

    points = narrowed(told.frame(), PROGRAM, (("channel", "telegram"),))["quadrant"][""]["points"]

    assert [each["touchpoint"] for each in points] == told_of


@pytest.mark.parametrize("third", ["channel", "touchpoint"])
def test_three_pairs_of_filters_do_not_tell_one_customer_with_all_three_values(third: str) -> None:
    values = {
        third: ("checkout", "delivery") if third == "touchpoint" else ("slack", "telegram"),
        "language": ("en", "ko"),
        "segment.tier": ("free", "gold"),
    }
    told = Told(axes=("channel", "language", "segment.tier"))
    for cell, count in zip(product(*values.values()), ONE_ALONE, strict=True):
        spot = DELIVERY if cell[0] == "delivery" else CHECKOUT
        for number in range(count):
            channel = "slack" if third == "touchpoint" else cell[0]
            told.answer(f"{cell} {number}", spot, 9, 4, group=(channel, *cell[1:]))

    known = customers_told(told, values)

    assert told_of_few(ONE_ALONE, known, list(values.values())) == []
    assert len(known) == 1 + 6 + 8


def customers_told(told: Told, values: Mapping[str, Sequence[str]]) -> dict[Cell, int]:
    """Return how many customers of the stage are told by up to two values; "" is any."""
    frame, found = told.frame(), dict[Cell, int]()
    for size in range(3):
        for some in combinations(values, size):
            for chosen in product(*(values[axis] for axis in some)):
                has = dict(zip(some, chosen, strict=True))
                n = of_stage(frame, has.pop("touchpoint", None), tuple(sorted(has.items())))
                if n is not None:
                    found[
                        tuple(dict(zip(some, chosen, strict=True)).get(axis, "") for axis in values)
                    ] = n
    return found


def of_stage(frame: Frame, touchpoint: str | None, where: Where) -> int | None:
    everybody = reasons(frame, PROGRAM, "purchase", (1,))
    contents = narrowed(frame, PROGRAM, where)["reasons"].get("purchase") if where else everybody
    lines = {
        each["touchpoint"]: each["customers"] for each in (contents or {"series": []})["series"]
    }
    return lines.get(touchpoint, 0) if lines else 0
