"""Intervals against independent software, published anchors and exact coverage."""

import json
import math
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from surveys.instruments import CES2, NPS, Instrument
from surveys.statistics import (
    Estimate,
    mean,
    mean_text,
    nps,
    nps_text,
    percent_text,
    rounded,
    share,
)
from tests.shared_data import shared

Case = dict[str, Any]


def references(kind: str) -> list[Case]:
    path = shared("answers/reference_values.json")
    cases: list[Case] = json.loads(path.read_text("utf-8"))["cases"] if path else []
    return [case for case in cases if case["kind"] == kind]


def each(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", references(kind), ids=lambda case: case["id"])


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


def by_band(instrument: Instrument, counts: list[int]) -> list[int]:
    pairs = list(zip(instrument.scores, counts, strict=True))
    return [sum(c for s, c in pairs if instrument.band(s) == b) for b in ("low", "mid", "high")]


def nps_of(counts: list[int], confidence: float = 0.95) -> Estimate:
    low, mid, high = by_band(NPS, counts)
    return known(nps(low, mid, high, confidence=confidence))


def test_no_answers_have_no_score() -> None:
    assert nps(0, 0, 0) is None
    assert share(0, 0) is None
    assert mean([0] * 7, 1) is None


def test_nps_equals_the_published_example() -> None:
    counts = [0] * 11
    for score in (10, 10, 9, 9, 9, 8, 7, 6, 3, 10):
        counts[score] += 1

    got = nps_of(counts)

    assert got.value == 40
    assert got.low == pytest.approx(-12.59, abs=0.005)
    assert got.high == pytest.approx(74.12, abs=0.005)


@each("nps_one")
def test_nps_equals_the_reference(case: Case) -> None:
    wanted = case["expected"]

    got = nps_of(case["input"]["counts_0_to_10"], case["input"]["confidence"])

    assert [got.value / 100, got.low / 100, got.high / 100] == pytest.approx(
        [wanted["nps"], *wanted["ci_adjusted_wald_3"]], abs=1e-6
    )


@each("csat_one")
def test_csat_equals_the_reference(case: Case) -> None:
    counts, wanted = case["input"]["counts_1_to_5"], case["expected"]

    got = known(share(sum(counts[3:]), sum(counts), confidence=case["input"]["confidence"]))

    assert [got.value, got.low, got.high] == pytest.approx(
        [wanted["csat_pct"], *wanted["ci_wilson_pct"]], abs=1e-6
    )
    assert known(mean(counts, 1)).value == pytest.approx(wanted["mean"], abs=1e-9)


@each("ces_one")
def test_ces_equals_the_reference(case: Case) -> None:
    counts, confidence, wanted = (
        case["input"]["counts_1_to_7"],
        case["input"]["confidence"],
        case["expected"],
    )

    easy = known(share(by_band(CES2, counts)[2], sum(counts), confidence=confidence))
    got = known(mean(counts, 1, confidence=confidence))

    assert [easy.value, easy.low, easy.high] == pytest.approx(
        [wanted["agree_pct"], *wanted["ci_agree_wilson_pct"]], abs=1e-6
    )
    assert [got.value, got.low, got.high] == pytest.approx(
        [wanted["mean"], *wanted["ci_adjusted_uniform3_clipped"]], abs=1e-6
    )


@pytest.mark.parametrize("n", [1, 2, 5, 7, 30, 411])
def test_share_is_the_wilson_interval_of_scipy_and_statsmodels(n: int) -> None:
    for hits in range(n + 1):
        got = known(share(hits, n))
        theirs = binomtest(hits, n).proportion_ci(method="wilson")

        assert [got.low / 100, got.high / 100] == pytest.approx([theirs.low, theirs.high], abs=1e-9)
        assert [got.low / 100, got.high / 100] == pytest.approx(
            list(proportion_confint(hits, n, method="wilson")), abs=1e-9
        )


def test_share_of_none_and_of_all_reaches_the_end_of_the_scale() -> None:
    assert known(share(0, 7)).low == 0
    assert known(share(7, 7)).high == 100


def test_plain_score_lies_inside_its_interval() -> None:
    for down, passive, up in chain.from_iterable(compositions(n) for n in range(2, 25)):
        got = known(nps(down, passive, up))

        assert -100 <= got.low <= got.value <= got.high <= 100


def test_mean_interval_is_clipped_to_the_scale() -> None:
    ceiling = known(mean([0, 0, 0, 0, 0, 0, 5], 1))

    assert (ceiling.value, ceiling.high) == (7, 7)
    assert ceiling.low == pytest.approx(4.558505, abs=1e-6)
    assert ceiling.half_width == pytest.approx((7 - 4.558505) / 2, abs=1e-6)


def compositions(n: int) -> Iterator[tuple[int, int, int]]:
    for down in range(n + 1):
        for up in range(n - down + 1):
            yield down, n - down - up, up


@pytest.mark.parametrize("n", [5, 10, 30])
def test_nps_covers_the_truth_19_times_in_20(n: int) -> None:
    """Enumerates every outcome of n answers over 300 populations ~ Dirichlet(2, 3, 5)."""
    populations = np.random.default_rng(20261121).dirichlet([2, 3, 5], size=300)
    outcomes = np.array(list(compositions(n)))
    estimates = [known(nps(*map(int, outcome))) for outcome in outcomes]
    log_factorial = np.array([math.lgamma(k + 1) for k in range(n + 1)])
    ways = log_factorial[n] - log_factorial[outcomes].sum(axis=1)
    probability = np.exp(ways + np.log(populations) @ outcomes.T)
    truth = 100 * (populations[:, 2] - populations[:, 0])[:, None]
    covered = (np.array([e.low for e in estimates]) <= truth) & (
        truth <= np.array([e.high for e in estimates])
    )

    coverage = (probability * covered).sum(axis=1)

    assert probability.sum(axis=1) == pytest.approx(np.ones(300))
    assert 0.94 < coverage.mean() < 0.96
    assert coverage.min() > 0.8


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (12.5, 0, "13"),
        (-12.5, 0, "-13"),
        (-0.4, 0, "0"),
        (100 * 29 / 200, 0, "15"),
        (1001 / 200, 2, "5.01"),
        (5, 2, "5.00"),
    ],
)
def test_halves_round_away_from_zero(value: float, decimals: int, text: str) -> None:
    assert str(rounded(value, decimals)) == text


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (nps_text, 22.3, "+22"),
        (nps_text, -12.5, "-13"),
        (nps_text, 0.2, "0"),
        (nps_text, -0.2, "0"),
        (nps_text, 100, "+100"),
        (percent_text, 85.5, "86%"),
        (percent_text, 0, "0%"),
    ],
)
def test_scores_are_shown_whole(show: Callable[[float], str], value: float, text: str) -> None:
    assert show(value) == text


def test_means_of_few_answers_show_one_decimal() -> None:
    assert mean_text(5.4251, 29) == "5.4"
    assert mean_text(5.4251, 30) == "5.43"
