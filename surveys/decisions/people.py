"""Rules about the person: is she known, can she be reached, has she agreed, has she left."""

from surveys.agreements import Standing, agreement
from surveys.decisions.facts import Facts, Ruling, hold, iso, skip
from surveys.model import Purpose


def known(facts: Facts) -> Ruling | None:
    """Hold what concerns somebody the company has not told us of."""
    if facts.person is None:
        return skip("customer_unknown", identifiers=0)
    if facts.known:
        return None
    names = [i.namespace for i in facts.event.customer.identifiers]
    return hold(facts, "customer_unknown", identifiers=names)


def reachable(facts: Facts) -> Ruling | None:
    """Hold what can be sent nowhere yet."""
    return None if facts.reachable else hold(facts, "unreachable", addresses=0)


def consent(facts: Facts) -> Ruling | None:
    """Ask only who agreed to be asked."""
    found = agreement(facts.consents, Purpose.SERVICE_SURVEY, facts.now)
    if found.entry is None:
        return hold(facts, "no_consent", purpose=Purpose.SERVICE_SURVEY.value)
    if found.standing is Standing.WITHDRAWN:
        return skip("consent_withdrawn", at=iso(found.entry.at), source=found.entry.source)
    return None


def marketing(facts: Facts) -> Ruling | None:
    """Ask only who agreed to advertising, where asking is advertising (docs/decisions/0052)."""
    if not facts.survey.advertises:
        return None
    found = agreement(facts.consents, Purpose.MARKETING, facts.now)
    if found.entry is None:
        return hold(facts, "no_marketing_consent", purpose=Purpose.MARKETING.value)
    if found.standing is Standing.WITHDRAWN:
        values = {"at": iso(found.entry.at), "source": found.entry.source}
        return skip("marketing_consent_withdrawn", **values)
    if found.standing is Standing.LAPSED and found.until is not None:
        values = {"at": iso(found.entry.at), "lapsed_at": iso(found.until)}
        return hold(facts, "marketing_consent_lapsed", **values)
    return None


def gone(facts: Facts) -> Ruling | None:
    """Skip whoever has left."""
    person = facts.person
    if person is not None and person.erased_at is not None:
        return skip("erased", at=iso(person.erased_at))
    if person is not None and person.opted_out_at is not None:
        return skip("opted_out", at=iso(person.opted_out_at))
    return None
