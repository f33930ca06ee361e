"""What analyses hide, so that nothing beside a figure gives it away: parts, chips, days, the hour of an answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from surveys.analyses.going import conversion
from surveys.analyses.importance import drivers
from surveys.analyses.paths import paths
from surveys.analyses.reasons import reasons
from surveys.analyses.repeat import repeat
from surveys.analyses.run import Before, run
from surveys.program import default_program
from tests.frames import CHECKOUT, DELIVERY, RELATION, SUPPORT, Told

PROGRAM = default_program()
NOTHING: Any = Before(surges={})
SEED = (1, 2)


def lines(told: Told) -> Any:
    found = reasons(told.frame(), PROGRAM, "purchase", SEED)["series"]
    return {each["touchpoint"]: each for each in found}


def test_a_touchpoint_is_not_the_stage_less_the_other() -> None:
    told = Told()
    for place in range(30):
        told.answer(place, CHECKOUT, 9, 4, "late")
    for place in range(3):
        told.answer(f"few {place}", DELIVERY, 9, 1)

    found = lines(told)

    assert (found[None]["customers"], found[None]["suppressed"]) == (33, False)
    for name in ("checkout", "delivery"):
        assert (found[name]["customers"], found[name]["score"]) == (None, None)
        assert (found[name]["reasons"], found[name]["suppressed"]) == ([], True)


def test_few_who_came_to_one_touchpoint_alone_are_not_the_stage_less_the_other() -> None:
    told = Told()
    for place in range(30):
        told.answer(place, CHECKOUT, 9, 4)
    for place in range(25, 33):
        told.answer(place, DELIVERY, 12, 1)

    found = lines(told)

    assert (found[None]["customers"], found["checkout"]["customers"]) == (33, None)


@pytest.mark.parametrize("moved", [0, 3, 6])
def test_few_who_chose_a_reason_and_answered_elsewhere_since_are_not_a_touchpoint_less_the_stage(
    moved: int,
) -> None:
    told = Told()
    for place in range(40):
        told.answer(place, CHECKOUT, 9, 4, *(["late"] if place < 12 else []))
        told.answer(f"at delivery {place}", DELIVERY, 9, 4)
    for place in range(moved):
        told.answer(place, DELIVERY, 1, 4)
    for place in range(20, 26):
        told.answer(place, DELIVERY, 1, 4)

    found = lines(told)

    assert [each["cited"] for each in found[None]["reasons"]] == [12 - moved]
    (late,) = found["checkout"]["reasons"]
    shown = None if moved == 3 else 12
    assert (late["cited"], late["suppressed"]) == (shown, shown is None)


def test_few_who_chose_a_reason_at_one_touchpoint_are_told_nowhere() -> None:
    told = Told()
    for place in range(30):
        told.answer(place, CHECKOUT, 9, 4, *(["late"] if place < 8 else []))
        told.answer(f"at delivery {place}", DELIVERY, 9, 4, *(["late"] if place < 2 else []))

    found = lines(told)

    cited = {
        name: [(each["touchpoint"], each["cited"]) for each in line["reasons"]]
        for name, line in found.items()
    }
    assert cited == {None: [("checkout", 8)], "checkout": [("checkout", 8)], "delivery": []}


@pytest.mark.parametrize("cited", [1, 4, 36])
def test_a_reason_of_few_has_no_correlation_that_tells_their_score(cited: int) -> None:
    told = Told()
    for place in range(40):
        few = place >= cited if cited > 20 else place < cited
        told.answer(place, DELIVERY, 50, 3, *([] if few != (cited <= 20) else ["late"]))
        told.answer(place, RELATION, 20, place % 11)

    chips = drivers(told.frame(), PROGRAM, SEED)["sets"][1]["drivers"]

    assert [(each["correlation"], each["n"], each["suppressed"]) for each in chips] == [
        (None, None, True)
    ]


def test_a_reason_of_few_is_no_driver() -> None:
    told = Told()
    for place in range(150):
        chips = ["late"] * (place % 3 == 0) + ["rude"] * (place % 4 == 0) + ["rare"] * (place < 4)
        told.answer(place, DELIVERY, 50, 3, *chips)
        told.answer(place, RELATION, 20, place % 11)

    chips = drivers(told.frame(), PROGRAM, SEED)["sets"][1]["drivers"]

    assert {each["chip"]: each["share"] is not None for each in chips} == {
        "late": True,
        "rude": True,
        "rare": False,
    }


def ages(told: Told, **counts: int) -> None:
    """Let customers come to support first, and answer there, so many days ago: ``d50=7``."""
    for name, count in counts.items():
        for place in range(count):
            told.event(f"{name} {place}", "support.solved", float(name[1:]), "support")
            told.answer(f"{name} {place}", SUPPORT, float(name[1:]), 4)
    for place in range(9):
        told.answer(f"other {place}", RELATION, 3, 4)


def by_days(told: Told) -> list[Any]:
    frame = told.frame()
    (step,) = paths(frame, PROGRAM)["steps"]
    walked = [(fates["bands"][0]["customers"], fates["too_recent"]) for fates in step["fates"]]
    came = [
        (cell["customers"], cell["too_recent"])
        for cell in conversion(frame, PROGRAM)["retention"]
        if cell["stage"] == "retention"
    ]
    assert walked == came
    (series,) = repeat(frame, PROGRAM, "retention")["series"]
    assert series["too_recent"] == walked[1][1]
    return walked


@pytest.mark.parametrize(
    ("old", "middle", "recent", "shown"),
    [
        (30, 20, 9, [(50, 9), (30, 29)]),
        (30, 20, 3, [(50, None), (30, None)]),
        (30, 2, 9, [(None, None), (30, 11)]),
        (30, 2, 1, [(None, None), (30, None)]),
        (3, 20, 9, [(23, 9), (None, None)]),
        (30, 0, 9, [(30, 9), (30, 9)]),
    ],
)
def test_few_of_some_age_are_not_what_two_spans_of_days_differ_by(
    old: int, middle: int, recent: int, shown: list[Any]
) -> None:
    told = Told()
    ages(told, d120=old, d60=middle, d10=recent)

    assert by_days(told) == shown


@pytest.mark.parametrize(("few", "told_of"), [(3, None), (6, 46)])
def test_how_many_answers_were_read_does_not_tell_a_stage_of_few(
    few: int, told_of: int | None
) -> None:
    told = Told()
    for place in range(40):
        told.answer(place, CHECKOUT, 9, 4)
    for place in range(few):
        told.answer(place, SUPPORT, 9, 4)

    found = run(told.frame(), PROGRAM, ("trend",), NOTHING)

    assert {each.content["recipe"]["answers"] for each in found.analyses} == {told_of}


def test_the_hour_of_an_unhappy_answer_is_not_told() -> None:
    told = Told()
    for place in range(150):
        told.answer(place, RELATION, 300 - place, 9)
    for place in range(40):
        told.answer(f"bad {place}", RELATION, 20 - place / 4, 0)

    found = run(told.frame(), PROGRAM, ("surge",), NOTHING)

    (series,) = (s for each in found.analyses for s in each.content["series"])
    said = [
        series["baseline"]["until"],
        *(a[name] for a in series["alarms"] for name in ("at", "since")),
    ]
    if series["evidence"]:
        said.append(series["evidence"]["since"])
    moments = [datetime.fromisoformat(each).astimezone(UTC) for each in said]
    assert {(at.hour, at.minute, at.second) for at in moments} == {(15, 0, 0)}
    assert found.alerts
