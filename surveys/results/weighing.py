"""A row's score as if every channel had answered alike: on request, and beside the plain one."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np

from surveys.results.seeing import Key, Seen
from surveys.results.values import Weighted
from surveys.statistics.intervals import Estimate
from surveys.statistics.weighting import (
    Cell,
    Weights,
    cell_weights,
    weighted_mean,
    weighted_nps,
    weighted_score,
)

_HIT = {"low": 0, "mid": 0, "high": 1}
_SIGN = {"low": -1, "mid": 0, "high": 1}


def weighted(key: Key, seen: Seen) -> Weighted | None:
    """Return the weighted score; None of a row that is hidden, has no score, or whose asks nobody counts.

    None too where a channel is hidden that does not share its weight: the weights, known to whoever knows the asks,
    would tell its answers.
    """
    if seen.counts is None or key.kind.words:
        return None
    answers = _answers(key, seen)
    weights = cell_weights(_asked(seen), {cell: n.total() for cell, n in answers.items()})
    if _told_apart(seen, weights):
        return None
    values, each = _spread(answers, weights)
    found, estimate = weighted_mean(values, each), _estimate(key, values, each)
    if found is None or estimate is None:
        return None
    return Weighted(
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        method=estimate.method,
        effective=found.n_eff,
        collapsed=tuple(sorted(channel for (channel,) in weights.collapsed)),
        trimmed=bool(weights.trimmed),
    )


def _told_apart(seen: Seen, weights: Weights) -> bool:
    told = {part.dimensions.channel for part in seen.parts if part.n} - seen.channels.keys()
    hidden = {name for name, n in seen.channels.items() if n is None} | told
    return any((name,) not in weights.collapsed for name in hidden)


def _estimate(key: Key, values: list[int], each: list[float]) -> Estimate | None:
    if key.instrument == "nps":
        return weighted_nps(values, each)
    found = weighted_score(values, each, (0, 1))
    return found and Estimate(
        value=100 * found.value, low=100 * found.low, high=100 * found.high, method=found.method
    )


def _answers(key: Key, seen: Seen) -> Mapping[Cell, Counter[int]]:
    """Return the answers by channel and by what each counts for."""
    worth = _SIGN if key.instrument == "nps" else _HIT
    found: defaultdict[Cell, Counter[int]] = defaultdict(Counter)
    for part in seen.parts:
        for score in key.kind.scores:
            found[part.dimensions.channel,][worth[key.kind.band(score)]] += part.scores[score]
    return found


def _asked(seen: Seen) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    for part in seen.parts:
        found[part.dimensions.channel,] += part.steps[0]
    return found


def _spread(
    answers: Mapping[Cell, Counter[int]], weights: Weights
) -> tuple[list[int], list[float]]:
    """Return each answer's worth and its weight; a channel that nobody was asked in has none."""
    kinds = [
        (worth, weights.of[cell], count)
        for cell, counts in answers.items()
        if cell in weights.of
        for worth, count in counts.items()
    ]
    times = np.array([count for _, _, count in kinds], dtype=int)
    values: list[int] = np.repeat([worth for worth, _, _ in kinds], times).tolist()
    each: list[float] = np.repeat([weight for _, weight, _ in kinds], times).tolist()
    return values, each
