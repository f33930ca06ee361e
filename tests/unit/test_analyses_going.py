"""surveys.analyses.going, paths and repeat: the same people from stage to stage, and back."""

from typing import Any

import numpy as np
import pytest

from surveys.analyses.columns import Spot
from surveys.analyses.going import conversion, started_by
from surveys.analyses.paths import paired, paths
from surveys.analyses.repeat import repeat
from surveys.program import default_program
from tests.frames import CHECKOUT, RELATION, SUPPORT, Told

PROGRAM = default_program()
RENEWAL = Spot("retention", "subscription", "csat", "csat:1-5:up:std1")


# --- events ---------------------------------------------------------------------------------------


def steps(told: Told, days: int) -> Any:
    found = conversion(told.frame(), PROGRAM)["steps"]
    return [step for step in found if step["days"] == days]


def test_conversion_is_judged_over_a_full_window_only() -> None:
    told = Told()
    for place in range(20):
        told.event(place, "order.paid", 60, "checkout")
    for place in range(6):
        told.event(place, "support.solved", 60 - 29.5, "support")
    told.event(7, "support.solved", 60 - 30.5, "support")
    told.event(8, "support.solved", 60.5, "support")
    for place in range(50, 59):
        told.event(place, "order.paid", 29, "checkout")
        told.event(place, "support.solved", 28, "support")

    (month,) = [s for s in steps(told, 30) if s["from"] == "purchase"]

    assert (month["to"], month["customers"], month["converted"]) == ("retention", 20, 6)
    assert (month["too_recent"], month["indicative"], month["suppressed"]) == (9, True, False)
    assert month["rate"]["value"] == 30.0
    assert month["rate"]["method"] == "wilson"
    (quarter,) = [s for s in steps(told, 90) if s["from"] == "purchase"]
    assert (quarter["customers"], quarter["rate"], quarter["too_recent"]) == (0, None, 29)


def test_few_customers_convert_unseen() -> None:
    told = Told()
    for place in range(4):
        told.event(place, "order.paid", 60, "checkout")
        told.event(place, "support.solved", 59, "support")

    (month,) = [s for s in steps(told, 30) if s["from"] == "purchase"]

    assert month["suppressed"]
    assert [month[name] for name in ("customers", "converted", "rate")] == [None] * 3


def test_retention_is_another_occasion_and_not_the_same_told_twice() -> None:
    told = Told()
    for place in range(10):
        told.event(place, "order.paid", 90, "checkout", occasion=f"first {place}")
        told.event(place, "order.paid", 89, "checkout", occasion=f"first {place}")
    for place in range(5):
        told.event(place, "order.paid", 70, "checkout", occasion=f"second {place}")

    found = conversion(told.frame(), PROGRAM)["retention"]

    (month,) = [each for each in found if each["stage"] == "purchase" and each["days"] == 30]
    assert (month["customers"], month["returned"]) == (10, 5)


def test_only_the_occasion_that_starts_an_ask_counts_for_its_stage() -> None:
    told = Told()
    for ago, occasion in ((90, "a"), (89, "a"), (80, "b"), (70, "c")):
        told.event("kim", "order.delivered", ago, "delivery", "recommend", occasion=occasion)
    told.event("lee", "order.delivered", 60, "delivery", "recommend")

    frame = told.frame()

    assert len(started_by(frame, PROGRAM, "purchase")) == 4
    (second,) = started_by(frame, PROGRAM, "advocacy")
    assert (frame.as_of.timestamp() * 1e6 - int(second["at"])) / 8.64e10 == pytest.approx(80)


def test_without_events_there_are_no_steps() -> None:
    assert conversion(Told().frame(), PROGRAM) == {"steps": [], "retention": []}


# --- paths ----------------------------------------------------------------------------------------


def test_the_same_people_are_compared_with_themselves() -> None:
    told = Told()
    for place in range(40):
        told.answer(place, SUPPORT, 50, 1 + place % 3)
        told.answer(place, SUPPORT, 40, 4)
        told.answer(place, RELATION, 20, 5 + place % 2)
    told.answer("never there", SUPPORT, 40, 7)
    told.answer("long ago", SUPPORT, 200, 7)
    told.answer("long ago", RELATION, 20, 0)
    told.answer("first asked later", RELATION, 30, 0)
    told.answer("first asked later", SUPPORT, 20, 7)

    (step,) = paths(told.frame(), PROGRAM)["steps"]

    assert (step["from"], step["to"], step["same_instrument"]) == ("retention", "advocacy", False)
    assert (step["from_instrument"], step["to_instrument"]) == ("ces2", "nps")
    assert (step["customers"], step["before"], step["after"]) == (40, 50.0, 55.0)
    half = 2.022691 * 5 * (40 / 39) ** 0.5 / 40**0.5
    assert step["change"] == {
        "value": pytest.approx(5.0),
        "low": pytest.approx(5 - half, abs=1e-5),
        "high": pytest.approx(5 + half, abs=1e-5),
        "method": "paired_t",
    }
    assert not step["indicative"]


def test_a_change_has_an_interval_only_where_one_can_be_told() -> None:
    assert paired(np.array([1.0, 2.0] * 3)) is None
    assert paired(np.full(50, 3.0)) is None
    assert paired(np.array([1.0, 2.0] * 4)) is not None


def test_few_pairs_are_hidden_and_seven_have_no_interval() -> None:
    told = Told()
    for place in range(7):
        told.answer(place, SUPPORT, 40, 4)
        told.answer(place, RELATION, 20, place)

    (step,) = paths(told.frame(), PROGRAM)["steps"]
    assert step["change"] == {
        "value": pytest.approx(-20),
        "low": None,
        "high": None,
        "method": None,
    }

    few = Told()
    for place in range(4):
        few.answer(place, SUPPORT, 40, 4)
        few.answer(place, RELATION, 20, 9)
    (step,) = paths(few.frame(), PROGRAM)["steps"]
    assert step["suppressed"]
    assert [step[name] for name in ("customers", "before", "after", "change")] == [None] * 4


def test_nobody_went_on() -> None:
    told = Told()
    for place in range(6):
        told.answer(place, SUPPORT, 40, 4)
        told.answer(f"other {place}", RELATION, 20, 9)

    (step,) = paths(told.frame(), PROGRAM)["steps"]

    assert (step["customers"], step["before"], step["change"]) == (0, None, None)


def test_it_is_told_who_was_lost_on_the_way() -> None:
    """Of forty unhappy and forty happy customers ten each meet one fate; the newest are not judged yet."""
    told = Told()
    for band, score in (("low", 1), ("high", 7)):
        for place in range(40):
            name = f"{band} {place}"
            told.answer(name, SUPPORT, 50, score)
            if place < 10:
                told.ask(name, "advocacy", 40)
                told.answer(name, RELATION, 39, 9)
            elif place < 20:
                told.ask(name, "advocacy", 40)
            elif place < 30:
                told.event(name, "order.delivered", 45, "delivery", "recommend", occasion="a")
                told.event(name, "order.delivered", 44, "delivery", "recommend", occasion="b")
    for place in range(9):
        told.answer(f"new {place}", SUPPORT, 29, 1)

    (step,) = paths(told.frame(), PROGRAM)["steps"]
    month, quarter = step["fates"]

    assert (month["days"], month["too_recent"]) == (30, 9)
    tens = dict.fromkeys(("answered", "silent", "unasked", "gone"), 10)
    shown = {row["band"]: {**row} for row in month["bands"]}
    assert shown["low"] == {"band": "low", "customers": 40, **tens, "suppressed": False}
    assert shown["mid"]["customers"] == 0
    assert shown["all"]["gone"] == 20
    assert (quarter["days"], quarter["too_recent"]) == (90, 89)


def test_few_who_left_are_hidden_with_others_to_hide_behind() -> None:
    told = Told()
    for place in range(60):
        told.answer(place, SUPPORT, 50, 1 if place < 30 else 7)
        if place % 30 >= 2:
            told.answer(place, RELATION, 39, 9)

    (step,) = paths(told.frame(), PROGRAM)["steps"]
    low = next(row for row in step["fates"][0]["bands"] if row["band"] == "low")

    assert low["suppressed"]
    assert low["gone"] is None
    assert low["answered"] is None


# --- coming back ----------------------------------------------------------------------------------


def bands(told: Told) -> Any:
    (series,) = repeat(told.frame(), PROGRAM, "advocacy")["series"]
    return {band["band"]: band for band in series["bands"]}


def test_who_came_back_is_told_by_how_she_liked_it() -> None:
    told = Told()
    for place in range(30):
        told.answer(f"p{place}", RELATION, 120, 10)
        told.answer(f"p{place}", RELATION, 119, 0)
        told.answer(f"d{place}", RELATION, 120, 2)
        told.answer(f"s{place}", RELATION, 120, 7)
        told.event(f"p{place}", "order.paid", 121)
        if place < 15:
            told.event(f"p{place}", "order.paid", 100)
        if place < 6:
            told.event(f"d{place}", "subscription.paid", 31)
        if place < 9:
            told.event(f"d{place}", "support.solved", 60)
            told.event(f"s{place}", "order.paid", 29)
    told.answer("new", RELATION, 89, 10)

    found = bands(told)

    told_of = {name: (band["customers"], band["returned"]) for name, band in found.items()}
    assert told_of == {"low": (30, 6), "mid": (30, 0), "high": (30, 15)}
    assert found["high"]["rate"]["value"] == 50.0
    assert found["high"]["label"]["ko"] == "추천 고객"


def test_a_small_band_takes_another_with_it() -> None:
    told = Told()
    for name, count, score in (("d", 3, 0), ("s", 8, 8), ("p", 20, 9)):
        for place in range(count):
            told.answer(f"{name}{place}", RELATION, 120, score)

    found = bands(told)

    assert {name: band["suppressed"] for name, band in found.items()} == {
        "low": True,
        "mid": True,
        "high": False,
    }
    assert (found["low"]["customers"], found["low"]["rate"]) == (None, None)


def test_what_buying_is_says_the_program() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 120, 5)
        told.answer(place, RENEWAL, 120, 5)
        told.event(place, "lesson.booked", 100)

    ours = PROGRAM.model_copy(update={"purchases": ("lesson.booked",)})
    content = repeat(told.frame(), ours, "purchase")

    assert content["purchases"] == ["lesson.booked"]
    assert content["series"][0]["bands"][2]["returned"] == 9
    assert content["series"][0]["too_recent"] == 0
