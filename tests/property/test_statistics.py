"""What holds of the statistics whatever the counts: mirrors, orders, sums, and what must change nothing."""

from math import isclose
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.statistics import Estimate, mean, nps, share
from surveys.statistics.clustering import dependence
from surveys.statistics.cusum import design, run_length
from surveys.statistics.importance import correlations, lmg
from surveys.statistics.multiplicity import benjamini_hochberg, holm
from surveys.statistics.planning import (
    answers_for_means,
    answers_for_means_by_t,
    answers_for_shares,
)
from surveys.statistics.response import nonresponse_bounds
from surveys.statistics.suppression import attacker_bounds, hide_line
from surveys.statistics.tango import nps_tango
from surveys.statistics.two_samples import (
    adjusted_nps_difference,
    fisher_p,
    newcombe_span,
    welch_difference,
)
from surveys.statistics.weighting import poststratified_mean, weighted_mean

FEW = settings(max_examples=60, deadline=None)
COUNT = st.one_of(st.integers(0, 30), st.integers(0, 10**9))
BANDS = st.tuples(COUNT, COUNT, COUNT).filter(sum)
HITS = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SEVEN = st.lists(st.integers(0, 50), min_size=7, max_size=7).filter(lambda counts: sum(counts) > 1)
CONFIDENCE = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
P_VALUES = st.lists(st.floats(0, 1), max_size=12)
SEEDS = st.integers(0, 10**6)


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


@FEW
@given(BANDS, CONFIDENCE)
def test_a_score_mirrors_where_promoters_and_detractors_change_places(
    bands: tuple[int, int, int], confidence: float
) -> None:
    for interval in (nps, nps_tango):
        there = known(interval(*bands, confidence=confidence))
        back = known(interval(*bands[::-1], confidence=confidence))

        assert [there.value, there.low, there.high] == pytest.approx(
            [-back.value, -back.high, -back.low], abs=1e-6
        )
        assert -100 <= there.low <= there.high <= 100


@FEW
@given(BANDS, st.integers(2, 50))
def test_the_same_shares_of_more_answers_are_surer(bands: tuple[int, int, int], times: int) -> None:
    down, same, up = bands
    for interval in (nps, nps_tango):
        few = known(interval(*bands))
        many = known(interval(times * down, times * same, times * up))

        assert many.half_width <= few.half_width + 1e-9


@FEW
@given(HITS, CONFIDENCE)
def test_a_share_lies_in_its_interval_and_mirrors(hits: tuple[int, int], confidence: float) -> None:
    k, n = hits
    there = known(share(k, n, confidence=confidence))
    back = known(share(n - k, n, confidence=confidence))

    assert 0 <= there.low <= there.value <= there.high <= 100
    assert [there.low, there.high] == pytest.approx([100 - back.high, 100 - back.low], abs=1e-9)


@FEW
@given(SEVEN)
def test_a_mean_mirrors_on_its_scale(counts: list[int]) -> None:
    there, back = known(mean(counts, 1)), known(mean(counts[::-1], 1))

    assert [there.value, there.low, there.high] == pytest.approx(
        [8 - back.value, 8 - back.high, 8 - back.low]
    )


@FEW
@given(HITS, HITS)
def test_two_shares_that_change_places_or_are_counted_by_their_misses_keep_p_and_width(
    a: tuple[int, int], b: tuple[int, int]
) -> None:
    p = fisher_p((a[0], b[0]), (a[1], b[1]))

    assert 0 <= p <= 1
    assert fisher_p((b[0], a[0]), (b[1], a[1])) == pytest.approx(p, abs=1e-9)
    assert fisher_p((a[1] - a[0], b[1] - b[0]), (a[1], b[1])) == pytest.approx(p, abs=1e-9)
    there = newcombe_span((a[0], b[0]), (a[1], b[1]))
    back = newcombe_span((b[0], a[0]), (b[1], a[1]))
    assert [there.low, there.high] == pytest.approx([-back.high, -back.low], abs=1e-12)


@FEW
@given(SEVEN, SEVEN)
def test_welchs_test_does_not_mind_where_a_scale_begins(a: list[int], b: list[int]) -> None:
    one, minus_three = welch_difference(a, b, 1), welch_difference(a, b, -3)

    assert (one is None) == (minus_three is None)
    if one and minus_three:
        assert one.p == pytest.approx(minus_three.p, abs=1e-9)
        assert one.df == pytest.approx(minus_three.df)


@FEW
@given(BANDS)
def test_a_group_does_not_differ_from_itself(bands: tuple[int, int, int]) -> None:
    found = adjusted_nps_difference(bands, bands)

    assert (found.value, found.p) == (0, 1)


@FEW
@given(P_VALUES, SEEDS)
def test_corrected_p_values_keep_their_order_and_their_places(p: list[float], seed: int) -> None:
    strict, loose = holm(p), benjamini_hochberg(p)
    order = list(range(len(p)))
    Random(seed).shuffle(order)  # noqa: S311 cases of a test

    for place, raw in enumerate(p):
        high, low = strict[place], loose[place]
        assert high is not None
        assert low is not None
        assert raw <= low + 1e-12 <= high + 2e-12 <= 1 + 3e-12
    assert holm([p[place] for place in order]) == tuple(strict[place] for place in order)


@FEW
@given(SEEDS, st.integers(2, 6))
def test_parts_of_r2_follow_their_drivers_and_forget_units_and_signs(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    rows = chance.normal(size=(40, count + 1)) @ chance.normal(size=(count + 1, count + 1))
    order = chance.permutation(count)
    turned = rows[:, [0, *(1 + order)]] * chance.choice([-3.0, 0.5], size=count + 1) + 7

    parts = lmg(correlations(rows))

    assert lmg(correlations(turned)) == pytest.approx(parts[order], abs=1e-9)
    assert (parts >= -1e-9).all()
    assert parts.sum() <= 1 + 1e-9


@FEW
@given(SEEDS, st.integers(2, 40), st.floats(0.01, 1000))
def test_weights_count_by_their_proportions_and_equal_ones_not_at_all(
    seed: int, n: int, factor: float
) -> None:
    chance = Random(seed)  # noqa: S311 cases of a test
    values = [chance.choice([-1, 0, 1]) for _ in range(n)]
    weights = [chance.choice([0.5, 1, 3]) for _ in range(n)]
    found = weighted_mean(values, weights)
    scaled = weighted_mean(values, [factor * weight for weight in weights])
    even = weighted_mean(values, [factor] * n)

    assert found
    assert scaled
    assert even
    assert [scaled.value, scaled.se, scaled.n_eff] == pytest.approx(
        [found.value, found.se, found.n_eff]
    )
    assert [even.value, even.n_eff] == pytest.approx([sum(values) / n, n])


@FEW
@given(SEEDS, st.integers(2, 40))
def test_strata_answered_in_proportion_change_no_score(seed: int, n: int) -> None:
    chance = Random(seed)  # noqa: S311 cases of a test
    values = [chance.choice([-1, 0, 1]) for _ in range(n)]
    strata = [chance.choice("abc") for _ in range(n)]
    found = poststratified_mean(values, strata, {name: 17 * strata.count(name) for name in "abc"})

    assert found
    assert found.value == pytest.approx(sum(values) / n)


@FEW
@given(SEEDS, st.integers(2, 40))
def test_customers_of_one_answer_each_are_independent_and_names_do_not_matter(
    seed: int, n: int
) -> None:
    chance = Random(seed)  # noqa: S311 cases of a test
    values = [chance.choice([-1, 0, 1]) for _ in range(n)]
    alone = dependence(list(range(n)), values)
    customers = [chance.randrange(4) for _ in range(n)]

    assert alone
    assert alone.se == pytest.approx(alone.se_independent)
    assert alone.deff == pytest.approx(1)
    named = dependence([f"c{customer}" for customer in customers], values)
    numbered = dependence(customers, values)
    assert (named and named.se) == (numbered and numbered.se)


@FEW
@given(st.floats(0.02, 0.6), st.integers(1, 20), st.integers(1, 6), st.integers(1, 80))
def test_an_alarm_comes_sooner_for_more_low_answers_and_later_for_a_higher_limit(
    usual: float, plus: int, minus: int, limit: int
) -> None:
    run = run_length(usual, plus, minus, limit)

    assert run * usual >= 1 - 1e-12
    assert run_length(1.5 * usual, plus, minus, limit) <= run * (1 + 1e-12)
    assert run_length(usual, plus, minus, limit + 1) >= run * (1 - 1e-12)
    assert isclose(run_length(usual, 3 * plus, 3 * minus, 3 * limit), run, rel_tol=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.02, 0.6), st.floats(100, 1e7))
def test_a_design_keeps_its_promise_with_the_least_limit(usual: float, between: float) -> None:
    plan = design(usual, between)

    assert plan.between >= between
    assert run_length(usual, plan.plus, plan.minus, plan.limit - 1) < between


@FEW
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(3, 9), st.integers(0, 8))
def test_the_truth_is_always_possible_and_an_empty_stage_hides_nobody(
    counts: list[int], k: int, place: int
) -> None:
    hidden = hide_line(counts, k, total_published=True)
    bounds = attacker_bounds(counts, hidden, total_published=True)
    more = hide_line([*counts[:place], 0, *counts[place:]], k, total_published=True)

    for cell, (least, most) in zip(hidden.cells, bounds, strict=True):
        assert least <= counts[cell]
        assert most is None or counts[cell] <= most >= least + k
    assert more.total == hidden.total
    assert more.cells == tuple(cell + (cell >= min(place, len(counts))) for cell in hidden.cells)


@FEW
@given(st.floats(0.05, 0.95), st.floats(0.02, 1.5), st.floats(0.55, 0.95))
def test_smaller_differences_and_more_power_need_more_answers(
    variance: float, difference: float, power: float
) -> None:
    needed = answers_for_means(variance, difference, power=power)
    by_t = answers_for_means_by_t(variance, difference, power=power)
    finer = answers_for_means(variance, difference / 2, power=power)

    assert needed
    assert by_t
    assert by_t >= min(needed, 2)
    assert finer == pytest.approx(4 * needed)
    assert answers_for_means(variance, -difference, power=power) == needed


@FEW
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_shares_need_as_many_answers_as_their_misses(first: float, second: float) -> None:
    needed = answers_for_shares(first, second)

    if abs(first - second) > 1e-3:
        assert needed == pytest.approx(answers_for_shares(1 - first, 1 - second), rel=1e-6)
        assert needed == answers_for_shares(second, first)


@FEW
@given(st.floats(-100, 100), st.floats(0, 1))
def test_a_score_lies_between_what_the_silent_could_have_made_of_it(
    score: float, rate: float
) -> None:
    span = nonresponse_bounds(score, rate)

    assert span.low - 1e-9 <= rate * score <= span.high + 1e-9
    assert span.low >= -100 - 1e-9
    assert span.high <= 100 + 1e-9
