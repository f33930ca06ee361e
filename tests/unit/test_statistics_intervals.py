"""The strict interval, the controls, and the pieces the default intervals are made of."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from surveys.statistics.intervals import Span, nps, nps_moments, share
from surveys.statistics.normal import critical_z
from surveys.statistics.plain import deviation, mean_t_span, nps_wald_span
from surveys.statistics.roots import crossing
from surveys.statistics.tango import nps_tango, tango_span

BANDS = st.tuples(*[st.integers(0, 60)] * 3).filter(sum)


def test_the_strict_interval_of_nobody_is_none() -> None:
    assert nps_tango(0, 0, 0) is None
    assert nps_wald_span(0, 0, 0) is None


@pytest.mark.parametrize(
    ("bands", "low", "high"),
    [
        ((2, 2, 6), -15.2913044, 75.2615927),  # contingencytables 3.0.1
        ((1, 9, 90), 79.4847929, 93.9808261),
        ((0, 0, 1), -58.6901371, 100.0),
        ((1, 0, 0), -100.0, 58.6901371),
    ],
)
def test_the_strict_interval_is_tangos(
    bands: tuple[int, int, int], low: float, high: float
) -> None:
    got = nps_tango(*bands)

    assert got is not None
    assert got.method == "tango_score"
    assert [got.low, got.high] == pytest.approx([low, high], abs=1e-5)


def test_the_strict_interval_stands_a_thousand_million_detractors() -> None:
    """Against 60 digits of mpmath; one passive among them leaves an error that is all cancellation."""
    span = tango_span(10**9 - 1, 0, 10**9, critical_z(0.95))

    assert [1 + span.low, 1 + span.high] == pytest.approx([1.7652e-10, 8.68292e-9], rel=1e-4)


@settings(deadline=None)
@given(BANDS)
def test_the_strict_interval_holds_the_score_and_mirrors(bands: tuple[int, int, int]) -> None:
    down, same, up = bands
    n = down + same + up
    span, mirrored = (tango_span(a, b, n, critical_z(0.95)) for a, b in ((down, up), (up, down)))

    assert -1 <= span.low <= (up - down) / n <= span.high <= 1
    assert [span.low, span.high] == pytest.approx([-mirrored.high, -mirrored.low], abs=1e-12)


def test_a_million_answers_less_one_are_no_trouble() -> None:
    span = tango_span(999_999, 1, 1_000_000, critical_z(0.95))

    assert -1 < span.low < -0.999998 < span.high < -0.99998


@settings(deadline=None)
@given(BANDS)
def test_more_confidence_is_wider(bands: tuple[int, int, int]) -> None:
    for interval in (nps, nps_tango):
        narrow, wide = (interval(*bands, confidence=c) for c in (0.9, 0.99))

        assert narrow is not None
        assert wide is not None
        assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_a_plain_interval_has_no_width_where_all_agree() -> None:
    assert nps_wald_span(0, 0, 5) == Span(1, 1)
    assert mean_t_span([0, 0, 0, 0, 5], 1) is None
    assert mean_t_span([0, 0, 0, 0, 1], 1) is None
    assert deviation([0, 0, 0, 0, 1], 1) is None
    assert deviation([0, 0, 0, 0, 2], 1) == 0


def test_the_t_interval_is_that_of_statsmodels() -> None:
    counts = [3, 0, 4, 7, 12]
    told = DescrStatsW([1, 2, 3, 4, 5], weights=counts)

    span = mean_t_span(counts, 1, confidence=0.9)

    assert span is not None
    assert [span.low, span.high] == pytest.approx(told.tconfint_mean(alpha=0.1))
    assert deviation(counts, 1) == pytest.approx(told.std_ddof(1))


@settings(deadline=None)
@given(st.integers(1, 400))
def test_a_share_and_what_is_left_of_it_mirror_each_other(n: int) -> None:
    hits = n // 3
    one, other = share(hits, n), share(n - hits, n)

    assert one is not None
    assert other is not None
    assert one.low == pytest.approx(100 - other.high)


def test_a_variance_is_never_negative_by_rounding() -> None:
    for n in range(1, 300):
        assert nps_moments(0, 0, n).variance == 0
        assert nps_moments(n / 3, 0, 0).variance >= 0


def test_a_crossing_is_found_to_the_last_digit_from_either_side() -> None:
    assert crossing(lambda x: x**3, 2, 0, 2) == pytest.approx(2 ** (1 / 3), abs=1e-15)
    assert crossing(lambda x: -x, -0.25, 1, 0) == pytest.approx(0.25, abs=1e-15)


@pytest.mark.parametrize("n", [5, 10, 30])
def test_the_interval_of_a_share_holds_the_truth_19_times_in_20(n: int) -> None:
    """Enumerates every number of hits, for shares of 30% to 99.5%."""
    truths = np.linspace(0.30, 0.995, 140)
    spans = [share(hits, n) for hits in range(n + 1)]

    held = [
        sum(
            math.comb(n, hits) * truth**hits * (1 - truth) ** (n - hits)
            for hits, span in enumerate(spans)
            if span and span.low <= 100 * truth <= span.high
        )
        for truth in truths
    ]

    assert 0.945 <= np.mean(held) <= 0.960
    assert min(held) >= 0.83
