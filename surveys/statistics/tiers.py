"""From how many distinct customers on what may be shown or said."""

from enum import StrEnum

HIDDEN_BELOW = 5
"""Fewer customers than this are not shown at all: privacy."""
NO_VERDICT_BELOW = 10
"""A comparison with fewer than this on either side shows its interval and no word."""
INDICATIVE_BELOW = 30
"""Fewer than this are a hint (참고용): NCHS 2017 asks 30 of a proportion before it is presented."""
WIDE_NPS_POINTS = 20.0
"""An interval of a Net Promoter Score reaching further than this to a side is flagged as wide."""


class Tier(StrEnum):
    """How a score of so many customers is shown."""

    NONE = "none"
    HIDDEN = "hidden"
    INDICATIVE = "indicative"
    NORMAL = "normal"


def tier(n: int) -> Tier:
    """Return how a score of ``n`` distinct customers is shown."""
    if n == 0:
        return Tier.NONE
    if n < HIDDEN_BELOW:
        return Tier.HIDDEN
    return Tier.INDICATIVE if n < INDICATIVE_BELOW else Tier.NORMAL
