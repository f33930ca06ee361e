"""The log of decisions as it is asked for and handed out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from surveys.model import Channel, Decision, VerdictKind

DEPTH: Final = 10_000
"""How many rows one reading looks through at most; whoever wants more goes on from where it ended."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a reading of the log stands: the instant of a decision's first verdict, and its number."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWanted:
    """Which decisions are asked for: those from ``since`` on and before ``before``, newest first.

    Attributes:
        before: where to go on; to begin, the end of the window with the number 0.
        triggers: None for all of them.
        kind: of the last verdict, as ``rule`` is; None and "" for any.
        channel: in which the ask went out, or is about to.
    """

    since: datetime
    before: Place
    triggers: tuple[str, ...] | None = None
    kind: VerdictKind | None = None
    rule: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A decision at its place in the log."""

    place: Place
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """What was found, newest first.

    Attributes:
        go_on: the place to go on from; None where the window has nothing older.
        looked: how many decisions of the window were looked at: all of them where ``go_on`` is None.
    """

    found: tuple[Logged, ...]
    go_on: Place | None
    looked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCounts:
    """How many decisions ended in each verdict and rule, the most frequent first.

    Attributes:
        looked: how many decisions of the window were looked at, whether or not they fit.
    """

    counts: Mapping[tuple[VerdictKind, str], int]
    looked: int
