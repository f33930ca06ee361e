"""Quantiles and p-values against scipy, seeded chance."""

import numpy as np
import pytest
from scipy import stats

from surveys.statistics.distributions import beta_quantile, critical_t, power_of_t, t_two_sided_p
from surveys.statistics.normal import critical_z, normal_quantile, p_of, two_sided_p
from surveys.statistics.resampling import percentile_span, seeded


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_critical_values_are_scipys(confidence: float) -> None:
    upper = (1 + confidence) / 2

    assert critical_z(confidence) == pytest.approx(stats.norm.ppf(upper), rel=1e-12)
    assert normal_quantile(upper) == pytest.approx(stats.norm.ppf(upper), rel=1e-12)
    for df in (1, 3.7, 29, 5000):
        assert critical_t(confidence, df) == pytest.approx(stats.t.ppf(upper, df), rel=1e-9)


def test_p_values_are_scipys_far_into_the_tail() -> None:
    for z in (-40, -3.1, 0, 0.2, 8):
        assert two_sided_p(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)
        assert t_two_sided_p(z, 12.5) == pytest.approx(2 * stats.t.sf(abs(z), 12.5), rel=1e-9)


def test_a_difference_without_spread_is_certain_and_none_without_spread_is_unknown() -> None:
    assert p_of(0.4, 0) == 0
    assert p_of(0, 0) is None
    assert p_of(0.196, 0.1) == pytest.approx(0.04999579, abs=1e-8)


def test_a_quantile_of_a_share_is_the_betas() -> None:
    assert beta_quantile(0.8, 30.5, 170.5) == pytest.approx(stats.beta.ppf(0.8, 30.5, 170.5))


def test_the_power_of_a_t_test_is_that_of_the_noncentral_distribution() -> None:
    power = power_of_t(2.8, 60, 0.05)

    assert power == pytest.approx(stats.nct.sf(stats.t.ppf(0.975, 60), 60, 2.8), rel=1e-9)


def test_the_same_seed_gives_the_same_resamples() -> None:
    first, second = (seeded([20261122, 7]).random(4).tolist() for _ in range(2))

    assert first == second
    span = percentile_span(np.arange(0.0, 101.0), 0.9)
    assert [span.low, span.high] == pytest.approx([5, 95])
