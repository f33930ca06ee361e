"""What staff read across all customers: the log of decisions, what waits, who is who; each reading is bounded."""

from surveys.overview.ports import Overview
from surveys.overview.values import DEPTH, Logged, LogPage, LogWanted, Place, RuleCounts

__all__ = ["DEPTH", "LogPage", "LogWanted", "Logged", "Overview", "Place", "RuleCounts"]
