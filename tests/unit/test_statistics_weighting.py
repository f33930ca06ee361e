"""Weights on request, what the silent could change, answers needed, and what is no answer."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.weightstats import DescrStatsW

from surveys.statistics.conventions import answer_on, nps_points, nps_tally
from surveys.statistics.planning import (
    USUAL_NPS_VARIANCE,
    answers_for_means,
    answers_for_means_by_t,
    answers_for_shares,
    shares_variance,
    whole,
)
from surveys.statistics.response import PERCENT_ENDS, nonresponse_bounds, response_rate
from surveys.statistics.weighting import (
    Cell,
    cell_weights,
    fixed_mix,
    poststratified_mean,
    weighted_mean,
    weighted_nps,
    weighted_score,
)

WEIGHED = st.lists(st.tuples(st.integers(-1, 1), st.floats(0.1, 10)), min_size=2, max_size=40)


@settings(deadline=None)
@given(WEIGHED)
def test_a_weighted_mean_is_that_of_statsmodels_with_the_error_of_r_survey(
    answers: list[tuple[int, float]],
) -> None:
    values, weights = [v for v, _ in answers], [w for _, w in answers]
    got = weighted_mean(values, weights)

    assert got is not None
    assert got.se is not None
    assert got.value == pytest.approx(DescrStatsW(values, weights=weights).mean)
    spread = sum((w * (v - got.value)) ** 2 for v, w in answers)
    n = len(answers)
    assert got.se == pytest.approx(math.sqrt(n / (n - 1) * spread) / sum(weights))
    assert 1 - 1e-9 <= got.n_eff <= n + 1e-9


def test_even_weights_change_nothing() -> None:
    got = weighted_mean([1, 1, 0, -1], [3, 3, 3, 3])

    assert got is not None
    assert [got.value, got.n_eff] == pytest.approx([0.25, 4])


def test_no_answers_and_no_weight_have_no_mean_and_one_answer_no_interval() -> None:
    assert weighted_mean([], []) is None
    assert weighted_mean([1], [0]) is None
    one = weighted_mean([1], [2])

    assert one is not None
    assert (one.value, one.se, one.span()) == (1, None, None)
    assert weighted_nps([1], [2]) is None
    assert weighted_nps([], []) is None
    assert weighted_score([5], [2], (1, 5)) is None


def test_weighted_scores_are_shown_in_their_unit_inside_their_scale() -> None:
    points = weighted_nps([1, 1, 1, 0], [1, 1, 1, 0.01])
    stars = weighted_score([5, 5, 5, 4], [1, 1, 1, 1], (1, 5))

    assert points is not None
    assert stars is not None
    assert (points.high, points.method) == (100, "weighted_wald")
    assert points.value == pytest.approx(100 * 3 / 3.01)
    assert (stars.value, stars.high) == (4.75, 5)


def test_each_answer_stands_for_as_many_as_were_invited_in_its_cell() -> None:
    got = cell_weights(
        {("pay", "web"): 100, ("pay", "chat"): 300}, {("pay", "web"): 10, ("pay", "chat"): 20}
    )

    assert got.of == {("pay", "web"): 10, ("pay", "chat"): 15}
    assert (got.collapsed, got.trimmed) == (frozenset(), frozenset())


def test_cells_of_few_answers_share_a_weight_with_the_next_smallest_until_five_answered() -> None:
    invited: dict[Cell, int] = {("a",): 80, ("b",): 20, ("c",): 30, ("d",): 100, ("e",): 0}
    answered: dict[Cell, int] = {("b",): 2, ("c",): 6, ("d",): 20}

    got = cell_weights(invited, answered)

    assert got.collapsed == {("a",), ("b",), ("c",)}  # 0, 2 and 6 answers; nobody was invited in e
    assert got.of == {("b",): 130 / 8, ("c",): 130 / 8, ("d",): 5}
    assert sum(got.of[cell] * n for cell, n in answered.items()) == pytest.approx(230)


def test_small_cells_that_have_five_answers_between_them_take_no_other() -> None:
    got = cell_weights({("a",): 30, ("b",): 20, ("c",): 60}, {("a",): 2, ("b",): 3, ("c",): 6})

    assert got.collapsed == {("a",), ("b",)}
    assert got.of == {("a",): 10, ("b",): 10, ("c",): 10}


def test_no_weight_is_more_than_five_times_the_middle_one() -> None:
    got = cell_weights({("a",): 100, ("b",): 1000}, {("a",): 50, ("b",): 10})

    assert got.of == {("a",): 2, ("b",): 10}
    assert got.trimmed == {("b",)}


def test_nobody_answering_leaves_no_weights() -> None:
    got = cell_weights({("a",): 100}, {})

    assert not got.of
    assert got.collapsed == {("a",)}


def test_strata_count_by_their_people() -> None:
    got = poststratified_mean([1, -1, 1, 1], ["web", "web", "chat", "chat"], {"web": 1, "chat": 3})

    assert got is not None
    assert got.value == pytest.approx(0.75)
    assert got.se == pytest.approx(0.25 * math.sqrt(2 / 3))
    assert poststratified_mean([], [], {"web": 1}) is None
    with pytest.raises(KeyError):
        poststratified_mean([1], ["phone"], {"web": 1})


def test_a_fixed_mix_keeps_a_trend_from_bending_with_the_channels() -> None:
    got = fixed_mix({"web": (0.2, 0.6, 30), "chat": (0.6, 0.4, 10)}, {"web": 3, "chat": 1})

    assert got is not None
    assert got.value == pytest.approx(0.3)
    assert got.se == pytest.approx(math.sqrt(0.75**2 * 0.6 / 30 + 0.25**2 * 0.4 / 10))
    assert got.n_eff == pytest.approx(40)
    assert fixed_mix({"web": (0.2, 0.6, 30)}, {"web": 3, "chat": 1}) is None
    assert fixed_mix({"web": (0.2, 0.6, 30)}, {"web": 3, "chat": 0}) is not None
    assert fixed_mix({}, {}) is None


def test_silence_leaves_a_score_open() -> None:
    bounds = nonresponse_bounds(-9, 0.17)
    percent = nonresponse_bounds(80, 0.25, PERCENT_ENDS)

    assert [bounds.low, bounds.high] == pytest.approx([-1.53 - 83, -1.53 + 83])
    assert [percent.low, percent.high] == pytest.approx([20, 95])
    assert response_rate(17, 100) == 0.17
    assert response_rate(0, 0) is None


def test_answers_needed_are_those_of_statsmodels() -> None:
    for points in (50, 30, 20, 10):
        effect = points / 100 / math.sqrt(USUAL_NPS_VARIANCE)

        assert answers_for_means(USUAL_NPS_VARIANCE, points / 100) == pytest.approx(
            NormalIndPower().solve_power(effect, power=0.8, alpha=0.05), rel=1e-4
        )
        assert answers_for_means_by_t(USUAL_NPS_VARIANCE, points / 100) == pytest.approx(
            TTestIndPower().solve_power(effect, power=0.8, alpha=0.05), rel=1e-4
        )


def test_answers_needed_are_the_published_ones() -> None:
    by_z = [answers_for_means(USUAL_NPS_VARIANCE, d / 100) for d in (50, 30, 20, 10)]
    by_t = [answers_for_means_by_t(USUAL_NPS_VARIANCE, d / 100) for d in (50, 30, 20, 10)]

    assert [whole(n) for n in by_z if n] == [40, 110, 247, 986]
    assert [whole(n) for n in by_t if n] == [41, 111, 248, 986]
    assert whole(answers_for_shares(0.8, 0.7) or 0) == 294
    assert whole(answers_for_means_by_t(1.5**2, 0.5) or 0) == 143
    assert shares_variance(0.25, 0.35, 0.4) == pytest.approx(USUAL_NPS_VARIANCE)


def test_no_difference_needs_no_number_and_one_seen_at_once_two_a_side() -> None:
    assert answers_for_means(0.6, 0) is None
    assert answers_for_means_by_t(0.6, 0) is None
    assert answers_for_shares(0.5, 0.5) is None
    assert answers_for_means_by_t(0, 0.5) == 0
    assert answers_for_means_by_t(0.0001, 1) == 2


@pytest.mark.parametrize("value", [None, "", "skip", "07", " 7", 8.5, -1, 11, True, math.nan, [7]])
def test_what_is_no_whole_number_of_the_scale_is_no_answer(value: object) -> None:
    assert answer_on(range(11), value) is None


def test_whole_numbers_of_the_scale_are_answers_however_written() -> None:
    assert [answer_on(range(11), value) for value in (0, 9.0, "10", np.int64(3).item())] == [
        0,
        9,
        10,
        3,
    ]
    assert answer_on(range(1, 6), 0) is None


def test_bands_leave_no_score_out() -> None:
    tally = nps_tally([*range(11), None])

    assert (tally.detractors, tally.passives, tally.promoters) == (7, 2, 2)
    assert (tally.n, tally.excluded) == (11, 1)
    assert [nps_points(score) for score in range(11)] == [-1] * 7 + [0] * 2 + [1] * 2
