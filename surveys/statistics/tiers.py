"""From how many distinct customers on what may be shown or said."""

HIDDEN_BELOW = 5
"""Fewer customers than this are not shown at all: privacy."""
NO_VERDICT_BELOW = 10
"""A comparison with fewer than this on either side shows its interval and no word."""
INDICATIVE_BELOW = 30
"""Fewer than this are a hint (참고용): NCHS 2017 asks 30 of a proportion before it is presented."""
NPS_IMPRECISE_ABOVE = 20
"""Points of half an interval's width above which a Net Promoter Score says so (NSCH: 20 percentage points)."""
