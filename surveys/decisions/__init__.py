"""Whether and when an event's customer may be asked: pure rules over facts, each ending in a Ruling.

The rules run in the order of the contact rules: time left, reversal, the answer it follows, known customer, reachable,
consent (to advertising, too, where it is that), erased or opted out, occurrence, condition, whether a case is
worth it, sampling, the stage's budget, a pause by staff, then the earliest instant that pause, own clock, cap, quiet hours and holidays allow together. Each is a function
from facts to a ruling, or to None where it has nothing against the ask.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from surveys.decisions.facts import Allotment, Facts, Origin, Ruling, RulingKind, because, hold
from surveys.decisions.instants import cooled_down, earliest_for, has_room, ruled, when
from surveys.decisions.occasions import (
    branch,
    condition,
    occurrence,
    repeat,
    reversal,
    too_late,
    worth_asking,
)
from surveys.decisions.people import consent, gone, known, marketing, reachable
from surveys.decisions.seeing import APART_UNTIL, DEADLINE, UNCOUNTED, Setting, seen, seen_again
from surveys.decisions.shares import budget, draw, sampling, wording_drawn
from surveys.decisions.verdicts import STAFF_PAUSE, WAITS_FOR_PERSON, last_verdict, verdict_of

__all__ = [
    "APART_UNTIL",
    "DEADLINE",
    "LOCAL_TIME",
    "LOOK_AGAIN",
    "STAFF_PAUSE",
    "UNCOUNTED",
    "WAITS_FOR_PERSON",
    "Allotment",
    "Facts",
    "Origin",
    "Ruling",
    "RulingKind",
    "Setting",
    "because",
    "cooled_down",
    "draw",
    "has_room",
    "last_verdict",
    "recheck",
    "rule",
    "seen_again",
    "verdict_of",
    "wording_drawn",
]

LOOK_AGAIN = timedelta(minutes=5)
"""How often a message that has begun and is paused is looked at again: nothing makes it due when staff resume."""
# Rules whose instants were reckoned from a zone's local time.
LOCAL_TIME = ("quiet_hours", "holiday", "ad_night")


def rule(facts: Facts) -> Ruling:
    """Return the verdict on an ask at ``facts.now``."""
    return replace(_ruled(facts), seen=seen(facts))


def _ruled(facts: Facts) -> Ruling:
    for check in _IN_ORDER:
        ruling = check(facts)
        if ruling is not None:
            return ruling
    return when(facts)


def recheck(facts: Facts, deadline: datetime, *, counted: bool) -> Ruling:
    """Return the verdict on a message of an ask that has begun: what can change after the first check.

    ``counted`` says whether it may be a new contact, as a question is, or is none, as a reminder. What has begun
    is pinned to its address, so what waits before is the end here.
    """
    uncounted = {} if counted else {UNCOUNTED: True}
    kept = {**seen(facts), DEADLINE: deadline.isoformat(), **uncounted}
    return replace(_rechecked(facts, deadline, counted=counted), seen=kept)


def _rechecked(facts: Facts, deadline: datetime, *, counted: bool) -> Ruling:
    for check in (reversal, branch, reachable, consent, marketing, gone):
        ruling = check(facts)
        if ruling is not None:
            return replace(ruling, kind=RulingKind.SKIPPED, until=None)
    if facts.pause is not None:
        again = min(facts.now + LOOK_AGAIN, deadline)
        return replace(hold(facts, STAFF_PAUSE, **facts.pause.values()), until=again)
    return ruled(facts, earliest_for(facts, facts.now, counted=counted), deadline)


def _paused(facts: Facts) -> Ruling | None:
    if facts.pause is None:
        return None
    return hold(facts, STAFF_PAUSE, **facts.pause.values())


_IN_ORDER = (
    too_late,
    reversal,
    branch,
    repeat,
    known,
    reachable,
    consent,
    marketing,
    gone,
    occurrence,
    condition,
    worth_asking,
    sampling,
    budget,
    _paused,
)
