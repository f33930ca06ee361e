"""Two groups, and one of many: differences, tests, corrections, and when a word is allowed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from surveys.statistics.comparing import (
    Comparison,
    Verdict,
    compare_means,
    compare_nps,
    compare_shares,
    others,
)
from surveys.statistics.multiplicity import benjamini_hochberg, holm
from surveys.statistics.two_samples import (
    fisher_p,
    newcombe_span,
    pooled_z,
    shares_p,
    wald_nps_difference,
    welch_difference,
)

HITS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SEVEN = st.lists(st.integers(0, 12), min_size=7, max_size=7)
BANDS = st.tuples(*[st.integers(0, 40)] * 3)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def compared(comparison: Comparison | None) -> Comparison:
    assert comparison is not None
    return comparison


def test_net_promoter_scores_differ_by_their_plain_points_and_an_adjusted_interval() -> None:
    got = compared(compare_nps((2, 2, 6), (4, 5, 1)))

    # By hand: (6.75-2.75)/13 and (1.75-4.75)/13; variances 9.5/13-(4/13)^2 and 6.5/13-(3/13)^2.
    se = ((9.5 / 13 - (4 / 13) ** 2 + 6.5 / 13 - (3 / 13) ** 2) / 13) ** 0.5
    assert got.difference == pytest.approx(70)
    assert [got.low, got.high] == pytest.approx(
        [100 * (7 / 13 - 1.959963985 * se), 100 * (7 / 13 + 1.959963985 * se)]
    )
    assert got.p == pytest.approx(2 * stats.norm.sf(7 / 13 / se))
    assert (got.method, got.test, got.n) == ("adjusted_wald_3", "adjusted_z", (10, 10))


@settings(deadline=None)
@given(BANDS, BANDS)
def test_turning_the_groups_round_turns_the_difference_round(
    a: tuple[int, int, int], b: tuple[int, int, int]
) -> None:
    there, back = compare_nps(a, b), compare_nps(b, a)

    if there is None or back is None:
        assert there is back is None
        assert not (sum(a) and sum(b))
        return
    assert there.difference == pytest.approx(-back.difference)
    assert there.low == pytest.approx(-(back.high or 0))
    assert there.p == pytest.approx(back.p)
    assert (there.low or 0) >= -200


def test_a_wald_difference_of_nobody_is_none_and_its_p_is_unknown_without_spread() -> None:
    assert wald_nps_difference((0, 0, 0), (1, 2, 3)) is None
    same = wald_nps_difference((0, 0, 4), (0, 0, 7))

    assert same is not None
    assert (same.value, same.se, same.statistic, same.p) == (0, 0, None, None)


@settings(deadline=None)
@given(HITS, HITS)
def test_the_interval_of_two_shares_is_newcombes(a: tuple[int, int], b: tuple[int, int]) -> None:
    span = newcombe_span((a[0], b[0]), (a[1], b[1]))

    theirs = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    assert [span.low, span.high] == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None)
@given(HITS, HITS)
def test_fishers_p_is_scipys(a: tuple[int, int], b: tuple[int, int]) -> None:
    table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]

    theirs = stats.fisher_exact(table).pvalue
    assert fisher_p((a[0], b[0]), (a[1], b[1])) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("hits", "n", "p"),
    [  # R 4.2.2 fisher.test, but for the last two: worked by hand
        ((500_100, 499_900), (10**6, 10**6), 0.778381770351662),
        ((700_300, 699_000), (10**6, 10**6), 0.0450985896473187),
        ((12, 3), (13, 28), 6.77352342643311e-07),
        ((3, 0), (10**12, 10**12), 0.25),
        ((10**12, 5), (10**12, 10**12), 0.0),
    ],
)
def test_fishers_p_of_millions_is_exact_and_takes_no_room(
    hits: tuple[int, int], n: tuple[int, int], p: float
) -> None:
    assert fisher_p(hits, n) == pytest.approx(p, rel=1e-9)


def test_shares_are_tested_by_pooled_z_unless_an_expected_count_is_below_five() -> None:
    z, p = proportions_ztest([40, 55], [60, 70])

    assert pooled_z((40, 55), (60, 70)) == pytest.approx(z)
    assert shares_p((40, 55), (60, 70))[0] == pytest.approx(p)
    assert shares_p((4, 9), (10, 10))[1] == "fisher_exact"  # 3.5 expected misses a side
    assert shares_p((5, 5), (10, 10))[1] == "pooled_z"  # 5 is not below 5
    assert shares_p((0, 0), (300, 9)) == (1, "fisher_exact")
    assert pooled_z((3, 4), (3, 4)) is None


def test_shares_differ_in_percent_points() -> None:
    got = compared(compare_shares((24, 12), (30, 24)))

    assert got.difference == pytest.approx(30)
    assert got.low == pytest.approx(4.7, abs=0.3)
    assert (got.method, got.test) == ("newcombe", "pooled_z")
    assert compare_shares((0, 3), (0, 4)) is None


@settings(deadline=None)
@given(SEVEN, SEVEN)
def test_means_are_tested_by_welch(a: list[int], b: list[int]) -> None:
    got = welch_difference(a, b, 1)
    if got is None:
        varies = sum(x > 0 for x in a) > 1 or sum(x > 0 for x in b) > 1
        assert min(sum(a), sum(b)) < 2 or not varies
        return
    first, second = (np.repeat(np.arange(1, 8), counts) for counts in (a, b))
    theirs = stats.ttest_ind(first, second, equal_var=False)
    low, high = CompareMeans(DescrStatsW(first), DescrStatsW(second)).tconfint_diff(
        usevar="unequal"
    )

    assert [got.statistic, got.p, got.df] == pytest.approx(
        [theirs.statistic, theirs.pvalue, theirs.df], abs=1e-9
    )
    assert [got.span.low, got.span.high] == pytest.approx([low, high], abs=1e-9)


def test_means_that_do_not_vary_differ_without_interval_and_without_a_word() -> None:
    got = compared(compare_means([0] * 6 + [20], [0] * 5 + [20, 0], 1))

    assert (got.difference, got.low, got.high, got.p) == (1, None, None, None)
    assert not got.speaks
    assert got.verdict(0.001) is None
    assert compare_means([0] * 7, [1] * 7, 1) is None


def test_means_differ_in_points_of_the_scale() -> None:
    got = compared(compare_means([1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1], 1))

    assert got.difference == pytest.approx(2)
    assert got.low is not None
    assert got.high is not None
    assert got.low < 2 < got.high


def test_fewer_than_ten_on_either_side_get_an_interval_and_no_word() -> None:
    nine, ten = (
        compared(compare_nps((0, 0, 9), (90, 0, 0))),
        compared(compare_nps((0, 0, 10), (90, 0, 0))),
    )

    assert nine.low is not None
    assert nine.verdict(nine.p) is None
    assert ten.verdict(ten.p) is Verdict.BETTER


def test_a_word_rests_on_the_corrected_p() -> None:
    got = compared(compare_nps((20, 5, 5), (10, 10, 10)))

    assert got.p is not None
    assert got.verdict(0.0499) is Verdict.WORSE
    assert got.verdict(0.05) is Verdict.SAME
    assert got.verdict(None) is None


def test_each_stage_is_compared_with_all_the_others_together() -> None:
    assert others([[1, 2, 3], [10, 0, 0], [5, 5, 5]]) == ((15, 5, 5), (6, 7, 8), (11, 2, 3))
    assert others([[1, 2]]) == ((0, 0),)
    assert others([]) == ()


@settings(max_examples=10, deadline=None)  # statsmodels takes 50 ms for one
@given(P_VALUES)
def test_corrected_p_values_are_those_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(tuple(multipletests(p_values, method="holm")[1]))
    assert benjamini_hochberg(p_values) == pytest.approx(
        tuple(multipletests(p_values, method="fdr_bh")[1])
    )


def test_what_was_not_compared_counts_for_nothing_and_keeps_its_place() -> None:
    assert holm([None, 0.02, None, 0.03]) == (None, 0.04, None, 0.04)
    assert benjamini_hochberg([None, 0.02, None, 0.03]) == (None, 0.03, None, 0.03)
    assert holm([]) == ()
