"""The alert that a stage got worse: a Bernoulli CUSUM per answer, with a known rate of false alarms.

Reynolds and Stoumbos 1999. A sum rises by ``plus`` with each answer in the low band and falls by ``minus``
with any other, never below zero; at ``limit`` it raises an alarm and starts anew. Whole numbers make the
mean number of answers until an alarm an exact figure: the solution of a linear system over the sums.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import inf, log

import numpy as np
from numpy.lib.stride_tricks import as_strided

from surveys.statistics.distributions import beta_quantile

FEWEST_ANSWERS = 100
"""Fewer answers make no baseline, and no alert: it is being collected (기준선 수집 중)."""
FIRM_ANSWERS = 200
"""A baseline of fewer answers is marked as provisional."""
USUAL_WEEKS = 26.0
"""Mean weeks between false alarms of the whole organisation, unless it chooses others."""
ONE_ANSWER_IN = timedelta(days=30)
"""Of a customer at a stage one answer counts in this time: correlated answers cost most of the guarantee."""
_QUANTILE = 0.80
_RAREST, _MOST = 0.02, 0.60
_ODDS = 3.0
_LARGEST_MINUS = 6
_LARGEST_PLUS = 40  # a finer step would only make the system larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A CUSUM for one usual share of low answers.

    Attributes:
        usual, raised: the share that is usual, and the one to be found.
        plus, minus, limit: see the module.
        between: mean answers until a false alarm, exact, while the share is the usual one.
    """

    usual: float
    raised: float
    plus: int
    minus: int
    limit: int
    between: float

    def delay(self, times: float) -> float:
        """Return the mean answers until the alarm when the share is so many times the usual one."""
        return run_length(min(1.0, times * self.usual), self.plus, self.minus, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Where a sum stands, and what has been seen since it last was zero."""

    level: int = 0
    answers: int = 0
    low: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What raised an alarm: ``low`` of ``answers``, beside the usual share."""

    low: int
    answers: int
    usual: float


def assumed_share(low: int, answers: int) -> float | None:
    """Return the usual share to assume from a frozen baseline; None of fewer than 100 answers.

    The 80% quantile of Beta(low + 1/2, others + 1/2): the share as seen would keep the promised rate of false
    alarms in half of all cases only.
    """
    if answers < FEWEST_ANSWERS:
        return None
    quantile = beta_quantile(_QUANTILE, low + 0.5, answers - low + 0.5)
    return min(max(quantile, _RAREST), _MOST)


def answers_between_alarms(per_week: float, streams: int, weeks: float = USUAL_WEEKS) -> float:
    """Return L, the mean answers of one stream between false alarms, for the organisation's weeks between."""
    return per_week * streams * weeks


@lru_cache(maxsize=4096)
def design(usual: float, between: float) -> Design:
    """Return the CUSUM with the least limit that raises no more false alarms than one in ``between`` answers.

    Raises ValueError for a usual share that is none.
    """
    if not 0 < usual < 1:
        raise ValueError("a usual share lies between 0 and 1")
    raised = raised_share(usual)
    plus, minus = steps(usual, raised)
    low, high = 0, plus
    while run_length(usual, plus, minus, high) < between:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if run_length(usual, plus, minus, middle) < between:
            low = middle
        else:
            high = middle
    return Design(
        usual=usual,
        raised=raised,
        plus=plus,
        minus=minus,
        limit=high,
        between=run_length(usual, plus, minus, high),
    )


def raised_share(usual: float) -> float:
    """Return the share to be found: twice the usual, at most three times its odds."""
    return min(2 * usual, _ODDS * usual / (1 - usual + _ODDS * usual))


def steps(usual: float, raised: float) -> tuple[int, int]:
    """Return whole steps up and down whose minus / (plus + minus) is nearest to the ideal reference value."""
    fall = log((1 - usual) / (1 - raised))
    ideal = fall / log(raised * (1 - usual) / (usual * (1 - raised)))
    candidates = (
        (plus, minus)
        for minus in range(1, _LARGEST_MINUS + 1)
        for plus in range(1, _LARGEST_PLUS + 1)
    )
    return min(candidates, key=lambda step: abs(step[1] / sum(step) - ideal))


@lru_cache(maxsize=65536)
def run_length(share: float, plus: int, minus: int, limit: int) -> float:
    """Return the mean answers from zero until the sum reaches the limit: (I - A) x = 1, exactly.

    Sums are taken out from the highest on, each leaving its ways and its answers to those that led to it
    (Grassmann, Taksar and Heyman 1985). Nothing is ever subtracted, so that the longest runs keep all digits.
    """
    ways = _ways(share, plus, minus, limit)
    alarm = np.where(np.arange(limit) + plus >= limit, share, 0.0)
    answers = np.ones(limit)
    for level in range(limit - 1, 0, -1):
        below, before = max(0, level - minus), max(0, level - plus)
        onward = ways[level, below:level]
        passed = ways[before:level, level] / (onward.sum() + alarm[level])
        ways[before:level, below:level] += passed[:, None] * onward
        alarm[before:level] += passed * alarm[level]
        answers[before:level] += passed * answers[level]
    return float(answers[0]) / float(alarm[0]) if alarm[0] else inf


def _ways(share: float, plus: int, minus: int, limit: int) -> np.ndarray:
    """Return the chances from sum to sum, of which only the band that can be reached takes memory."""
    band = np.zeros(limit * (plus + minus + 1))
    step = band.itemsize
    ways = as_strided(band[minus:], (limit, limit), ((plus + minus) * step, step))
    levels = np.arange(limit)
    ways[levels, np.maximum(levels - minus, 0)] = 1 - share
    ways[levels[: -plus or None], levels[plus:]] = share
    return ways


def advance(plan: Design, watch: Watch, *, low: bool) -> tuple[Watch, Evidence | None]:
    """Count one answer; return where the sum stands now, and the evidence if that raised an alarm."""
    level = max(0, watch.level + (plan.plus if low else -plan.minus))
    seen = Watch(level=level, answers=watch.answers + 1, low=watch.low + low)
    if level >= plan.limit:
        return Watch(), Evidence(low=seen.low, answers=seen.answers, usual=plan.usual)
    return (seen if level else Watch()), None


def thinned(answers: Iterable[tuple[str, datetime]]) -> tuple[bool, ...]:
    """Say of answers of customers at one stage, in order of time, which count: one in thirty days each."""
    counted: dict[str, datetime] = {}
    kept = []
    for customer, at in answers:
        last = counted.get(customer)
        counts = last is None or at - last >= ONE_ANSWER_IN
        if counts:
            counted[customer] = at
        kept.append(counts)
    return tuple(kept)
