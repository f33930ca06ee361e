"""The kinds of worked cases that tests.reference runs: what each gives, computed by surveys.statistics."""

from collections.abc import Callable, Mapping, Sequence
from math import inf, sqrt

import numpy as np

from surveys.statistics import Estimate, mean, nps, share
from surveys.statistics.clustering import clustered_nps_span, dependence
from surveys.statistics.conventions import nps_tally
from surveys.statistics.cusum import run_length
from surveys.statistics.distributions import critical_t
from surveys.statistics.importance import explained_by_subset, lmg
from surveys.statistics.intervals import (
    Span,
    adjusted_nps_moments,
    nps_moments,
    scale_moments,
    uniform_moments,
)
from surveys.statistics.multiplicity import benjamini_hochberg, holm
from surveys.statistics.normal import critical_z, p_of, two_sided_p
from surveys.statistics.plain import deviation, mean_t_span, nps_wald_span
from surveys.statistics.planning import (
    answers_for_means,
    answers_for_means_by_t,
    answers_for_shares,
    shares_variance,
    whole,
)
from surveys.statistics.suppression import attacker_bounds, hide_line
from surveys.statistics.tango import nps_tango
from surveys.statistics.two_samples import (
    adjusted_nps_difference,
    fisher_p,
    newcombe_span,
    pooled_z,
    wald_nps_difference,
    welch_difference,
)
from surveys.statistics.weighting import WeightedMean, poststratified_mean, weighted_mean
from tests import reference_inputs as inputs
from tests.reference_inputs import Values
from tests.reference_rules import RULES

_FIVE, _SEVEN = range(1, 6), range(1, 8)


def _pair(span: Span | None, unit: float = 1) -> list[float] | None:
    return None if span is None else [unit * span.low, unit * span.high]


def _share_of(estimate: Estimate | None) -> list[float] | None:
    return None if estimate is None else [estimate.low / 100, estimate.high / 100]


def _nps_one(given: Values) -> Values:
    bands, confidence = inputs.bands(given), inputs.confidence(given)
    n = sum(bands)
    score = nps(*bands, confidence=confidence)
    counted = dict(zip(("detractors", "passives", "promoters"), bands, strict=True))
    if score is None:
        return {"n": 0, **counted, **dict.fromkeys(_NPS_VALUES)}
    plain = nps_moments(*bands)
    adjusted = adjusted_nps_moments(*bands).span(critical_z(confidence))
    wald = nps_wald_span(*bands, confidence=confidence)
    tango = _share_of(nps_tango(*bands, confidence=confidence))
    values = (
        score.value / 100,
        score.value,
        plain.variance,
        plain.se,
        _pair(wald),
        _pair(wald and wald.clipped(-1, 1)),
        p_of(plain.mean, plain.se),
        _pair(adjusted),
        _share_of(score),
        tango,
        tango,
    )
    return {"n": n, **counted, **dict(zip(_NPS_VALUES, values, strict=True))}


_NPS_VALUES = (
    "nps",
    "nps_x100",
    "variance",
    "se",
    "ci_wald_unclipped",
    "ci_wald",
    "p_value_vs_0_wald",
    "ci_adjusted_wald_3_unclipped",
    "ci_adjusted_wald_3",
    "ci_tango_score",
    # By another program. The first stops up to 5e-7 short of the root, this one up to 2e-8; ours does not.
    "ci_tango_score_second_source",
)


def _nps_two_sample(given: Values) -> Values:
    a, b, confidence = (
        inputs.bands(given, "a_"),
        inputs.bands(given, "b_"),
        inputs.confidence(given),
    )
    wald = wald_nps_difference(a, b, confidence=confidence)
    scores = [_per_one(nps(*bands)) for bands in (a, b)]
    if wald is None:
        return {"nps_a": scores[0], "nps_b": scores[1], **dict.fromkeys(_NPS_DIFFERENCES)}
    adjusted = adjusted_nps_difference(a, b, confidence=confidence)
    welch = welch_difference(a, b, -1, confidence=confidence)
    half = critical_z(confidence) * wald.se
    values = (
        wald.value,
        wald.se,
        wald.p,
        [abs(wald.value) - half, abs(wald.value) + half],
        adjusted.value,
        adjusted.se,
        adjusted.statistic,
        adjusted.p,
        _pair(adjusted.span),
        *((welch.statistic, welch.df, welch.p) if welch else (None, None, None)),
    )
    differences = dict(zip(_NPS_DIFFERENCES, values, strict=True))
    return {"nps_a": scores[0], "nps_b": scores[1], **differences}


_NPS_DIFFERENCES = (
    "difference_a_minus_b",
    "se_wald",
    "p_wald",
    "ci_wald_abs_difference",
    "adjusted3_difference",
    "adjusted3_se",
    "adjusted3_z",
    "adjusted3_p",
    "adjusted3_ci",
    "welch_t",
    "welch_df",
    "welch_p",
)


def _per_one(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value / 100


def _csat_one(given: Values) -> Values:
    counts, confidence = inputs.scale(given, "counts_1_to_5", _FIVE), inputs.confidence(given)
    n, satisfied = sum(counts), sum(counts[3:])
    top, middle = share(satisfied, n, confidence=confidence), mean(counts, 1)
    return {
        "n": n,
        "satisfied": satisfied,
        "csat_pct": top and top.value,
        "ci_wilson_pct": top and [top.low, top.high],
        "mean": middle and middle.value,
        "sd": deviation(counts, 1),
        "ci_mean_t": _pair(mean_t_span(counts, 1, confidence=confidence)),
    }


def _ces_one(given: Values) -> Values:
    counts, confidence = inputs.scale(given, "counts_1_to_7", _SEVEN), inputs.confidence(given)
    n, agree, sd = sum(counts), sum(counts[4:]), deviation(counts, 1)
    easy, middle = (
        share(agree, n, confidence=confidence),
        mean(counts, 1, confidence=confidence),
    )
    t = mean_t_span(counts, 1, confidence=confidence)
    uniform = uniform_moments(counts, 1)
    return {
        "n": n,
        "mean": middle and middle.value,
        "sd": sd,
        "se": None if sd is None else sd / sqrt(n),
        "ci_t": _pair(t),
        "ci_t_clipped": _pair(t and t.clipped(1, 7)),
        "adjusted_uniform3_mean": uniform.mean if n else None,
        "ci_adjusted_uniform3": _pair(uniform.span(critical_z(confidence))) if n else None,
        "ci_adjusted_uniform3_clipped": middle and [middle.low, middle.high],
        "agree_5_7": agree,
        "agree_pct": easy and easy.value,
        "ci_agree_wilson_pct": easy and [easy.low, easy.high],
    }


def _csat_two_sample(given: Values) -> Values:
    a, b = (inputs.scale(given, f"{side}_counts_1_to_5", _FIVE) for side in "ab")
    hits, n = (sum(a[3:]), sum(b[3:])), (sum(a), sum(b))
    keys = ("diff", "chi2_no_correction", "p_pooled_z", "ci_newcombe", "p_fisher")
    if not all(n):
        return dict.fromkeys(keys)
    z = pooled_z(hits, n)
    values = (
        hits[0] / n[0] - hits[1] / n[1],
        None if z is None else z**2,
        None if z is None else two_sided_p(z),
        _pair(newcombe_span(hits, n, confidence=inputs.confidence(given))),
        fisher_p(hits, n),
    )
    return dict(zip(keys, values, strict=True))


def _ces_two_sample(given: Values) -> Values:
    a, b = (inputs.scale(given, f"{side}_counts_1_to_7", _SEVEN) for side in "ab")
    welch = welch_difference(a, b, 1, confidence=inputs.confidence(given))
    known = sum(a) and sum(b)
    return {
        "diff": scale_moments(a, 1).mean - scale_moments(b, 1).mean if known else None,
        "welch_t": welch and welch.statistic,
        "welch_df": welch and welch.df,
        "p_welch": welch and welch.p,
        "ci": None if welch is None else _pair(welch.span),
    }


def _multiple_comparisons(given: Values) -> Values:
    p = [None if inputs.unknown(value) else float(value) for value in inputs.several(given["p"])]
    return {"holm": holm(p), "bh": benjamini_hochberg(p)}


def _nps_cluster(given: Values) -> Values:
    points, (customers,) = inputs.answered(given, "customer")
    confidence = inputs.confidence(given)
    score = nps(*(points.count(point) for point in (-1, 0, 1)))
    known = {"n": len(points), "customers": len(set(customers)), "nps": _per_one(score)}
    found = dependence(customers, points)
    if found is None or score is None:
        return {**known, **dict.fromkeys(_CLUSTER_VALUES)}
    value, half = score.value / 100, critical_t(confidence, found.df) * found.se
    counts = (points.count(-1), points.count(0), points.count(1))
    adjusted = clustered_nps_span(*counts, found, confidence=confidence)
    values = (
        found.se,
        found.df,
        [value - half, value + half],
        found.se_independent,
        found.deff,
        found.n_eff,
        _pair(adjusted.clipped(-1, 1)),
    )
    return {**known, **dict(zip(_CLUSTER_VALUES, values, strict=True))}


_CLUSTER_VALUES = (
    "se_cluster",
    "df",
    "ci_t",
    "se_srs_n_minus_1",
    "deff_floored_1",
    "n_eff",
    "ci_adjusted3_neff_t_clipped",
)


def _nps_weighted(given: Values) -> Values:
    points, (weights,) = inputs.answered(given, "weight")
    found = weighted_mean(points, weights)
    return {**_weighted(found, points), "kish_n_eff": found and found.n_eff}


def _nps_poststratified(given: Values) -> Values:
    points, (channels,) = inputs.answered(given, "channel")
    return _weighted(poststratified_mean(points, channels, given["population"]), points)


def _weighted(found: WeightedMean | None, points: Sequence[int]) -> Values:
    return {
        "n": len(points),
        "nps": found and found.value,
        "se": found and found.se,
        "unweighted": sum(points) / len(points) if points else None,
    }


def _lmg(given: Values) -> Values:
    matrix = np.array(given["corr_y_first"], dtype=float)
    parts = lmg(matrix)
    return {
        "r2": float(explained_by_subset(matrix)[-1]),
        "lmg": parts.tolist(),
        "share": (parts / parts.sum()).tolist() if parts.sum() else None,
    }


def _bernoulli_cusum_arl(given: Values) -> Values:
    p0 = float(given["p0"])
    steps = (int(given["a"]), int(given["b"]), int(given["H"]))
    times = {"in_control": 1.0, "1_25x": 1.25, "1_5x": 1.5, "1_875x": 1.875, "2x": 2.0, "3x": 3.0}
    return {f"arl_{key}": run_length(min(1.0, x * p0), *steps) for key, x in times.items()}


def _suppression_1d(given: Values) -> Values:
    counts = [inputs.whole(count, "counts") for count in inputs.several(given["counts"])]
    k, published = int(inputs.option(given, "k", 5)), given.get("total_published", True)
    hidden = hide_line(counts, k, total_published=published)
    bounds = attacker_bounds(counts, hidden, total_published=published)
    return {
        "hidden_indices_0_based": list(hidden.cells),
        "attacker_bounds": [[low, inf if high is None else high] for low, high in bounds],
        "total_hidden": hidden.total,
    }


def _sample_size_two_proportions(given: Values) -> Values:
    power, alpha = inputs.power_and_alpha(given)
    needed = answers_for_shares(float(given["p1"]), float(given["p2"]), power=power, alpha=alpha)
    return {"n_per_group": needed, "n_ceiling": None if needed is None else whole(needed)}


def _sample_size_nps_difference(given: Values) -> Values:
    variance, delta = shares_variance(*given["shares_det_pas_pro"]), float(given["delta"])
    power, alpha = inputs.power_and_alpha(given)
    return {
        "variance": variance,
        "n_z": answers_for_means(variance, delta, power=power, alpha=alpha),
        "n_t": answers_for_means_by_t(variance, delta, power=power, alpha=alpha),
    }


def _convention(given: Values) -> Values:
    tally = nps_tally(inputs.several(given["scores"]))
    score = nps(tally.detractors, tally.passives, tally.promoters)
    return {
        "n": tally.n,
        "promoters": tally.promoters,
        "passives": tally.passives,
        "detractors": tally.detractors,
        "nps": _per_one(score),
        "nps_x100": score and score.value,
        "excluded": tally.excluded,
    }


KINDS: Mapping[str, Callable[[Values], Values]] = {
    "nps_one": _nps_one,
    "nps_two_sample": _nps_two_sample,
    "csat_one": _csat_one,
    "csat_two_sample": _csat_two_sample,
    "ces_one": _ces_one,
    "ces_two_sample": _ces_two_sample,
    "multiple_comparisons": _multiple_comparisons,
    "nps_cluster": _nps_cluster,
    "nps_weighted": _nps_weighted,
    "nps_poststratified": _nps_poststratified,
    "lmg": _lmg,
    "bernoulli_cusum_arl": _bernoulli_cusum_arl,
    "suppression_1d": _suppression_1d,
    "sample_size_two_proportions": _sample_size_two_proportions,
    "sample_size_nps_difference": _sample_size_nps_difference,
    "convention": _convention,
    **RULES,
}
