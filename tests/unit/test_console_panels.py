"""What panels of the console make of stored analyses: whose reason it is, and who answered for a chart."""

from typing import Any

import pytest

from bot.console.panels.drivers import drivers_panel, quadrant_panel
from bot.console.panels.going import path_panel
from bot.console.panels.reasons import reasons_panel
from bot.console.verbatims import verbatim
from bot.console.words import Words
from surveys.analyses.importance import drivers
from surveys.analyses.narrowed import narrowed
from surveys.analyses.paths import paths
from surveys.analyses.quadrant import quadrant
from surveys.analyses.reasons import reasons
from surveys.program import default_program
from surveys.reports import AnswerRow
from surveys.stored_analyses import Analysis
from tests.contract.examples import dimensions
from tests.frames import CHECKOUT, DELIVERY, NOW, RELATION, SUPPORT, TODAY, Told

PROGRAM = default_program()
WORDS = Words(PROGRAM, "en")
SEED = (1, 2)


def stored(kind: str, content: dict[str, Any]) -> Analysis:
    recipe = {"since": "2025-11-22", "until": "2026-11-22"}
    return Analysis(kind=kind, key="", as_of=NOW, content={**content, "recipe": recipe}, state={})


def named(told: Told, touchpoint: str | None = None) -> list[tuple[str, str, str]]:
    found = stored("reasons", reasons(told.frame(), PROGRAM, "purchase", SEED))
    panel = reasons_panel(found, DELIVERY.series, touchpoint, WORDS)
    assert panel is not None
    return [(each.label, each.place, each.cited) for each in panel.reasons]


def test_reasons_of_several_touchpoints_say_at_which_they_were_named() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 9, 3, "speed")
        told.answer(f"got {place}", DELIVERY, 8, 5, "speed")

    assert named(told) == [("Slow pages", "Checkout", "9"), ("Fast delivery", "Delivery", "9")]
    assert named(told, "delivery") == [("Fast delivery", "", "9")]


def test_a_path_tells_nothing_within_days_that_are_over_for_nobody() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 40, 5)
        told.answer(f"other {place}", RELATION, 20, 9)
        told.answer(f"helped {place}", SUPPORT, 20, 6)

    panel = path_panel(stored("paths", paths(told.frame(), PROGRAM)), "purchase", WORDS)

    assert panel is not None
    (step,) = panel.steps
    assert step.note == "Nobody answered at both"
    assert {fate.days for fate in step.fates} == {"30"}


def test_reasons_of_one_touchpoint_do_not_repeat_it() -> None:
    told = Told()
    for place in range(9):
        told.answer(place, CHECKOUT, 9, 3, "speed")
        told.answer(f"got {place}", DELIVERY, 8, 5)

    assert named(told) == [("Slow pages", "", "9")]


def test_praise_and_complaint_that_share_an_id_say_which_they_are() -> None:
    told = Told()
    for place in range(9):
        told.answer(f"got {place}", DELIVERY, 8, 5, "courier")
        told.answer(f"late {place}", DELIVERY, 8, 1, "courier")
    content = reasons(told.frame(), PROGRAM, "purchase", SEED)

    panel = reasons_panel(stored("reasons", content), DELIVERY.series, None, WORDS)

    assert panel is not None
    assert {(each.label, each.rating, each.cited) for each in panel.reasons} == {
        ("Friendly courier", "High ratings", "9"),
        ("The courier", "Low ratings", "9"),
    }


def test_reasons_stored_before_wordings_were_told_apart_are_still_read() -> None:
    told = Told()
    for place in range(9):
        told.answer(f"got {place}", DELIVERY, 8, 5, "courier")
    content = reasons(told.frame(), PROGRAM, "purchase", SEED)
    for each in content["series"]:
        for row_ in each["reasons"]:
            del row_["bands"]

    panel = reasons_panel(stored("reasons", content), DELIVERY.series, None, WORDS)

    assert panel is not None
    assert [(each.label, each.rating) for each in panel.reasons] == [("Friendly courier", "")]


@pytest.mark.parametrize(
    ("both", "refused", "empty"),
    [
        (0, "Nobody has answered all of it yet", "Nobody has answered all of it yet"),
        (3, "There are fewer than two drivers", "Fewer than 100 customers answered"),
        (60, "Fewer than 100 customers answered", "Only 60 customers answered"),
    ],
)
def test_too_few_for_a_chart_are_told_as_nobody_few_or_how_many(
    both: int, refused: str, empty: str
) -> None:
    told = Told()
    for place in range(40):
        told.answer(f"paid {place}", CHECKOUT, 50, 1 + place % 5)
        told.answer(f"got {place}", DELIVERY, 50, 1 + place % 4)
        told.answer(f"says {place}", RELATION, 20, place % 11)
    for place in range(both):
        told.answer(place, CHECKOUT, 50, 1 + place % 5)
        told.answer(place, DELIVERY, 50, 1 + place % 4)
        told.answer(place, RELATION, 20, place % 11)
    frame = told.frame()
    content = drivers(frame, PROGRAM, SEED)

    square = quadrant_panel(stored("quadrant", quadrant(frame, content)), None, WORDS)
    shares = drivers_panel(stored("drivers", content), None, WORDS)

    assert square is not None
    assert shares is not None
    assert square.empty.startswith(empty)
    assert shares.sets[0].refused.startswith(refused)


def test_what_is_hidden_beside_everybodys_is_not_said_to_be_of_too_few() -> None:
    told = Told(axes=("segment.tier",))
    for place in range(143):
        known = (CHECKOUT, DELIVERY) if place < 123 else (CHECKOUT, DELIVERY)[place % 2 :][:1]
        for spot in (*known, RELATION):
            days = 20 if spot is RELATION else 50
            told.answer(place, spot, days, 1 + place % 4, group=("gold" if place < 120 else "new",))

    found = narrowed(told.frame(), PROGRAM, (("segment.tier", "gold"),))
    square = quadrant_panel(stored("quadrant", found["quadrant"][""]), None, WORDS)
    shares = drivers_panel(stored("drivers", found["drivers"][""]), None, WORDS)

    assert square is not None
    assert shares is not None
    assert {square.empty, shares.sets[0].refused} == {
        "Held against everybody's it would tell of a few customers, so nothing is drawn."
    }


def test_a_driver_says_what_it_costs_and_wins_where_a_test_tells_the_two_apart() -> None:
    told = Told()
    for place in range(600):
        told.answer(place, CHECKOUT, 60, 1 + place % 5)
        told.answer(place, DELIVERY, 50, 1 + place // 5 % 5)
        told.answer(place, RELATION, 20, (2 if place // 5 % 5 < 2 else 8) + place % 3)

    panel = drivers_panel(stored("drivers", drivers(told.frame(), PROGRAM, SEED)), None, WORDS)

    assert panel is not None
    said = {each.label: each.lopsided for each in panel.sets[0].drivers}
    assert said["Checkout"] == ""
    assert said["Delivery"].startswith("asymmetric: a low rating goes with -60, a high one with ")


def row(score: int, reason: str) -> AnswerRow:
    tags = dimensions(survey="support-ces", touchpoint="support", instrument="ces2")
    return AnswerRow(
        id="1",
        subject_id="s",
        invitation_id="i",
        dimensions=tags,
        survey_version=1,
        day=TODAY,
        answered_at=NOW,
        version=1,
        score=score,
        reasons=(reason,),
        segments={},
    )


@pytest.mark.parametrize(
    ("language", "hard", "easy"),
    [
        ("ko", "설명이 어려움", "쉬운 설명"),
        ("en", "A clearer explanation", "A clear explanation"),
    ],
)
def test_a_reason_reads_as_she_who_chose_it_read_it_below_her_own_score(
    language: str, hard: str, easy: str
) -> None:
    words = Words(PROGRAM, language)

    said = [verbatim(row(score, "clarity"), words).reasons for score in (4, 6)]

    assert said == [(hard,), (easy,)]


def test_a_reason_that_a_changed_score_no_longer_offers_keeps_its_label() -> None:
    assert verbatim(row(1, "clarity"), WORDS).reasons != ("clarity",)
    assert verbatim(row(1, "gone"), WORDS).reasons == ("gone",)
