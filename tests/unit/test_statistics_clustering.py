"""Answers of the same customers: the linearised variance, its design effect, the intervals made of it."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveys.statistics.clustering import (
    Dependence,
    clustered_difference,
    clustered_mean,
    clustered_nps,
    clustered_share,
    dependence,
)
from surveys.statistics.intervals import mean, nps, share

ANSWERS = st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 1)), min_size=2, max_size=60)


def known(found: Dependence | None) -> Dependence:
    assert found is not None
    return found


def found_in(answers: list[tuple[int, int]]) -> Dependence | None:
    return dependence([who for who, _ in answers], [value for _, value in answers])


def test_one_customer_says_nothing_about_the_spread_between_customers() -> None:
    assert dependence(["a", "a", "a"], [1, 0, -1]) is None
    assert dependence([], []) is None


def test_answers_of_different_customers_are_independent() -> None:
    found = known(dependence(list("abcdefghij"), [1, 1, 1, 0, 0, -1, -1, 1, -1, 1]))

    assert (found.deff, found.n_eff, found.df) == (1, 10, 9)
    assert found.se == pytest.approx(found.se_independent)
    assert found.se == pytest.approx(0.290593262902712)  # R survey 4.1.1


def test_customers_who_repeat_themselves_count_once() -> None:
    found = known(dependence([1, 1, 2, 2, 3, 3, 4, 4], [1, 1, -1, -1, 1, 1, 0, 0]))

    assert found.deff == pytest.approx(7 / 3)
    assert found.n_eff == pytest.approx(8 * 3 / 7)


def test_answers_that_are_all_the_same_show_no_design_effect() -> None:
    found = known(dependence([1, 1, 2, 3], [1, 1, 1, 1]))

    assert (found.se, found.se_independent, found.deff) == (0, 0, 1)


@settings(deadline=None)
@given(ANSWERS)
def test_the_variance_is_that_of_a_regression_on_nothing_clustered_by_customer(
    answers: list[tuple[int, int]],
) -> None:
    found = found_in(answers)
    if found is None:
        assert len({who for who, _ in answers}) == 1
        return
    groups = [who for who, _ in answers]
    values = [value for _, value in answers]
    fitted = sm.OLS(values, [1.0] * len(values)).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )

    # statsmodels multiplies by (n-1)/(n-1) beside G/(G-1): the same.
    assert found.se == pytest.approx(float(fitted.bse[0]), abs=1e-9)
    assert 0 < found.n_eff <= found.n


@settings(deadline=None)
@given(ANSWERS)
def test_the_clustered_interval_is_never_narrower_than_the_plain_one(
    answers: list[tuple[int, int]],
) -> None:
    found = found_in(answers)
    if found is None or found.customers < 8:
        return
    down, same, up = (sum(value == wanted for _, value in answers) for wanted in (-1, 0, 1))
    clustered, plain = clustered_nps(down, same, up, found), nps(down, same, up)

    assert clustered is not None
    assert plain is not None
    assert clustered.value == plain.value
    assert -100 <= clustered.low <= clustered.high <= 100
    assert clustered.low <= plain.low + 1e-9 or clustered.low == -100
    assert clustered.high >= plain.high - 1e-9 or clustered.high == 100


def test_fewer_than_eight_customers_get_no_interval() -> None:
    seven = Dependence(n=30, customers=7, se=0.2, se_independent=0.15, deff=1.8)
    eight = Dependence(n=30, customers=8, se=0.2, se_independent=0.15, deff=1.8)

    assert clustered_nps(10, 10, 10, seven) is None
    assert clustered_share(20, 30, seven) is None
    assert clustered_mean([5, 5, 5, 5, 10], 1, seven) is None
    assert clustered_nps(10, 10, 10, eight) is not None


def test_no_answers_have_no_clustered_score() -> None:
    found = Dependence(n=30, customers=30, se=0.2, se_independent=0.15, deff=1.8)

    assert clustered_nps(0, 0, 0, found) is None
    assert clustered_share(0, 0, found) is None
    assert clustered_mean([0] * 5, 1, found) is None


def test_a_design_effect_of_two_makes_a_share_as_wide_as_half_the_answers_do() -> None:
    found = Dependence(n=2000, customers=1000, se=0.1, se_independent=0.07, deff=2)
    clustered, half = clustered_share(1600, 2000, found), share(800, 1000)

    assert clustered is not None
    assert half is not None
    assert (clustered.value, clustered.method) == (80, "wilson_clustered")
    assert clustered.half_width == pytest.approx(half.half_width, rel=2e-3)


def test_a_design_effect_of_two_makes_a_mean_as_wide_as_half_the_answers_do() -> None:
    found = Dependence(n=2000, customers=1000, se=0.1, se_independent=0.07, deff=2)
    clustered, half = clustered_mean([200, 400, 1400], 1, found), mean([100, 200, 700], 1)

    assert clustered is not None
    assert half is not None
    assert clustered.half_width == pytest.approx(half.half_width, rel=2e-3)


def test_a_clustered_mean_is_the_plain_mean_inside_the_scale() -> None:
    found = Dependence(n=20, customers=10, se=0.1, se_independent=0.07, deff=2)
    got = clustered_mean([0, 0, 0, 0, 0, 1, 19], 1, found)

    assert got is not None
    assert got.value == pytest.approx(139 / 20)
    assert got.high == 7
    assert got.method == "uniform_3_clustered"


def test_the_same_people_twice_are_compared_by_the_paired_t_interval() -> None:
    before, after = [3, 5, 4, 1, 2, 5, 4, 4, 3], [4, 5, 5, 3, 2, 4, 5, 5, 4]
    people = list("abcdefghi")

    got = clustered_difference((people, after), (people, before))

    paired = stats.ttest_rel(after, before)
    limits = paired.confidence_interval()
    assert got is not None
    assert got.customers == 9
    assert [got.value, got.p] == pytest.approx([6 / 9, paired.pvalue])
    assert [got.span.low, got.span.high] == pytest.approx([limits.low, limits.high])


def test_different_people_are_compared_as_two_independent_groups() -> None:
    first, second = [1, 2, 3, 4, 5, 5], [1, 1, 2, 3]
    got = clustered_difference((list("abcdef"), first), (list("ghij"), second))

    assert got is not None
    spread = np.var(first) / 6 + np.var(second) / 4
    assert got.se == pytest.approx((10 / 9 * spread) ** 0.5)


def test_a_comparison_of_the_same_people_needs_eight_of_them_and_both_sides() -> None:
    seven, eight = list("abcdefg"), list("abcdefgh")

    assert clustered_difference((seven, [1] * 7), (seven, [2] * 7)) is None
    assert clustered_difference((eight, [1] * 8), ([], [])) is None


def test_people_who_all_changed_alike_leave_no_doubt_and_unchanged_ones_no_p() -> None:
    eight = list("abcdefgh")
    moved = clustered_difference((eight, [3] * 8), (eight, [2] * 8))
    still = clustered_difference((eight, [3] * 8), (eight, [3] * 8))

    assert moved is not None
    assert still is not None
    assert (moved.value, moved.se, moved.p) == (1, 0, 0)
    assert (still.value, still.se, still.p) == (0, 0, None)
