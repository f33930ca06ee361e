"""surveys.analyses.trend and surveys.analyses.markers: points, what hides them, and marks of program changes."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from surveys.analyses.trend import trend
from surveys.program import default_program, load_program
from surveys.program.loading import default_program_text
from surveys.stored_analyses import Version
from tests.frames import CHECKOUT, DELIVERY, NOW, RELATION, TODAY, Told

PROGRAM = default_program()


def line(told: Told, stage: str = "advocacy", place: int = 0) -> Any:
    return trend(told.frame(), PROGRAM, stage)["series"][place]


def week(told: Told, number: int, customers: int, score: int, spot: Any = RELATION) -> None:
    """Let so many different customers answer in the week that lies so many weeks back (0: the running one)."""
    for place in range(customers):
        told.answer(f"{number}/{place}", spot, 7 * number + 0.5, score)


def test_weeks_begin_on_monday_and_leave_no_gap() -> None:
    told = Told()
    week(told, 2, 8, 9)
    week(told, 0, 8, 3)

    weeks = line(told)["weeks"]

    assert [(p["start"], p["until"]) for p in weeks] == [
        ("2026-11-02", "2026-11-08"),
        ("2026-11-09", "2026-11-15"),
        ("2026-11-16", "2026-11-22"),
    ]
    assert [(p["customers"], p["n"]) for p in weeks] == [(8, 8), (0, 0), (8, 8)]
    assert [p["score"] and p["score"]["value"] for p in weeks] == [100.0, None, -100.0]
    assert weeks[0]["score"]["method"] == "adjusted_wald_3"


def test_every_answer_counts_and_the_interval_knows_who_answered_twice() -> None:
    once, twice = Told(), Told()
    for place in range(20):
        score = 9 if place % 2 else 3
        once.answer(place, RELATION, 0.5, score)
        once.answer(place + 20, RELATION, 0.5, score)
        twice.answer(place, RELATION, 0.5, score)
        twice.answer(place, RELATION, 0.4, score)

    one, two = (line(told)["weeks"][-1] for told in (once, twice))

    assert (one["customers"], two["customers"], one["n"], two["n"]) == (40, 20, 40, 40)
    methods = [point["score"]["method"] for point in (one, two)]
    assert methods == ["adjusted_wald_3", "adjusted_wald_3_clustered"]
    width = [point["score"]["high"] - point["score"]["low"] for point in (one, two)]
    assert width[1] > 1.3 * width[0]


@pytest.mark.parametrize(
    ("customers", "times", "hidden", "has_interval"),
    [(4, 2, True, False), (7, 2, False, False), (8, 2, False, True), (7, 1, False, True)],
)
def test_few_customers_who_answered_twice_have_no_interval_and_fewer_no_score(
    customers: int, times: int, hidden: bool, has_interval: bool
) -> None:
    told = Told()
    for _ in range(times):
        week(told, 0, customers, 9)

    point = line(told)["weeks"][-1]

    assert point["suppressed"] is hidden
    assert (point["score"] is None) is hidden
    assert (point["n"] is None) is hidden
    assert bool(point["score"] and point["score"]["low"] is not None) is has_interval


def test_a_hidden_week_is_not_left_alone() -> None:
    told = Told()
    for number, customers in enumerate((20, 3, 9, 30)):
        week(told, number, customers, 9)

    weeks = line(told)["weeks"]

    assert [p["suppressed"] for p in weeks] == [False, True, True, False]


def test_a_touchpoints_hidden_week_is_not_the_stage_less_the_others() -> None:
    told = Told()
    for place in range(20):
        told.answer(place, CHECKOUT, 0.5, 5)
    for place in range(3):
        told.answer(100 + place, DELIVERY, 0.5, 1)

    whole, checkout, delivery = trend(told.frame(), PROGRAM, "purchase")["series"]

    assert [s["touchpoint"] for s in (whole, checkout, delivery)] == [None, "checkout", "delivery"]
    assert [s["weeks"][-1]["suppressed"] for s in (whole, checkout, delivery)] == [
        False,
        True,
        True,
    ]
    assert whole["weeks"][-1]["n"] == 23


def test_who_answered_at_two_touchpoints_is_one_customer() -> None:
    """The stage less support's thirty would be four people, who answered five times."""
    told = Told()
    for place in range(4):
        told.answer(place, CHECKOUT, 0.5, 1)
    told.answer(0, DELIVERY, 0.6, 1)
    for place in range(30):
        told.answer(100 + place, replace(DELIVERY, touchpoint="pickup"), 0.5, 5)

    lines = {
        s["touchpoint"]: s["weeks"][-1] for s in trend(told.frame(), PROGRAM, "purchase")["series"]
    }

    assert [lines[each]["n"] for each in ("checkout", "delivery", "pickup")] == [None] * 3


def test_a_touchpoints_line_is_its_own_in_whatever_order_they_were_met() -> None:
    told = Told()
    pickup = replace(DELIVERY, touchpoint="pickup")
    for spot, sizes in ((pickup, (50, 60)), (DELIVERY, (20, 25)), (CHECKOUT, (12, 3))):
        for number, customers in enumerate(sizes):
            for place in range(customers):
                told.answer(f"{spot} {number} {place}", spot, 7 * number + 0.5, 5)

    found = trend(told.frame(), PROGRAM, "purchase")["series"]

    lines = {each["touchpoint"]: [p["n"] for p in each["weeks"]] for each in found}
    assert lines == {
        None: [88, 82],
        "checkout": [None, None],
        "delivery": [None, None],
        "pickup": [60, 50],
    }


def test_only_thick_neighbours_are_smoothed() -> None:
    told = Told()
    for number, customers in enumerate((40, 30, 50, 29, 40)):
        week(told, number, customers, 9 if number % 2 else 3)

    smooth = [point["smooth"] for point in line(told)["weeks"]]

    assert smooth == [None, None, None, pytest.approx((30 - 50 - 40) / 120 * 100), None]


def test_months_are_calendar_months_and_the_first_is_whole() -> None:
    told = Told(since=date(2026, 9, 10))
    told.answer("early", RELATION, (TODAY - date(2026, 9, 11)).days, 9)
    for place in range(9):
        told.answer(place, RELATION, (TODAY - date(2026, 10, 1)).days, 9)

    found = line(told)

    assert [(p["start"], p["until"], p["n"]) for p in found["months"]] == [
        ("2026-10-01", "2026-10-31", 9),
        ("2026-11-01", "2026-11-22", 0),
    ]
    assert found["weeks"][0]["start"] == "2026-09-14"


def test_a_stage_nobody_answered_at_has_no_line() -> None:
    assert trend(Told().frame(), PROGRAM, "purchase") == {"series": [], "markers": []}


# --- marks ----------------------------------------------------------------------------------------


def version(text: str, ago: float) -> Version:
    program = load_program(text, "p.yaml")
    return Version(version=program.version, at=NOW - timedelta(days=ago), content=program.to_json())


FIRST = default_program_text()
LATER = FIRST.replace("    after: 30m\n", "    after: 45m\n", 1)
CAPPED = LATER.replace("cooldown_days: 90", "cooldown_days: 30")
WITHOUT = CAPPED.replace("  - id: cart\n", "  - id: basket\n", 1)


def test_what_changed_in_the_program_is_marked_where_it_matters() -> None:
    told = Told(versions=(version(FIRST, 90), version(LATER, 60), version(CAPPED, 30)))

    marks = {
        stage: trend(told.frame(), PROGRAM, stage)["markers"] for stage in ("purchase", "advocacy")
    }

    later, capped = marks["purchase"]
    assert later["changes"] == [{"what": "trigger.after", "id": "checkout"}]
    assert later["at"] == (NOW - timedelta(days=60)).isoformat()
    assert capped["changes"] == [{"what": "contact_rules", "id": None}]
    assert marks["advocacy"] == [capped]


def test_what_came_and_went_is_marked() -> None:
    told = Told(versions=(version(CAPPED, 30), version(WITHOUT, 20)))

    (mark,) = trend(told.frame(), PROGRAM, "consideration")["markers"]

    assert mark["changes"] == [
        {"what": "trigger.added", "id": "basket"},
        {"what": "trigger.removed", "id": "cart"},
    ]


def test_old_versions_and_ones_that_cannot_be_read_any_more_are_no_marks() -> None:
    broken = Version(version="x", at=NOW - timedelta(days=50), content='{"no": "program"}')
    told = Told(
        since=TODAY - timedelta(days=70),
        versions=(version(FIRST, 90), version(LATER, 80), broken, version(CAPPED, 40)),
    )

    (mark,) = trend(told.frame(), PROGRAM, "purchase")["markers"]

    assert [change["what"] for change in mark["changes"]] == ["contact_rules"]
