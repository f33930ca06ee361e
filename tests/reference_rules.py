"""Kinds of worked cases for rules that no other software has: what each gives, computed by surveys.statistics."""

from collections.abc import Callable, Mapping

import numpy as np

from surveys.statistics import mean_text, nps_text, percent_text
from surveys.statistics.comparing import others
from surveys.statistics.cusum import assumed_share, design
from surveys.statistics.importance import relative_weights
from surveys.statistics.multiplicity import benjamini_hochberg, holm
from surveys.statistics.planning import answers_for_means, answers_for_means_by_t
from surveys.statistics.response import nonresponse_bounds
from surveys.statistics.suppression import hide_table
from surveys.statistics.suppression_audit import audit
from surveys.statistics.two_samples import adjusted_nps_difference
from surveys.statistics.weighting import Cell, cell_weights, fixed_mix
from tests import reference_inputs as inputs
from tests.reference_inputs import Values


def _display(given: Values) -> Values:
    value, n = float(given["value"]), inputs.whole(given.get("n", 30), "n")
    texts = {"nps": nps_text(value), "csat": percent_text(value), "ces": mean_text(value, n)}
    return {"text": texts[given["metric"]]}


def _stages_against_others(given: Values) -> Values:
    stages = [inputs.bands(stage) for stage in given["stages"]]
    pairs = zip(stages, others(stages), strict=True)
    found = [adjusted_nps_difference(own, (r[0], r[1], r[2])) for own, r in pairs]
    p = [difference.p for difference in found]
    return {
        "adjusted3_difference": [difference.value for difference in found],
        "p": p,
        "holm": holm(p),
        "bh": benjamini_hochberg(p),
    }


def _sample_size_two_means(given: Values) -> Values:
    variance, delta = float(given["sd"]) ** 2, float(given["delta"])
    power, alpha = inputs.power_and_alpha(given)
    return {
        "n_z": answers_for_means(variance, delta, power=power, alpha=alpha),
        "n_t": answers_for_means_by_t(variance, delta, power=power, alpha=alpha),
    }


def _nonresponse_bounds(given: Values) -> Values:
    span = nonresponse_bounds(float(given["nps_x100"]), float(given["response_rate"]))
    return {"bounds": [span.low, span.high]}


def _nps_fixed_mix(given: Values) -> Values:
    channels = {
        name: (part["nps"], part["variance"], part["n"]) for name, part in given["channels"].items()
    }
    found = fixed_mix(channels, given["mix"])
    return {"nps": found and found.value, "se": found and found.se}


def _cell_weights(given: Values) -> Values:
    found = cell_weights(_cells(given, "invited"), _cells(given, "answered"))
    return {
        **{f"weight_{cell[0]}": weight for cell, weight in found.of.items()},
        "collapsed": len(found.collapsed),
        "trimmed": len(found.trimmed),
    }


def _cells(given: Values, key: str) -> dict[Cell, int]:
    return {(name,): inputs.whole(n, key) for name, n in given[key].items()}


def _relative_weights(given: Values) -> Values:
    parts = relative_weights(np.array(given["corr_y_first"], dtype=float))
    return {"r2": float(parts.sum()), "relative_weights": parts.tolist()}


def _bernoulli_cusum_baseline(given: Values) -> Values:
    low, answers = (inputs.whole(given[key], key) for key in ("detractors", "n0"))
    return {"p_tilde": assumed_share(low, answers)}


def _bernoulli_cusum_design(given: Values) -> Values:
    found = design(float(given["p0"]), float(given["L"]))
    return {
        "p1": found.raised,
        "a": found.plus,
        "b": found.minus,
        "H": found.limit,
        "arl_in_control": found.between,
        "arl_2x": found.delay(2),
        "arl_3x": found.delay(3),
    }


def _suppression_2d(given: Values) -> Values:
    counts = [[inputs.whole(n, "counts") for n in row] for row in given["counts"]]
    k = int(inputs.option(given, "k", 5))
    hidden = hide_table(counts, k)
    return {
        "hidden_cells_0_based": [list(cell) for cell in sorted(hidden.cells)],
        "hidden_rows_0_based": sorted(hidden.rows),
        "hidden_columns_0_based": sorted(hidden.columns),
        "total_hidden": hidden.total,
        "dimension_dropped": hidden.dropped,
        "breaches": len(audit(counts, hidden, k)),
    }


RULES: Mapping[str, Callable[[Values], Values]] = {
    "display": _display,
    "nps_stages_against_others": _stages_against_others,
    "sample_size_two_means": _sample_size_two_means,
    "nonresponse_bounds": _nonresponse_bounds,
    "nps_fixed_mix": _nps_fixed_mix,
    "cell_weights": _cell_weights,
    "relative_weights": _relative_weights,
    "bernoulli_cusum_baseline": _bernoulli_cusum_baseline,
    "bernoulli_cusum_design": _bernoulli_cusum_design,
    "suppression_2d": _suppression_2d,
}
