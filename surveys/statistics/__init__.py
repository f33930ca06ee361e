"""What every shown number rests on: scores, intervals, comparisons, and when none may be shown.

Importing the package loads the standard library only. Modules that compute with many answers load numpy;
``scipy.special`` and the optimisers are loaded by the function that needs them.
Shares and differences inside are -1..1 or 0..1; an ``Estimate`` is in the score's display unit.
"""

from surveys.statistics.intervals import PSEUDO_ANSWERS, Estimate, mean, nps, share
from surveys.statistics.rounding import mean_text, nps_text, percent_text, rounded
from surveys.statistics.tiers import HIDDEN_BELOW, INDICATIVE_BELOW

__all__ = [
    "HIDDEN_BELOW",
    "INDICATIVE_BELOW",
    "PSEUDO_ANSWERS",
    "Estimate",
    "mean",
    "mean_text",
    "nps",
    "nps_text",
    "percent_text",
    "rounded",
    "share",
]
