"""What staff read across all customers: the log of decisions, what waits, who is who; each reading is bounded."""

from surveys.overview.ports import Overview
from surveys.overview.values import DEPTH, Logged, LogPage, LogWanted, Place, RuleCounts
from surveys.overview.waits import Pending, WaitsFor, pending

__all__ = [
    "DEPTH",
    "LogPage",
    "LogWanted",
    "Logged",
    "Overview",
    "Pending",
    "Place",
    "RuleCounts",
    "WaitsFor",
    "pending",
]
