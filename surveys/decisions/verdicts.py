"""How a ruling on an ask that waits is written down."""

from datetime import datetime

from surveys.decisions.facts import Ruling, RulingKind
from surveys.model import Verdict, VerdictKind

# Rules that a new link, address or consent can lift.
WAITS_FOR_PERSON = (
    "customer_unknown",
    "unreachable",
    "no_consent",
    "no_marketing_consent",
    "marketing_consent_lapsed",
)
STAFF_PAUSE = "staff_pause"
"""The rule by which an ask waits that staff have paused; only staff lift it."""


def verdict_of(ruling: Ruling, at: datetime) -> Verdict:
    """Return the verdict on an ask that has not begun: even a clear one waits for its turn."""
    skipped = ruling.kind is RulingKind.SKIPPED
    kind = VerdictKind.SKIPPED if skipped else VerdictKind.HELD
    name = "turn" if ruling.kind is RulingKind.CLEAR else ruling.rule
    return Verdict(kind=kind, rule=name, at=at, values=ruling.values, seen=ruling.seen)


def last_verdict(hold_rule: str | None, ask_by: datetime, ruling: Ruling, now: datetime) -> Verdict:
    """Return the verdict that ends a waiting ask; what it waited for in vain is its reason."""
    overtaken = now >= ask_by
    waited = hold_rule if overtaken else None
    name = waited if waited in (*WAITS_FOR_PERSON, STAFF_PAUSE) else ruling.rule
    kind = VerdictKind.EXPIRED if overtaken else VerdictKind.SKIPPED
    rule = name or ruling.rule
    return Verdict(kind=kind, rule=rule, at=now, values=ruling.values, seen=ruling.seen)
