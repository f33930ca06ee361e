"""What the statistics promise, by exact enumeration where that can be done and by simulation where not.

The goals are those of the reference the formulas come from: 400 populations of recommenders, 60 pairs of samples,
eight stages at once, customers who answer more than once, alarms of half a year.
"""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import lgamma, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from surveys.statistics import Estimate, mean, nps, share
from surveys.statistics.clustering import clustered_nps, dependence
from surveys.statistics.comparing import compare_nps, others
from surveys.statistics.conventions import nps_tally
from surveys.statistics.cusum import Design, Watch, advance, answers_between_alarms, design
from surveys.statistics.distributions import critical_t
from surveys.statistics.drivers import DriverTier, drivers
from surveys.statistics.importance import correlations, explained_by_subset, lmg
from surveys.statistics.intervals import Span, adjusted_nps_moments
from surveys.statistics.multiplicity import holm
from surveys.statistics.normal import critical_z
from surveys.statistics.plain import nps_wald_span
from surveys.statistics.resampling import seeded
from surveys.statistics.tango import nps_tango
from surveys.statistics.two_samples import adjusted_nps_difference
from tests.reference import main
from tests.shared_data import shared

Floats = NDArray[np.float64]
Outcomes = NDArray[np.int64]
RECOMMENDERS = (2, 3, 5)
EASE = np.arange(1, 8)
SEED = 20261122


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


def outcomes(n: int) -> Outcomes:
    """Every way n answers fall into detractors, passives, promoters."""
    ways = [(down, n - down - up, up) for down in range(n + 1) for up in range(n - down + 1)]
    return np.array(ways)


def probabilities(counts: Outcomes, populations: Floats) -> Floats:
    """The exact probability of each outcome under each population: one row per population."""
    log_factorial = np.array([lgamma(k + 1) for k in range(counts.sum(axis=1).max() + 1)])
    ways = log_factorial[counts.sum(axis=1)] - log_factorial[counts].sum(axis=1)
    found: Floats = np.exp(ways + np.log(populations) @ counts.T)
    return found


def populations(count: int) -> Floats:
    return seeded(SEED).dirichlet(RECOMMENDERS, size=count)


def coverage(counts: Outcomes, spans: list[Span], people: Floats) -> Floats:
    """How often an interval per outcome holds the true score, per population."""
    truth = (people[:, 2] - people[:, 0])[:, None]
    lows, highs = np.array([s.low for s in spans]), np.array([s.high for s in spans])
    held = (lows <= truth + 1e-12) & (truth - 1e-12 <= highs)
    found: Floats = (probabilities(counts, people) * held).sum(axis=1)
    return found


def nps_spans(counts: Outcomes, interval: Callable[..., Estimate | None]) -> list[Span]:
    found = (known(interval(*map(int, row))) for row in counts)
    return [Span(one.low / 100, one.high / 100) for one in found]


def test_every_reference_case_passes(capsys: pytest.CaptureFixture[str]) -> None:
    path = shared("answers/reference_values.json")
    if path is None:
        pytest.skip("no reference values beside the project")

    assert main([str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["failed"] == []


def test_no_answers_have_no_score_by_any_formula() -> None:
    empty = nps_tally([None, "skip"])

    assert nps(empty.detractors, empty.passives, empty.promoters) is None
    assert (nps_tango(0, 0, 0), nps_wald_span(0, 0, 0)) == (None, None)
    assert (share(0, 0), mean([0] * 7, 1), compare_nps((0, 0, 0), (1, 1, 1))) == (None, None, None)
    assert dependence([], []) is None


@pytest.mark.parametrize(("n", "worst"), [(5, 0.85), (10, 0.89), (30, 0.93), (100, 0.94)])
def test_the_interval_of_recommenders_holds_the_truth_19_times_in_20(n: int, worst: float) -> None:
    counts = outcomes(n)

    held = coverage(counts, nps_spans(counts, nps), populations(400))

    assert 0.94 <= held.mean() <= 0.96
    assert held.min() >= worst


@pytest.mark.parametrize("n", [5, 10])
def test_of_few_answers_the_strict_interval_is_the_surest_and_the_plain_one_a_bluff(n: int) -> None:
    counts, people = outcomes(n), populations(400)
    plain = [nps_wald_span(*map(int, row)) for row in counts]

    ours = coverage(counts, nps_spans(counts, nps), people)
    strict = coverage(counts, nps_spans(counts, nps_tango), people)
    wald = coverage(counts, [span for span in plain if span], people)

    assert wald.min() < ours.min() < strict.min()
    assert wald.mean() < 0.94 < ours.mean() <= strict.mean() + 0.001


@pytest.mark.parametrize("n", [5, 10, 30, 100])
def test_the_interval_of_a_share_holds_the_truth(n: int) -> None:
    shares = np.linspace(0.30, 0.995, 696)[:, None]
    hits = np.arange(n + 1)
    ways = lgamma(n + 1) - np.array([lgamma(k + 1) + lgamma(n - k + 1) for k in hits])
    chance = np.exp(ways + hits * np.log(shares) + (n - hits) * np.log(1 - shares))
    spans = [known(share(int(k), n)) for k in hits]
    lows, highs = np.array([s.low for s in spans]), np.array([s.high for s in spans])

    held = (chance * ((lows <= 100 * shares) & (100 * shares <= highs))).sum(axis=1)

    assert 0.945 <= held.mean() <= 0.960
    assert held.min() >= 0.83


def uniform_3(counts: Outcomes) -> tuple[Floats, Floats]:
    """The interval of a mean on 1 to 7, for many samples at once."""
    weights = counts + 3 / 7
    total = weights.sum(axis=1)
    centre = weights @ EASE / total
    half = critical_z(0.95) * np.sqrt((weights @ EASE**2 / total - centre**2) / total)
    return np.maximum(1, centre - half), np.minimum(7, centre + half)


def student(counts: Outcomes) -> tuple[Floats, Floats]:
    """The t interval, a control."""
    n = counts.sum(axis=1)
    centre = counts @ EASE / n
    variance = np.maximum(0, counts @ EASE**2 / n - centre**2) / (n - 1)
    half = critical_t(0.95, int(n[0]) - 1) * np.sqrt(variance)
    return centre - half, centre + half


def held_by(
    interval: Callable[[Outcomes], tuple[Floats, Floats]], n: int, samples: int = 5000
) -> Floats:
    """How often the intervals of samples hold the mean, for 300 populations.

    They are a J: most answers at the top of the scale, some at the bottom; as hard as the published ones are to
    the t interval.
    """
    chance = seeded(n)
    held = []
    for people in seeded(SEED).dirichlet((2, 1, 1, 2, 3, 4, 6), size=300):
        low, high = interval(chance.multinomial(n, people, size=samples))
        held.append(((low <= people @ EASE) & (people @ EASE <= high)).mean())
    return np.array(held)


@pytest.mark.parametrize(
    ("n", "worst", "published_t"),
    [(5, 0.87, 0.907), (10, 0.89, 0.928), (30, 0.92, 0.943), (100, 0.92, 0.948)],
)
def test_the_interval_of_a_mean_holds_the_truth(n: int, worst: float, published_t: float) -> None:
    held, control = held_by(uniform_3, n), held_by(student, n)

    assert control.mean() == pytest.approx(published_t, abs=0.015)
    assert 0.945 <= held.mean() <= 0.960
    assert held.min() >= worst


def test_the_intervals_of_many_means_are_those_of_each_alone() -> None:
    counts = seeded(SEED).multinomial(12, [1 / 7] * 7, size=50)
    lows, highs = uniform_3(counts)

    alone = [known(mean(row, 1)) for row in counts.tolist()]
    assert lows == pytest.approx([one.low for one in alone])
    assert highs == pytest.approx([one.high for one in alone])


@pytest.mark.parametrize(("first", "second"), [(10, 10), (10, 30), (20, 60), (30, 30)])
def test_two_equal_groups_are_called_different_at_most_6_times_in_100(
    first: int, second: int
) -> None:
    a, b = outcomes(first), outcomes(second)
    ours, theirs = ([adjusted_nps_moments(*map(int, row)) for row in side] for side in (a, b))
    means = np.array([m.mean for m in ours])[:, None] - np.array([m.mean for m in theirs])
    squares = np.array([m.se**2 for m in ours])[:, None] + np.array([m.se**2 for m in theirs])
    differ = np.abs(means) / np.sqrt(squares) > critical_z(0.95)
    people = populations(60)

    chances = zip(probabilities(a, people), probabilities(b, people), strict=True)
    size = np.array([p @ differ @ q for p, q in chances])

    told = adjusted_nps_difference((first, 0, 0), (0, 0, second))
    assert abs(told.statistic or 0) == pytest.approx(
        float(abs(means).max() / sqrt(squares[-1, 0])), rel=1
    )
    assert size.max() <= 0.06


def test_of_eight_equal_stages_one_is_called_different_in_at_most_7_of_100_screens() -> None:
    chance, flagged, screens = seeded(SEED), 0, 4000
    for _ in range(screens):
        stages = chance.multinomial(30, (0.25, 0.35, 0.40), size=8).tolist()
        p_values = []
        for own, rest in zip(stages, others(stages), strict=True):
            compared = compare_nps((own[0], own[1], own[2]), (rest[0], rest[1], rest[2]))
            p_values.append(compared.p if compared else None)
        flagged += any(p is not None and p < 0.05 for p in holm(p_values))

    assert flagged / screens <= 0.07


def repeated(
    people: Floats, customers: int, icc: float, chance: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Answers of customers who repeat their first one as often as makes the correlation ``icc``."""
    sizes = 1 + chance.poisson(1.2, size=customers)
    who = np.repeat(np.arange(customers), sizes)
    own = chance.choice([-1, 0, 1], size=customers, p=people)[who]
    fresh = chance.choice([-1, 0, 1], size=len(who), p=people)
    answers = np.where(chance.random(len(who)) < sqrt(icc), own, fresh)
    return who.tolist(), answers.tolist()


@pytest.mark.parametrize("customers", [15, 30])
@pytest.mark.parametrize("icc", [0.3, 0.6])
def test_answers_of_the_same_customers_still_hold_the_truth(customers: int, icc: float) -> None:
    people = np.array([0.25, 0.35, 0.40])
    truth, chance, runs = 15.0, seeded([SEED, customers]), 6000
    clustered = plain = 0
    for _ in range(runs):
        who, answers = repeated(people, customers, icc, chance)
        counts = (answers.count(-1), answers.count(0), answers.count(1))
        found = dependence(who, answers)
        assert found is not None
        ours, naive = known(clustered_nps(*counts, found)), known(nps(*counts))
        clustered += ours.low <= truth <= ours.high
        plain += naive.low <= truth <= naive.high

    assert clustered / runs >= 0.935
    assert plain / runs < 0.92  # a control: as if every answer were another customer's


def alarms(plan: Design, answers: Iterator[bool]) -> int:
    watch, raised = Watch(), 0
    for low in answers:
        watch, evidence = advance(plan, watch, low=low)
        raised += evidence is not None
    return raised


def test_half_a_year_of_eight_healthy_stages_raises_about_one_false_alarm() -> None:
    plan = design(0.15, answers_between_alarms(10, 8))
    chance, runs, raised = seeded(SEED), 600, 0
    for _ in range(runs):
        for answered in chance.poisson(10 * 26, size=8):
            raised += alarms(plan, iter((chance.random(answered) < 0.15).tolist()))

    assert 0.7 <= raised / runs <= 1.1


def test_a_doubled_share_is_found_within_60_answers() -> None:
    plan, chance, waits = design(0.15, 2000), seeded(SEED), []
    for _ in range(4000):
        watch, evidence, answers = Watch(), None, 0
        stream = (chance.random(2000) < 0.30).tolist()
        while evidence is None:
            watch, evidence = advance(plan, watch, low=stream[answers])
            answers += 1
        waits.append(answers)

    assert np.mean(waits) <= 60
    assert np.mean(waits) == pytest.approx(plan.delay(2), rel=0.04)


def test_a_mean_run_is_within_a_thousandth_of_the_exact_one() -> None:
    for usual in (0.05, 0.10, 0.15, 0.20, 0.30):
        plan = design(usual, 2000)
        moves = np.zeros((plan.limit, plan.limit))
        for state in range(plan.limit):
            moves[state, max(0, state - plan.minus)] += 1 - usual
            if state + plan.plus < plan.limit:
                moves[state, state + plan.plus] += usual
        exact = np.linalg.solve(np.eye(plan.limit) - moves, np.ones(plan.limit))[0]

        assert plan.between == pytest.approx(exact, rel=1e-3)
        assert plan.between >= 2000


def test_the_parts_of_ten_drivers_add_up_to_all_that_is_explained() -> None:
    chance = seeded(SEED)
    for _ in range(20):
        columns = chance.normal(size=(300, 1)) + chance.normal(size=(300, 10))
        rows = np.column_stack([columns @ chance.random(10) + chance.normal(size=300), columns])
        matrix = correlations(rows)

        assert lmg(matrix).sum() == pytest.approx(explained_by_subset(matrix)[-1], abs=1e-9)


def test_the_gates_of_drivers_hold_at_100_and_200() -> None:
    chance = seeded(SEED)
    tiers = []
    for n in (99, 100, 199, 200):
        columns = chance.normal(size=(2, n))
        outcome = columns.sum(axis=0) + chance.normal(size=n)
        found = drivers(outcome.tolist(), columns.tolist(), chance, resamples=50)
        tiers.append(found.tier)
        if found.tier is not DriverTier.FULL:
            assert all(driver.rank is None for driver in found.drivers)

    assert tiers == ["none", "exploratory", "exploratory", "full"]


def test_an_interval_narrows_with_every_tenfold_of_answers() -> None:
    widths = [known(nps(25 * k, 35 * k, 40 * k)).half_width for k in (1, 10, 100)]

    assert [round(width) for width in widths] == [15, 5, 2]
    assert all(wide > narrow for wide, narrow in pairwise(widths))
