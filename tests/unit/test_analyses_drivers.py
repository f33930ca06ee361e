"""surveys.analyses.importance, quadrant, reasons and run: what goes with the score, and the same numbers twice."""

import json
from random import Random
from typing import Any

import pytest

from surveys.analyses.columns import Spot
from surveys.analyses.importance import drivers
from surveys.analyses.quadrant import quadrant
from surveys.analyses.reasons import reasons
from surveys.analyses.run import Before, run
from surveys.program import default_program
from surveys.stored_analyses import KINDS
from tests.frames import CHECKOUT, DELIVERY, RELATION, SUPPORT, Told

PROGRAM = default_program()
SEED = (1, 2)
NOTHING: Any = Before(surges={})


def shop(customers: int, *, also: int = 0) -> Told:
    """Customers whose delivery decides how they recommend us, and whose checkout hardly does."""
    chance = Random(5)  # noqa: S311 customers to tell of
    told = Told()
    for place in range(customers):
        delivery, checkout = chance.randint(1, 5), chance.randint(1, 5)
        late = ["late"] if delivery <= 2 else []
        told.answer(place, CHECKOUT, 60, checkout)
        told.answer(place, DELIVERY, 50, delivery, *late)
        noise = chance.choice((0, 0, 1))
        told.answer(place, RELATION, 20, min(10, 2 * delivery - (checkout == 1) + noise))
    for place in range(also):
        told.answer(f"other {place}", CHECKOUT, 60, chance.randint(1, 5))
        told.answer(f"other {place}", RELATION, 20, chance.randint(0, 10))
    return told


def of(content: Any, name: str) -> Any:
    return next(each for each in content["sets"] if each["of"] == name)


def test_the_touchpoint_that_decides_comes_first() -> None:
    content = drivers(shop(240).frame(), PROGRAM, SEED)

    assert content["outcome"]["stage"] == "advocacy"
    points = of(content, "touchpoints")
    assert (points["n"], points["tier"], points["refused"]) == (240, "full", None)
    first, second = points["drivers"]
    assert (first["id"], first["rank"], second["rank"]) == ("delivery", 1, 2)
    assert first["label"]["ko"] == "배송"
    assert first["share"]["value"] + second["share"]["value"] == pytest.approx(100)
    assert first["share"]["low"] > 90
    assert first["share"]["method"] == "lmg_bootstrap"
    assert first["correlation"] > 0.9
    assert points["r2"] > 0.8


def test_a_driver_whose_low_ratings_cost_more_than_its_high_ones_win_is_called_asymmetric() -> None:
    """Of a bad delivery six points are lost, and of a good one none won; the checkout matters to nobody."""
    chance = Random(7)  # noqa: S311 customers to tell of
    told = Told()
    for place in range(450):
        delivery, checkout = chance.randint(1, 5), chance.randint(1, 5)
        told.answer(place, CHECKOUT, 60, checkout)
        told.answer(place, DELIVERY, 50, delivery)
        told.answer(place, RELATION, 20, (2 if delivery <= 2 else 8) + chance.choice((0, 1, 2)))

    points = of(drivers(told.frame(), PROGRAM, SEED), "touchpoints")

    found = {each["id"]: each["asymmetry"] for each in points["drivers"]}
    assert found["delivery"]["asymmetric"]
    assert found["delivery"]["penalty"] == pytest.approx(-60, abs=3)
    assert abs(found["delivery"]["reward"]) < 3
    assert not found["checkout"]["asymmetric"]
    few = of(drivers(shop(240).frame(), PROGRAM, SEED), "touchpoints")["drivers"]
    assert [each["asymmetry"] for each in few] == [None, None]


def test_with_fewer_than_two_hundred_they_are_unordered_and_with_fewer_than_one_hundred_none() -> (
    None
):
    some = of(drivers(shop(150).frame(), PROGRAM, SEED), "touchpoints")
    assert (some["tier"], [each["rank"] for each in some["drivers"]]) == ("exploratory", [None] * 2)
    assert [each["id"] for each in some["drivers"]] == ["checkout", "delivery"]

    few = of(drivers(shop(99).frame(), PROGRAM, SEED), "touchpoints")
    assert (few["tier"], few["refused"], few["n"]) == ("none", "too_few_cases", 99)
    assert [each["share"] for each in few["drivers"]] == [None, None]
    assert few["drivers"][1]["correlation"] > 0.9


def test_a_touchpoint_that_few_know_is_left_out_rather_than_all() -> None:
    told = shop(150)
    for place in range(50):
        told.answer(place, SUPPORT, 30, 1 + place % 7)
    for place in range(3):
        told.answer(place, Spot("awareness", "signup", "ces2", "ces2:1-7:up:a"), 30, 4)

    found = {
        each["id"]: each
        for each in of(drivers(told.frame(), PROGRAM, SEED), "touchpoints")["drivers"]
    }

    assert found["support"]["share"] is None
    assert (found["support"]["n"], found["support"]["suppressed"]) == (50, False)
    assert found["delivery"]["share"] is not None
    signup = found["signup"]
    assert (signup["n"], signup["correlation"], signup["suppressed"]) == (None, None, True)


def test_what_comes_after_the_relationship_score_explains_nothing() -> None:
    told = Told()
    for place in range(120):
        told.answer(place, RELATION, 50, place % 11)
        told.answer(place, CHECKOUT, 40, 1 + place % 5)
        told.answer(place, DELIVERY, 40, 1 + place % 5)

    points = of(drivers(told.frame(), PROGRAM, SEED), "touchpoints")

    assert (points["n"], points["refused"]) == (0, "too_few_cases")
    assert [each["correlation"] for each in points["drivers"]] == [None, None]


def test_chips_are_drivers_of_zero_and_one() -> None:
    told = shop(240)
    for place in range(100):
        told.answer(place, SUPPORT, 30, 4, "unknown-chip")

    chips = of(drivers(told.frame(), PROGRAM, SEED), "chips")

    assert chips["n"] == 240
    first = chips["drivers"][0]
    assert (first["id"], first["touchpoint"], first["chip"]) == (
        "delivery/late",
        "delivery",
        "late",
    )
    assert first["correlation"] < -0.5
    assert first["label"]["ko"] != "late"
    unknown = next(each for each in chips["drivers"] if each["chip"] == "unknown-chip")
    assert unknown["label"] == {"ko": "unknown-chip", "en": "unknown-chip"}


def test_without_an_outcome_or_a_second_driver_it_is_said_why() -> None:
    none = drivers(Told().frame(), PROGRAM, SEED)
    assert none["outcome"] is None
    assert [each["refused"] for each in none["sets"]] == ["no_outcome"] * 2

    alone = Told()
    for place in range(120):
        alone.answer(place, CHECKOUT, 40, 1 + place % 5)
        alone.answer(place, RELATION, 30, place % 11)
    content = drivers(alone.frame(), PROGRAM, SEED)
    assert [each["refused"] for each in content["sets"]] == ["too_few_drivers"] * 2
    assert of(content, "touchpoints")["n"] == 120


def test_the_relationship_is_the_score_most_customers_gave() -> None:
    told = shop(120)
    for place in range(9):
        told.answer(place, Spot("purchase", "checkout", "nps", "nps:0-10:up:std1"), 5, 1)

    assert drivers(told.frame(), PROGRAM, SEED)["outcome"]["stage"] == "advocacy"


# --- the quadrant ---------------------------------------------------------------------------------


def test_the_core_experience_is_important_and_good() -> None:
    told = Told()
    chance = Random(3)  # noqa: S311 customers to tell of
    for place in range(400):
        scores = [chance.randint(4, 5), chance.randint(1, 3), chance.randint(1, 7)]
        told.answer(place, DELIVERY, 50, scores[0])
        told.answer(place, CHECKOUT, 50, scores[1])
        told.answer(place, SUPPORT, 50, scores[2])
        told.answer(place, RELATION, 20, min(10, 4 * (scores[0] - 3) + scores[2] // 3))
    frame = told.frame()

    content = quadrant(frame, drivers(frame, PROGRAM, SEED))

    boxes = {point["touchpoint"]: point["box"] for point in content["points"]}
    assert boxes["delivery"] == "core"
    assert boxes["checkout"] == "minor"
    assert boxes["support"] == "undecided"
    assert (content["tier"], content["n"]) == ("full", 400)
    assert content["boxes"]["core"] == {"ko": "핵심경험", "en": "Core experience"}
    assert content["boxes"]["undecided"]["ko"] == "미정"
    point = next(each for each in content["points"] if each["touchpoint"] == "delivery")
    assert 75 < point["performance"]["low"] < point["performance"]["value"] < 100


def test_without_shares_there_is_no_quadrant() -> None:
    frame = shop(60).frame()

    content = quadrant(frame, drivers(frame, PROGRAM, SEED))

    assert (content["points"], content["tier"]) == ([], "none")
    assert content["lines"] == {"performance": None, "importance": None}


# --- reasons --------------------------------------------------------------------------------------


def complaints(late: int, rude: int, happy: int) -> Told:
    told = Told()
    for place in range(late):
        told.answer(f"late {place}", RELATION, 9, 2, "late")
    for place in range(rude):
        told.answer(f"rude {place}", RELATION, 9, 7, "rude")
    for place in range(happy):
        told.answer(f"happy {place}", RELATION, 90, 0, "late")
        told.answer(f"happy {place}", RELATION, 9, 10)
    return told


def causes(told: Told) -> Any:
    (series,) = reasons(told.frame(), PROGRAM, "advocacy", SEED)["series"]
    return series, {each["id"]: each for each in series["reasons"]}


def test_a_reason_costs_what_the_score_would_win_without_it() -> None:
    series, found = causes(complaints(30, 10, 60))

    assert (series["customers"], series["score"]["value"]) == (100, 30.0)
    late = found["late"]
    assert (late["cited"], late["share"]) == (30, 30.0)
    assert late["impact"]["value"] == pytest.approx(30 - 100 * 60 / 70)
    assert late["impact"]["low"] < late["impact"]["value"] < late["impact"]["high"] < 0
    assert late["impact"]["method"] == "customer_bootstrap"
    assert (found["rude"]["cited"], found["rude"]["impact"]) == (10, None)


def test_few_who_chose_a_reason_and_few_who_did_not_stay_unknown() -> None:
    _, few = causes(complaints(40, 4, 60))
    assert "rude" not in few

    _, most = causes(complaints(40, 0, 3))
    assert most["late"]["suppressed"]
    assert [most["late"][name] for name in ("cited", "share", "impact")] == [None] * 3

    series, none = causes(complaints(3, 0, 0))
    assert (series["suppressed"], series["customers"], none) == (True, None, {})


def test_a_reason_that_all_chose_has_no_impact() -> None:
    _, found = causes(complaints(40, 0, 0))

    assert (found["late"]["cited"], found["late"]["impact"]) == (40, None)


def test_reasons_are_told_for_the_stage_and_each_of_its_touchpoints() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 9, 1, "late")
        told.answer(place, DELIVERY, 8, 5)

    found = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]

    assert [(each["touchpoint"], len(each["reasons"])) for each in found] == [
        (None, 0),
        ("checkout", 1),
        ("delivery", 0),
    ]


def test_a_reason_asked_at_one_touchpoint_has_its_label_at_the_stage_too() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 9, 5)
        told.answer(f"got {place}", DELIVERY, 8, 1, "courier")

    whole, *_ = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]

    assert [each["label"]["ko"] for each in whole["reasons"]] == ["배송 기사 응대"]


def test_praise_and_complaint_that_share_an_id_are_two_reasons() -> None:
    """Impact of the praise is the score less that of everybody who did not choose it as praise."""
    told = Told()
    for place in range(40):
        told.answer(place, CHECKOUT, 9, 5, "methods")
    for place in range(12):
        told.answer(f"angry {place}", CHECKOUT, 9, 1, "methods")
        told.answer(f"other {place}", CHECKOUT, 9, 1, "steps")

    (whole,) = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]
    praise, complaint, steps = whole["reasons"]

    assert [(each["id"], each["label"]["en"], each["bands"]) for each in whole["reasons"]] == [
        ("methods", "Choice of payment", ["high"]),
        ("methods", "Missing payment method", ["low"]),
        ("steps", "Too many steps", None),
    ]
    assert [each["cited"] for each in (praise, complaint, steps)] == [40, 12, 12]
    assert praise["impact"]["value"] == pytest.approx(100 * 40 / 64)


def test_few_complaints_are_not_told_by_the_praise_of_the_same_id() -> None:
    told = Told()
    for place in range(20):
        told.answer(place, CHECKOUT, 9, 5, *["methods"] * (place < 9))
    for place in range(4):
        told.answer(f"angry {place}", CHECKOUT, 9, 1, "methods")

    (whole,) = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]

    assert [(each["bands"], each["cited"]) for each in whole["reasons"]] == [(["high"], 9)]


def test_a_reason_that_reads_alike_below_two_scores_is_one() -> None:
    told = Told()
    for place in range(24):
        told.answer(place, CHECKOUT, 9, 3 if place < 12 else 1, "coupon", "methods")
    for place in range(9):
        told.answer(f"glad {place}", CHECKOUT, 9, 5, "coupon")

    (whole,) = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]

    counts = {(each["label"]["en"], each["cited"]) for each in whole["reasons"]}
    assert counts == {
        ("Coupon or discount", 33),
        ("Payment methods", 12),
        ("Missing payment method", 12),
    }


def test_a_reason_read_below_nobody_knows_which_score_is_called_by_its_id() -> None:
    """Below a middle score "courier" is not offered: a low one calls it a lack, a high one a merit."""
    told = Told()
    for place in range(9):
        told.answer(place, DELIVERY, 9, 3, "courier")
        told.answer(f"glad {place}", DELIVERY, 9, 5)

    (whole,) = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]

    assert [(each["label"]["ko"], each["bands"]) for each in whole["reasons"]] == [
        ("courier", ["mid"])
    ]


def test_praise_and_complaint_of_one_id_are_two_drivers() -> None:
    told = Told()
    for place in range(60):
        told.answer(place, CHECKOUT, 40, 5 if place % 2 else 1, "methods")
        told.answer(place, RELATION, 20, 10 if place % 2 else 2)

    (chips,) = (s for s in drivers(told.frame(), PROGRAM, SEED)["sets"] if s["of"] == "chips")
    found = {each["id"]: each for each in chips["drivers"]}

    assert {key: (each["chip"], each["bands"]) for key, each in found.items()} == {
        "checkout/methods/high": ("methods", ["high"]),
        "checkout/methods/low": ("methods", ["low"]),
    }
    assert found["checkout/methods/high"]["correlation"] == pytest.approx(1)
    assert found["checkout/methods/low"]["correlation"] == pytest.approx(-1)
    assert found["checkout/methods/low"]["label"]["ko"] == "결제 수단 부족"


def test_chips_of_two_surveys_that_share_an_id_stay_apart_at_the_stage() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 9, 3, "speed")
    for place in range(13):
        told.answer(f"got {place}", DELIVERY, 8, 5, "speed")

    whole, *parts = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]

    told_of = [
        [
            (each["id"], each["touchpoint"], each["label"]["en"], each["cited"])
            for each in at["reasons"]
        ]
        for at in (whole, *parts)
    ]
    slow = ("speed", "checkout", "Slow pages", 9)
    fast = ("speed", "delivery", "Fast delivery", 13)
    assert told_of == [[fast, slow], [slow], [fast]]


# --- a run ----------------------------------------------------------------------------------------


def test_the_same_rows_give_the_same_numbers() -> None:
    contents = [
        json.dumps([a.to_json() for a in run(shop(150).frame(), PROGRAM, KINDS, NOTHING).analyses])
        for _ in range(2)
    ]

    assert contents[0] == contents[1]


def test_a_run_covers_every_kind_and_stage_with_its_recipe() -> None:
    told = Told()
    gone = Spot("gone-stage", "gone", "csat", "csat:1-5:up:std1")
    told.answer("kim", gone, 3, 4)

    found = run(told.frame(), PROGRAM, KINDS, NOTHING)

    stages = [stage.id for stage in PROGRAM.stages]
    keys = {(each.kind, each.key) for each in found.analyses}
    assert keys == {
        *(
            (kind, key)
            for kind in ("trend", "repeat", "reasons", "surge")
            for key in (*stages, "gone-stage")
        ),
        *((kind, "") for kind in ("paths", "conversion", "drivers", "quadrant")),
    }
    recipe = found.analyses[0].content["recipe"]
    assert (recipe["answers"], recipe["k"], recipe["note"]) == (None, 5, "associated")
    assert recipe["program"] == PROGRAM.version
    json.dumps([each.to_json() for each in found.analyses], allow_nan=False)


def test_a_run_can_be_asked_for_some_kinds() -> None:
    found = run(shop(20).frame(), PROGRAM, ("paths",), NOTHING)

    assert [(each.kind, each.key) for each in found.analyses] == [("paths", "")]
    assert found.alerts == ()
