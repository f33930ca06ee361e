"""Rules about the occasion: is there still time, has it been taken back, is it the one that is asked about."""

from surveys.conditions import evaluate
from surveys.decisions.facts import Facts, Ruling, iso, skip
from surveys.model import Event
from surveys.program.worth import AGENT_REPLIES, HANDLED_BY


def too_late(facts: Facts) -> Ruling | None:
    """Skip what can no longer be asked in time."""
    if facts.now < facts.ask_by:
        return None
    values = {
        "event_time": iso(facts.event.time),
        "after": str(facts.trigger.after),
        "max_wait": str(facts.trigger.max_wait),
        "ask_by": iso(facts.ask_by),
    }
    return skip("too_late", **values)


def reversal(facts: Facts) -> Ruling | None:
    """Skip what has been taken back."""
    if facts.reversed_by is None:
        return None
    return skip("reversed", by=facts.reversed_by, occasion=facts.event.subject)


def branch(facts: Facts) -> Ruling | None:
    """Skip what starts from another answer than the one there is now, or from an answer that there is not."""
    follows, origin = facts.trigger.follows, facts.origin
    if origin is None or origin.band is None:
        missing = follows is not None or facts.recovering
        return skip("no_answer", occasion=facts.event.subject) if missing else None
    if follows is None or follows.band in ("any", origin.band):
        return None
    return skip("branch", follows=origin.survey, band=origin.band, wanted=follows.band)


def repeat(facts: Facts) -> Ruling | None:
    """Skip an occasion that has had its ask."""
    if not facts.asked_already:
        return None
    if facts.trigger.worth.once_per_resolution:
        values = {"occasion": facts.event.subject, "resolution": facts.resolution}
        return skip("already_asked_for_this_resolution", **values)
    return skip("asked_already", occasion=facts.event.subject)


def occurrence(facts: Facts) -> Ruling | None:
    """Skip all but the person's n-th occasion of this kind, where the trigger wants one of them."""
    wanted = facts.trigger.occurrence
    if wanted is None or wanted == facts.occurrence:
        return None
    return skip("occurrence", wanted=wanted, this=facts.occurrence)


def condition(facts: Facts) -> Ruling | None:
    """Skip what the trigger does not mean; says what it saw."""
    if facts.trigger.where is None:
        return None
    found = evaluate(facts.trigger.where, facts.event.data)
    if found.holds:
        return None
    return skip("condition", seen=dict(found.seen), warnings=list(found.warnings))


def worth_asking(facts: Facts) -> Ruling | None:
    """Skip a case in which nobody took part, or that was cleared away with many others."""
    worth, event = facts.trigger.worth, facts.event
    if worth.human and took_part(event) is False:
        seen = {
            name: event.data[name] for name in (AGENT_REPLIES, HANDLED_BY) if name in event.data
        }
        return skip("no_human", seen=seen)
    if worth.bulk is not None and facts.burst >= worth.bulk.cases:
        within = {"cases": facts.burst, "within": str(worth.bulk.within)}
        return skip("bulk_close", handler=event.handler, **within)
    return None


def took_part(event: Event) -> bool | None:
    """Say whether anybody of the staff took part in a case; None where the event does not tell."""
    replies = event.data.get(AGENT_REPLIES)
    if isinstance(replies, int) and not isinstance(replies, bool):
        return replies > 0
    by = event.data.get(HANDLED_BY)
    if by is not None:
        return bool(by == "person")
    return True if event.handler else None
