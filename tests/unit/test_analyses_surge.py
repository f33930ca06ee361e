"""surveys.analyses.surge and watch: a stage that got worse, told once, and one that did not, never."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from surveys.analyses.columns import Spot
from surveys.analyses.surge import Surges, surges
from surveys.analyses.watch import Watched, stream
from surveys.program import default_program
from surveys.stored_analyses import Alert, Analysis
from tests.frames import NOW, RELATION, SUPPORT, Told

PROGRAM = default_program()
STAGES = tuple(stage.id for stage in PROGRAM.stages)


def flow(told: Told, bad: Iterable[bool], *, spot: Spot = RELATION, until: float = 1) -> None:
    """Let a new customer answer every half day, the last so many days ago."""
    scores = [spot.kind.low if is_bad else spot.kind.high for is_bad in bad]
    for place, score in enumerate(scores):
        told.answer(f"{spot.stage} {place}", spot, until + 0.5 * (len(scores) - 1 - place), score)


def every(nth: int, count: int) -> list[bool]:
    return [place % nth == 0 for place in range(count)]


def kept(found: Surges) -> dict[str, Analysis]:
    return {
        stage: Analysis(
            kind="surge", key=stage, as_of=NOW, content=content, state=found.states[stage]
        )
        for stage, content in found.contents.items()
    }


def look(
    told: Told, before: Surges | None = None, known: tuple[Alert, ...] = (), days: float = 0
) -> Surges:
    frame = replace(told.frame(), as_of=NOW + timedelta(days=days))
    return surges(frame, PROGRAM, STAGES, kept(before) if before else {}, known)


def series(found: Surges, stage: str = "advocacy") -> Any:
    return found.contents[stage]["series"][0]


def test_of_a_hundred_answers_a_baseline_is_made_and_of_fewer_none() -> None:
    few, some = Told(), Told()
    flow(few, every(10, 99))
    flow(some, every(10, 100))

    told = series(look(few))
    assert (told["status"], told["collected"], told["needed"]) == ("collecting", 99, 100)
    assert (told["baseline"], told["alarms"]) == (None, [])

    told = series(look(some))
    assert (told["status"], told["baseline"]["answers"]) == ("watching", 100)
    assert told["baseline"]["provisional"] is True
    assert told["baseline"]["share"] == 0.1
    assert 0.1 < told["baseline"]["assumed"] < 0.15
    assert (told["level"], told["evidence"]) == (0.0, None)


def test_three_answers_are_not_even_counted() -> None:
    told = Told()
    flow(told, every(2, 3))

    assert series(look(told))["collected"] is None


def test_a_baseline_becomes_firm_at_two_hundred_and_stays() -> None:
    told = Told()
    flow(told, every(10, 150))
    first = look(told)
    assert series(first)["baseline"]["answers"] == 100

    flow(told, every(10, 60), until=-40)
    second = look(told, first, days=45)
    assert series(second)["baseline"]["answers"] == 200
    assert series(second)["baseline"]["provisional"] is False

    flow(told, every(2, 60), until=-90)
    third = look(told, second, days=95)
    assert series(third)["baseline"] == series(second)["baseline"]


def test_a_baseline_that_led_to_an_alarm_takes_in_no_more_answers() -> None:
    told = Told()
    flow(told, [*every(10, 100), *every(2, 50)])
    first = look(told)
    assert first.alerts

    flow(told, every(2, 120), spot=RELATION, until=-70)
    second = look(told, first, first.alerts, days=75)

    assert series(second)["baseline"] == series(first)["baseline"]


def test_answers_that_get_worse_raise_an_alert_with_its_evidence() -> None:
    told = Told()
    flow(told, [*every(10, 200), *every(2, 30)])

    found = look(told)

    alert, *_ = found.alerts
    assert (alert.stage, alert.instrument, alert.usual) == ("advocacy", "nps", 0.1)
    assert 0.4 < alert.bad / alert.answers <= 0.6
    assert alert.since <= alert.at < alert.raised_at == NOW
    shown = series(found)
    assert shown["status"] == "alarm"
    assert shown["alarms"][-1] == alert.to_json()


def test_the_same_trouble_is_found_once_however_often_one_looks() -> None:
    told = Told()
    flow(told, [*every(10, 200), *every(2, 12)])
    first = look(told)
    assert len(first.alerts) == 1

    again = look(told, first, first.alerts)
    assert again.alerts == ()
    assert series(again)["alarms"] == [first.alerts[0].to_json()]
    assert look(told).alerts == first.alerts

    later = look(told, again, first.alerts, days=60)
    assert (later.alerts, series(later)["status"]) == ((), "watching")


def test_looking_every_day_finds_what_looking_once_finds() -> None:
    told = Told()
    flow(told, [*every(9, 200), *every(2, 40)], until=2)
    whole = told.frame()
    before, alerts = None, list[Alert]()
    for ago in range(60, -1, -1):
        day = NOW - timedelta(days=ago)
        seen = whole.answers[whole.answers["at"] <= int(day.timestamp() * 1e6)]
        frame = replace(whole, answers=seen, as_of=day)
        before = surges(frame, PROGRAM, STAGES, kept(before) if before else {}, alerts)
        alerts += before.alerts

    assert {alert.at for alert in alerts} == {alert.at for alert in look(told).alerts}
    assert len({alert.id for alert in alerts}) == len(alerts) > 0


def test_one_customer_counts_once_in_thirty_days_and_imported_answers_never() -> None:
    told = Told()
    told.answer("kim", RELATION, 90, 0)
    told.answer("kim", RELATION, 61, 0)
    told.answer("kim", RELATION, 60, 1)
    told.answer("kim", RELATION, 31, 2)
    told.answer("lee", RELATION, 60, 3)
    told.answer("import", RELATION, 60, 4, imported=True)

    counted = stream(told.frame().answers)

    assert sorted(counted["score"].tolist()) == [0, 1, 3]


def test_the_limit_holds_for_all_series_together_and_the_delay_is_told() -> None:
    told = Told()
    flow(told, every(10, 220))
    alone = series(look(told))
    flow(told, every(10, 220), spot=SUPPORT)
    shared = series(look(told))

    assert (alone["design"]["streams"], shared["design"]["streams"]) == (1, 2)
    assert shared["design"]["limit"] > alone["design"]["limit"]
    design, delay = shared["design"], shared["delay"]
    assert design["answers_per_week"] == pytest.approx(14, rel=0.05)
    assert design["answers_between_false_alarms"] >= 0.99 * 14 * 2 * 26
    assert delay["double_answers"] > delay["triple_answers"] > 0
    assert delay["double_weeks"] == pytest.approx(
        delay["double_answers"] / design["answers_per_week"]
    )


def test_a_limit_stays_until_traffic_has_changed_much() -> None:
    told = Told()
    flow(told, every(4, 220), until=10)
    first = look(told)

    soon, late = look(told, first, days=5), look(told, first, days=75)
    nobody = look(told, first, days=400)

    assert series(soon)["design"]["limit"] == series(first)["design"]["limit"]
    assert series(late)["design"]["limit"] < series(first)["design"]["limit"]
    assert series(nobody)["delay"]["double_weeks"] is None


def test_how_far_the_sum_is_shows_from_five_answers_on() -> None:
    told = Told()
    flow(told, [*every(10, 200), True, True, False])
    assert series(look(told))["evidence"] is None
    assert series(look(told))["level"] is None

    told = Told()
    flow(told, [*every(10, 200), True, True, True, False, True])
    shown = series(look(told))
    assert (shown["evidence"]["bad"], shown["evidence"]["answers"]) == (4, 5)
    assert 0 < shown["level"] < 1


def test_an_alarm_rests_on_five_customers_however_rare_bad_answers_are() -> None:
    told = Told()
    flow(told, [*[False] * 200, *[True] * 30], until=80)

    found = look(told)

    assert min(alert.answers for alert in found.alerts) == 5
    design = series(found)["design"]
    assert design["limit"] > 4 * design["plus"]


def test_what_is_kept_between_runs_is_plain_json_and_comes_back_whole() -> None:
    told = Told()
    flow(told, [*every(10, 200), *every(3, 20)])

    (state,) = look(told).states["advocacy"].values()

    assert Watched.from_json(state).to_json() == state


def test_where_nothing_is_wrong_alarms_are_rare() -> None:
    """Eight streams over half a year: 0.87 false alarms on average, so six years in all give few."""
    chance, alarms = Random(11), 0  # noqa: S311 answers to watch
    for _ in range(12):
        told = Told()
        flow(told, (chance.random() < 0.15 for _ in range(560)))
        alarms += len(look(told).alerts)

    assert alarms <= 12
