"""Drivers, their asymmetry, reasons and the quadrant: figures against other software, gates, chance by seed."""

from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from surveys.statistics.asymmetry import asymmetries
from surveys.statistics.drivers import DriverTier, driver_tier, drivers
from surveys.statistics.importance import (
    correlations,
    explained_by_subset,
    lmg,
    parts_of_r2,
    relative_weights,
)
from surveys.statistics.intervals import Estimate
from surveys.statistics.quadrant import Box, quadrant
from surveys.statistics.reasons import impacts
from surveys.statistics.resampling import resampled, seeded

Floats = NDArray[np.float64]


def people(n: int, effects: list[float], seed: int = 1) -> tuple[Floats, Floats]:
    """Return an outcome and drivers that correlate by .5 with each other."""
    chance = seeded(seed)
    columns = chance.normal(size=(n, 1)) + chance.normal(size=(n, len(effects)))
    return columns @ np.array(effects) + 2 * chance.normal(size=n), columns


def correlated(seed: int, drivers: int) -> Floats:
    outcome, columns = people(60, [0.5] * drivers, seed)
    return correlations(np.column_stack([outcome, columns]))


def r2(matrix: Floats, subset: tuple[int, ...]) -> float:
    chosen = list(subset)
    return float(
        matrix[0, chosen] @ np.linalg.solve(matrix[np.ix_(chosen, chosen)], matrix[0, chosen])
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 4))
def test_lmg_is_the_mean_gain_over_every_order_of_entry(seed: int, count: int) -> None:
    matrix = correlated(seed, count)
    gains = np.zeros(count)
    orders = list(permutations(range(1, count + 1)))
    for order in orders:
        for place, driver in enumerate(order):
            gained = r2(matrix, order[: place + 1]) - (r2(matrix, order[:place]) if place else 0)
            gains[driver - 1] += gained / len(orders)

    assert lmg(matrix) == pytest.approx(gains, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 10))
def test_the_parts_add_up_to_r2_by_either_method(seed: int, count: int) -> None:
    matrix = correlated(seed, count)
    explained = explained_by_subset(matrix)[-1]

    assert lmg(matrix).sum() == pytest.approx(explained, abs=1e-9)
    assert relative_weights(matrix).sum() == pytest.approx(explained, abs=1e-9)
    assert (lmg(matrix) > -1e-12).all()


def test_r2_is_that_of_a_regression() -> None:
    outcome, columns = people(80, [1, 0.5, 0])
    fitted = sm.OLS(outcome, sm.add_constant(columns)).fit()

    matrix = correlations(np.column_stack([outcome, columns]))
    assert explained_by_subset(matrix)[-1] == pytest.approx(fitted.rsquared)
    assert matrix == pytest.approx(np.corrcoef(np.column_stack([outcome, columns]).T))


def test_a_driver_told_twice_shares_its_part_and_a_constant_has_none() -> None:
    outcome, columns = people(200, [1, 0.5])
    twice = np.column_stack([outcome, columns, columns[:, 0], np.full(200, 7.0)])
    once = lmg(correlations(twice[:, :3]))

    parts = lmg(correlations(twice))

    assert parts[0] == pytest.approx(parts[2])
    assert parts[3] == 0
    assert parts.sum() == pytest.approx(once.sum())


def test_many_matrices_at_once_are_the_same_as_each_alone() -> None:
    several = np.stack([correlated(seed, 3) for seed in range(4)])

    for parts in (lmg, relative_weights):
        assert parts(several) == pytest.approx(np.stack([parts(one) for one in several]))


def test_more_than_ten_drivers_are_weighed_relatively() -> None:
    ten, eleven = correlated(1, 10), correlated(1, 11)

    assert parts_of_r2(ten) == pytest.approx(lmg(ten))
    assert parts_of_r2(eleven) == pytest.approx(relative_weights(eleven))


def test_counting_a_row_twice_is_having_it_twice() -> None:
    rows = np.column_stack(people(40, [1, 1]))
    counted = correlations(rows, np.array([[2.0] * 20 + [0.0] * 20]))

    assert counted[0] == pytest.approx(np.corrcoef(np.vstack([rows[:20], rows[:20]]).T))


@pytest.mark.parametrize(
    ("n", "tier"),
    [(0, "none"), (99, "none"), (100, "exploratory"), (199, "exploratory"), (200, "full")],
)
def test_complete_cases_decide_what_is_shown(n: int, tier: str) -> None:
    outcome, columns = people(n, [1, 0.2])

    got = drivers(outcome.tolist(), columns.T.tolist(), seeded(1), resamples=40)

    assert got.tier is driver_tier(n) is DriverTier(tier)
    assert len(got.drivers) == (0 if tier == "none" else 2)
    assert (got.r2 is None) == (tier == "none")


def test_exploratory_drivers_keep_their_order_and_have_no_rank() -> None:
    outcome, columns = people(150, [0, 0, 2])

    got = drivers(outcome.tolist(), columns.T.tolist(), seeded(1), resamples=100)

    assert [driver.column for driver in got.drivers] == [0, 1, 2]
    assert {driver.rank for driver in got.drivers} == {None}
    assert got.method == "lmg"
    assert sum(driver.share for driver in got.drivers) == pytest.approx(1)
    for driver in got.drivers:
        assert 0 <= driver.low <= driver.share <= driver.high <= 1


def test_a_rank_is_given_only_to_a_driver_that_differs_from_every_other() -> None:
    outcome, columns = people(2000, [0.3, 3, 0.3])

    got = drivers(outcome.tolist(), columns.T.tolist(), seeded(1), resamples=200)

    assert got.drivers[0].column == 1
    assert [driver.rank for driver in got.drivers] == [1, None, None]


def test_the_same_seed_gives_the_same_intervals() -> None:
    outcome, columns = people(220, [1, 0.4])

    first, again = (
        drivers(outcome.tolist(), columns.T.tolist(), seeded(7), resamples=50) for _ in range(2)
    )
    assert first == again


def test_an_outcome_that_does_not_vary_has_nothing_to_share() -> None:
    _, columns = people(250, [1, 1])

    got = drivers([5.0] * 250, columns.T.tolist(), seeded(1), resamples=20)

    assert (got.r2, got.drivers) == (0, ())
    assert drivers([5.0] * 250, [], seeded(1)).tier is DriverTier.NONE


def test_eleven_drivers_are_told_by_relative_weights() -> None:
    outcome, columns = people(220, [1.0] * 11)

    got = drivers(outcome.tolist(), columns.T.tolist(), seeded(1), resamples=20)

    assert (got.method, len(got.drivers)) == ("relative_weights", 11)


def test_resamples_come_a_few_at_a_time_and_all_of_them() -> None:
    seen: list[int] = []

    def sizes(weights: Floats) -> Floats:
        seen.append(len(weights))
        return np.asarray(weights.sum(axis=1, keepdims=True), dtype=float)

    drawn = resampled(900_000, 5, seeded(1), sizes)

    assert seen == [2, 2, 1]
    assert drawn.tolist() == [[900_000.0]] * 5


def bands(n: int, seed: int) -> list[list[int]]:
    chance = seeded(seed)
    return [chance.choice([-1, 0, 1], size=n, p=[0.3, 0.4, 0.3]).tolist() for _ in range(2)]


def test_penalty_and_reward_are_a_regression_with_hc3_errors() -> None:
    rated = bands(500, 3)
    outcome = [-2.0 * (a == -1) + 0.5 * (a == 1) + 0.3 * b for a, b in zip(*rated, strict=True)]
    outcome = (np.array(outcome) + seeded(4).normal(size=500)).tolist()
    dummies = np.column_stack([np.array(r) == side for r in rated for side in (-1, 1)]).astype(
        float
    )
    fitted = sm.OLS(outcome, sm.add_constant(dummies)).fit(cov_type="HC3")

    first, second = asymmetries(outcome, rated)

    assert [first.penalty, first.reward] == pytest.approx(fitted.params[1:3])
    assert first.p == pytest.approx(float(fitted.t_test([0, 1, 1, 0, 0]).pvalue))
    assert second.p == pytest.approx(float(fitted.t_test([0, 0, 0, 1, 1]).pvalue))
    assert (first.asymmetric, second.asymmetric) == (True, False)


def test_asymmetry_is_not_told_of_fewer_than_400_or_of_small_cells() -> None:
    rated = bands(400, 5)
    outcome = seeded(6).normal(size=400).tolist()
    few_low = [-1] * 29 + [0] * 200 + [1] * 171
    no_middle = [-1] * 200 + [1] * 200

    assert asymmetries(outcome[:399], [r[:399] for r in rated]) == ()
    assert [a.column for a in asymmetries(outcome, [few_low, rated[0], no_middle])] == [1]
    assert asymmetries(outcome, [few_low]) == ()
    assert asymmetries(outcome, []) == ()


def test_an_outcome_explained_in_full_shows_symmetry_only_where_there_is_none() -> None:
    rated = bands(400, 7)[:1]

    (symmetric,) = asymmetries([float(r) for r in rated[0]], rated)

    assert [symmetric.penalty, symmetric.reward] == pytest.approx([-1, 1])


def test_the_impact_of_a_reason_is_the_score_less_that_of_those_who_did_not_name_it() -> None:
    values = [-100.0] * 30 + [100.0] * 60 + [0.0] * 10
    named = [{"late"}] * 30 + [set[str]()] * 61 + [{"rude"}] * 5 + [{"odd"}] * 4

    got = impacts(range(100), values, named, seeded(1), resamples=200)

    assert [(r.reason, r.cited) for r in got] == [("late", 30), ("rude", 5)]  # odd: fewer than 5
    late, rude = got
    assert late.impact == pytest.approx(30 - 100 * 60 / 70)
    assert late.low is not None
    assert late.high is not None
    assert late.low < (late.impact or 0) < late.high < 0
    assert (rude.impact, rude.low, rude.high) == (None, None, None)


def test_a_reason_is_counted_by_customers_and_resampled_by_them() -> None:
    customers = [f"c{n % 20}" for n in range(100)]
    got = impacts(customers, [0.0] * 100, [{"late"}] * 100, seeded(1), resamples=20)

    assert [(r.cited, r.impact) for r in got] == [(20, None)]


def test_a_reason_that_everybody_names_has_no_impact() -> None:
    got = impacts(range(40), [1.0] * 40, [{"late"}] * 40, seeded(1), resamples=20)

    assert [(r.cited, r.impact) for r in got] == [(40, None)]


def test_no_answers_name_no_reasons() -> None:
    assert impacts([], [], [], seeded(1)) == ()
    assert impacts([1, 2], [0.0, 1.0], [set(), set()], seeded(1), resamples=5) == ()


def around(value: float, half: float) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, method="test")


def test_a_point_stands_in_a_quarter_only_if_its_interval_meets_no_line() -> None:
    points = [
        (around(90, 5), around(60, 5)),
        (around(20, 5), around(50, 5)),
        (around(80, 5), around(10, 5)),
        (around(10, 5), around(12, 5)),
        (around(49, 5), around(70, 5)),
        (around(90, 5), around(36, 5)),
    ]

    got = quadrant(points)

    assert (got.performance, got.importance) == (64.5, 43)
    assert got.boxes == (
        Box.CORE,
        Box.IMPROVE,
        Box.MAINTAIN,
        Box.MINOR,
        Box.IMPROVE,
        Box.MAINTAIN,
    )
    wider = [(around(x.value, 30), y) for x, y in points]
    assert quadrant(wider).boxes[0] is Box.UNDECIDED
    assert quadrant([]).boxes == ()


def test_the_point_in_the_middle_is_always_undecided() -> None:
    got = quadrant([(around(v, 0), around(v, 0)) for v in (1, 2, 3)])

    assert got.boxes == (Box.MINOR, Box.UNDECIDED, Box.CORE)
