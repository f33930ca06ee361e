"""Which part of the customers is asked, drawn so that a verdict does not change by trying again."""

from hashlib import blake2b

from surveys.decisions.facts import Facts, Ruling, iso, skip
from surveys.program import Survey
from surveys.timing import month_of, zone_of

_SHARE_BITS = 53  # what a float holds exactly, so that no draw is rounded up to 1


def sampling(facts: Facts) -> Ruling | None:
    """Skip whoever was not drawn for the trigger's share this month."""
    if facts.person is None or facts.trigger.share >= 1:
        return None
    zone, _ = zone_of(facts.program.company.zone, "UTC")
    month = month_of(facts.event.time, zone)
    drawn = draw(facts.salt, facts.person.id, facts.trigger.id, month)
    if drawn < facts.trigger.share:
        return None
    return skip("sampling", drawn=round(drawn, 6), share=facts.trigger.share, month=month)


def budget(facts: Facts) -> Ruling | None:
    """Ask no more customers of a stage than its budget needs: its share of the month, and nobody once it is met."""
    allotted = facts.allotment
    if allotted is None or facts.person is None or facts.trigger.by_scan:
        return None
    if allotted.met_at is not None and facts.now >= allotted.met_at:
        return skip("budget_met", **allotted.values(), met_at=iso(allotted.met_at))
    drawn = draw(facts.salt, facts.person.id, facts.trigger.id, allotted.month)
    if drawn < allotted.share:
        return None
    share = {"drawn": round(drawn, 6), "share": round(allotted.share, 6)}
    return skip("budget", **allotted.values(), **share)


def draw(salt: str, person: str, trigger: str, month: str) -> float:
    """Return a number in [0, 1) that stays the same for person, trigger and calendar month."""
    return _drawn(salt, person, trigger, month)


def wording_drawn(survey: Survey, salt: str, person: str) -> str:
    """Return the wording of the survey that falls to the person: the same one every time."""
    drawn = _drawn(salt, person, "wording", survey.id)
    for variant in survey.variants[:-1]:
        if drawn < variant.share:
            return variant.wording
        drawn -= variant.share
    return survey.variants[-1].wording if survey.variants else survey.wording


def _drawn(salt: str, *parts: str) -> float:
    text = "\x1f".join(parts).encode()
    digest = blake2b(text, key=salt.encode()[:64], digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - _SHARE_BITS)) / 2.0**_SHARE_BITS
