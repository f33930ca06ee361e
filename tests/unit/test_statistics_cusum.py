"""The alert that a stage got worse: published designs, exact run lengths, the sum answer by answer."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from surveys.statistics.cusum import (
    Design,
    Evidence,
    Watch,
    advance,
    answers_between_alarms,
    assumed_share,
    design,
    raised_share,
    run_length,
    thinned,
)
from surveys.statistics.resampling import seeded


@pytest.mark.parametrize(
    ("usual", "steps", "limits", "answers"),
    [  # STATISTICS.md, section 6: usual, then 1.5, 2 and 3 times the usual share at L = 2000
        (0.05, (38, 3), (151, 184), (2043, 315, 131, 56)),
        (0.10, (35, 6), (172, 204), (2029, 206, 77, 32)),
        (0.15, (18, 5), (102, 119), (2040, 153, 54, 22)),
        (0.20, (12, 5), (73, 84), (2009, 124, 41, 16)),
        (0.30, (4, 3), (30, 34), (2196, 84, 26, 11)),
    ],
)
def test_designs_are_the_published_ones(
    usual: float, steps: tuple[int, int], limits: tuple[int, int], answers: tuple[int, ...]
) -> None:
    tight, loose = design(usual, 1000), design(usual, 2000)

    assert (loose.plus, loose.minus) == steps
    assert (tight.limit, loose.limit) == limits
    assert tuple(round(loose.delay(times)) for times in (1, 1.5, 2, 3)) == answers


@pytest.mark.parametrize(
    ("share", "steps", "answers"),
    [  # mpmath, 60 digits
        (0.15, (18, 5, 200), 45968.596793502962),
        (0.3, (4, 3, 100), 74952692.546178034),
        (0.3, (4, 3, 150), 200409480448.06849),
        (0.25, (3, 1, 2), 4),
        (1.0, (3, 1, 5), 2),
    ],
)
def test_the_longest_runs_keep_all_their_digits(
    share: float, steps: tuple[int, int, int], answers: float
) -> None:
    assert run_length(share, *steps) == pytest.approx(answers, rel=1e-13)


def test_without_a_low_answer_no_alarm_ever_comes_and_no_promise_is_too_long() -> None:
    assert run_length(0.0, 3, 1, 5) == float("inf")
    assert design(0.2, 1e18).between >= 1e18


@pytest.mark.parametrize("usual", [0.0, 1.0, -0.1, 10, float("nan")])
def test_a_usual_share_that_is_none_has_no_design(usual: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        design(usual, 1000)


@pytest.mark.parametrize("usual", [0.02, 0.07, 0.33, 0.6])
@pytest.mark.parametrize("between", [1, 40, 6240, 100_000])
def test_the_limit_is_the_least_that_keeps_the_promise(usual: float, between: float) -> None:
    found = design(usual, between)

    assert found.between >= between
    assert found.limit == 1 or (
        run_length(usual, found.plus, found.minus, found.limit - 1) < between
    )


def test_a_limit_of_one_step_waits_for_the_first_low_answer() -> None:
    assert run_length(0.2, 3, 1, 3) == pytest.approx(5)
    assert run_length(1.0, 3, 1, 10) == pytest.approx(4)


def test_run_lengths_are_those_of_a_dense_chain_and_of_trying() -> None:
    chance, plus, minus, limit = 0.3, 4, 3, 20
    moves = np.zeros((limit, limit))
    for state in range(limit):
        moves[state, max(0, state - minus)] += 1 - chance
        if state + plus < limit:
            moves[state, state + plus] += chance

    exact = np.linalg.solve(np.eye(limit) - moves, np.ones(limit))[0]
    assert run_length(chance, plus, minus, limit) == pytest.approx(exact, rel=1e-9)


def test_a_share_to_be_found_is_twice_the_usual_or_three_times_its_odds() -> None:
    assert raised_share(0.15) == pytest.approx(0.3)
    assert raised_share(0.5) == pytest.approx(0.75)


def test_a_baseline_is_assumed_with_the_benefit_of_the_doubt() -> None:
    assert assumed_share(30, 200) == pytest.approx(stats.beta.ppf(0.8, 30.5, 170.5))
    assert assumed_share(0, 1000) == 0.02
    assert assumed_share(900, 1000) == 0.6
    assert assumed_share(30, 99) is None


def test_the_organisation_chooses_how_often_it_is_wrong() -> None:
    assert answers_between_alarms(10, 8) == 2080
    delays = {r: design(0.15, answers_between_alarms(r, 8)) for r in (3, 5, 10, 30)}

    assert {r: plan.limit for r, plan in delays.items()} == {3: 90, 5: 103, 10: 120, 30: 148}
    assert [plan.delay(2) / r for r, plan in delays.items()] == pytest.approx(
        [13.0, 9.2, 5.5, 2.3], abs=0.06
    )


PLAN = Design(usual=0.15, raised=0.3, plus=3, minus=1, limit=7, between=1.0)


def watched(answers: str) -> tuple[Watch, list[Evidence]]:
    watch, raised = Watch(), []
    for answer in answers:
        watch, evidence = advance(PLAN, watch, low=answer == "x")
        raised += [evidence] if evidence else []
    return watch, raised


def test_the_sum_rises_falls_and_is_never_below_zero() -> None:
    assert watched("...")[0] == Watch()
    assert watched("..x.")[0] == Watch(level=2, answers=2, low=1)
    assert watched("x...")[0] == Watch()


def test_an_alarm_tells_what_was_seen_since_the_sum_was_zero_and_starts_anew() -> None:
    watch, raised = watched("x....xx.x")

    assert raised == [Evidence(low=3, answers=4, usual=0.15)]
    assert watch == Watch()
    assert watched("x....xx.x.x")[0] == Watch(level=3, answers=1, low=1)


def test_a_sum_that_just_reaches_the_limit_raises_the_alarm() -> None:
    assert watched("xx..") == (Watch(level=4, answers=4, low=2), [])
    assert watched("xx..x") == (Watch(), [Evidence(low=3, answers=5, usual=0.15)])


def test_one_answer_in_thirty_days_counts_of_a_customer() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    answers = [("a", 0), ("b", 1), ("a", 29), ("a", 30), ("b", 40), ("a", 59)]

    kept = thinned([(who, start + timedelta(days=day)) for who, day in answers])

    assert kept == (True, True, False, True, True, False)
    assert thinned([]) == ()


def test_a_doubled_share_is_found_about_as_soon_as_the_exact_delay_says() -> None:
    plan, chance = design(0.15, 2000), seeded(5)
    waits = []
    for _ in range(300):
        watch, evidence, answers = Watch(), None, 0
        while evidence is None:
            watch, evidence = advance(plan, watch, low=bool(chance.random() < 0.3))
            answers += 1
        waits.append(answers)

    assert np.mean(waits) == pytest.approx(plan.delay(2), abs=4 * np.std(waits) / 300**0.5)
