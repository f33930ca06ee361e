"""The formulas of the shown numbers, written down once more from the document, on scipy where it has them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import hypot, sqrt
from typing import Any

from scipy import stats

LOW = {"nps": range(7), "csat": range(1, 3), "ces2": range(1, 4), "resolved": range(1, 2)}
HIGH = {"nps": range(9, 11), "csat": range(4, 6), "ces2": range(5, 8), "resolved": range(3, 4)}
SCALE = {"nps": range(11), "csat": range(1, 6), "ces2": range(1, 8), "resolved": range(1, 4)}
Z = float(stats.norm.ppf(0.975))
FEWEST_CUSTOMERS = 8
Numbers = dict[str, Any]


def worth(instrument: str, score: int) -> int:
    """Return what a score counts for: -1, 0, 1 of nps, else whether it is in the high band."""
    return (score in HIGH[instrument]) - (instrument == "nps" and score in LOW[instrument])


def score(instrument: str, scores: Sequence[int], by: Sequence[str], *, every: bool) -> Numbers:
    """Return score and interval of answers and who gave each; ``every`` answer of a customer counts."""
    values = [worth(instrument, each) for each in scores]
    unit, n, whole = 100, len(values), -100.0 if instrument == "nps" else 0.0
    deff, critical = _clustered(values, by) if every else (1.0, Z)
    told: Numbers = {"score": unit * sum(values) / n}
    if every and len(set(by)) < FEWEST_CUSTOMERS:
        return {**told, "ci_low": whole, "ci_high": 100.0, "ci_method": "whole_scale"}
    low, high = _interval(instrument, values, n, deff, critical)
    return {**told, "ci_low": unit * low, "ci_high": unit * high}


def mean(instrument: str, scores: Sequence[int], by: Sequence[str], *, every: bool) -> Numbers:
    """Return the mean and its interval with three answers spread over the scale."""
    scale, n = SCALE[instrument], len(scores)
    plain = sum(scores) / n
    if every and len(set(by)) < FEWEST_CUSTOMERS:
        return {"mean": plain, "mean_ci_low": scale[0], "mean_ci_high": scale[-1]}
    deff, critical = _clustered(scores, by) if every else (1.0, Z)
    counts = Counter(scores)
    weights = {point: counts[point] / deff + 3 / len(scale) for point in scale}
    total = sum(weights.values())
    centre = sum(point * w for point, w in weights.items()) / total
    spread = sum(w * (point - centre) ** 2 for point, w in weights.items()) / total
    half = critical * sqrt(spread / total)
    ends = max(scale[0], centre - half), min(scale[-1], centre + half)
    return {"mean": plain, "mean_ci_low": ends[0], "mean_ci_high": ends[1]}


def change(
    instrument: str, mine: Sequence[tuple[str, int]], theirs: Sequence[tuple[str, int]]
) -> Numbers:
    """Return the difference of two samples of (customer, score), all different, with interval and p."""
    a, b = ([worth(instrument, each) for _, each in side] for side in (mine, theirs))
    if instrument == "nps":
        (m1, v1), (m2, v2) = _adjusted(a, len(a)), _adjusted(b, len(b))
        se = sqrt(v1 + v2)
        low, high = m1 - m2 - Z * se, m1 - m2 + Z * se
        p = float(2 * stats.norm.sf(abs(m1 - m2) / se))
    else:
        low, high = _newcombe((sum(a), len(a)), (sum(b), len(b)), Z)
        p = _shares_p(sum(a), len(a), sum(b), len(b))
    return {**_difference(a, b), "low": 100 * max(-2.0, low), "high": 100 * min(2.0, high), "p": p}


def clustered_change(
    instrument: str, mine: Sequence[tuple[str, int]], theirs: Sequence[tuple[str, int]]
) -> Numbers:
    """Return the same where customers answered more than once: effective answers, t, and no test."""
    a, b = ([worth(instrument, each) for _, each in side] for side in (mine, theirs))
    by = [[who for who, _ in side] for side in (mine, theirs)]
    (d1, _), (d2, _) = _clustered(a, by[0]), _clustered(b, by[1])
    t = float(stats.t.ppf(0.975, max(1, len(set(by[0])) + len(set(by[1])) - 2)))
    if instrument == "nps":
        (m1, v1), (m2, v2) = _adjusted(a, len(a), d1), _adjusted(b, len(b), d2)
        half = t * sqrt(v1 + v2)
        low, high = max(-2.0, m1 - m2 - half), min(2.0, m1 - m2 + half)
    else:
        low, high = _newcombe((sum(a) / d1, len(a) / d1), (sum(b) / d2, len(b) / d2), t)
    return {**_difference(a, b), "low": 100 * low, "high": 100 * high}


def _difference(a: Sequence[int], b: Sequence[int]) -> Numbers:
    value = sum(b) / len(b)
    return {"value": 100 * value, "n": len(b), "difference": 100 * (sum(a) / len(a) - value)}


def bounds(instrument: str, value: float, rate: float) -> Numbers:
    """Return the score of all who were delivered to, were the silent ones all at one end."""
    low = -100.0 if instrument == "nps" else 0.0
    return {"low": rate * value + (1 - rate) * low, "high": rate * value + (1 - rate) * 100}


def weighted(instrument: str, said: Sequence[tuple[str, int]], asked: Mapping[str, int]) -> Numbers:
    """Return the score with weight invited / answered by channel, few answers together, trimmed at 5 medians."""
    n = Counter(channel for channel, _ in said)
    weights = _weights(n, asked)
    pairs = [(worth(instrument, each), weights[channel]) for channel, each in said]
    total = sum(w for _, w in pairs)
    value = sum(x * w for x, w in pairs) / total
    count = len(pairs)
    se = sqrt(count / (count - 1) * sum((w * (x - value)) ** 2 for x, w in pairs)) / total
    least = -1.0 if instrument == "nps" else 0.0
    return {
        "value": 100 * value,
        "low": 100 * max(least, value - Z * se),
        "high": 100 * min(1.0, value + Z * se),
        "effective": total**2 / sum(w * w for _, w in pairs),
    }


def _interval(
    instrument: str, values: Sequence[int], n: int, deff: float, critical: float
) -> tuple[float, float]:
    if instrument == "nps":
        m, v = _adjusted(values, n, deff)
        return max(-1.0, m - critical * sqrt(v)), min(1.0, m + critical * sqrt(v))
    return _wilson(sum(values) / deff, n / deff, critical)


def _adjusted(values: Sequence[int], n: int, deff: float = 1.0) -> tuple[float, float]:
    """Return mean and variance of the mean with 3/4, 1 1/2 and 3/4 answers added."""
    count = Counter(values)
    total = n / deff + 3
    down, up = count[-1] / deff + 0.75, count[1] / deff + 0.75
    m = (up - down) / total
    return m, ((up + down) / total - m**2) / total


def _wilson(hits: float, n: float, critical: float) -> tuple[float, float]:
    p, z2 = hits / n, critical**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = critical / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (0.0 if hits == 0 else centre - half), (1.0 if hits == n else centre + half)


def _newcombe(
    a: tuple[float, float], b: tuple[float, float], critical: float
) -> tuple[float, float]:
    """Return the interval of the difference of two shares, each given as hits and answers."""
    p, q = a[0] / a[1], b[0] / b[1]
    (l1, u1), (l2, u2) = _wilson(*a, critical), _wilson(*b, critical)
    return p - q - hypot(p - l1, u2 - q), p - q + hypot(u1 - p, q - l2)


def _shares_p(a: int, n: int, b: int, m: int) -> float:
    pooled = (a + b) / (n + m)
    if pooled in (0, 1) or min(n, m) * min(pooled, 1 - pooled) < 5:
        return float(stats.fisher_exact([[a, n - a], [b, m - b]])[1])
    z = (a / n - b / m) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * stats.norm.sf(abs(z)))


def _clustered(values: Sequence[float], by: Sequence[str]) -> tuple[float, float]:
    """Return the design effect of who gave each answer, and t of customers less one."""
    n, names = len(values), sorted(set(by))
    groups = len(names)
    if groups < 2:
        return 1.0, Z
    centre = sum(values) / n
    sums = dict.fromkeys(names, 0.0)
    for who, value in zip(by, values, strict=True):
        sums[who] += value - centre
    clustered = groups / (groups - 1) * sum(each**2 for each in sums.values()) / n**2
    independent = sum((value - centre) ** 2 for value in values) / (n - 1) / n
    deff = max(1.0, clustered / independent) if independent else 1.0
    return deff, float(stats.t.ppf(0.975, groups - 1))


def _weights(n: Counter[str], asked: Mapping[str, int]) -> dict[str, float]:
    order = sorted((n[cell], cell) for cell in asked if asked[cell] > 0)
    few = [cell for count, cell in order if count < 5]
    for _, cell in order[len(few) :] if few else []:
        if sum(n[each] for each in few) >= 5:
            break
        few.append(cell)
    weights = {cell: asked[cell] / count for count, cell in order if cell not in few}
    together = sum(n[cell] for cell in few)
    if together:
        shared = sum(asked[cell] for cell in few) / together
        weights |= {cell: shared for cell in few if n[cell]}
    each = sorted(weight for cell, weight in weights.items() for _ in range(n[cell]))
    half = len(each) // 2
    median = each[half] if len(each) % 2 else (each[half - 1] + each[half]) / 2
    return {cell: min(weight, 5 * median) for cell, weight in weights.items()}
