"""Whom an event means: by id, identifiers and verified e-mail; else a shadow of what it says.

A person whom only events have named is a *shadow*: no ``external_id``, no consent, so never asked.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from surveys.errors import AlreadyStored
from surveys.model import CustomerHint, Event, Identifier, Person
from surveys.ports import UnitOfWork
from surveys.service.shadows import (
    adopt,
    contradicts,
    is_shadow,
    learned,
    living,
    may_be_adopted,
    own_id,
)


def resolve(
    tx: UnitOfWork, hint: CustomerHint, *, now: datetime, new_id: Callable[[], str]
) -> Person | None:
    """Return whom the hint means: by id, then identifiers, then verified e-mail; else a shadow of it.

    Learns what the hint says beyond what is known: identifiers, locale, time zone. None when the hint
    names nobody. An id that differs from a person's own outweighs every other match.
    """
    names = _names_of(hint)
    if not names:
        return None
    known = tuple({p.id: p for p in (living(tx, p) for p in tx.people.named(names))}.values())
    found = [p for p in known if not contradicts(tx, p, hint.id)]
    person = _foremost(tx, found)
    if person is None and not _names_beyond_email(hint):
        return _by_stated_email(tx, hint, now=now, new_id=new_id)
    if person is None:
        person = new_person(tx, now=now, new_id=new_id)
    if person.erased_at is not None:
        return person
    person = _joined(tx, person, found, now=now)
    person = _named(tx, person, _names_beyond_email(hint))
    if is_shadow(person) and hint.email:
        _offer_hint(tx, person, hint.email)
    return learned(tx, person, locale=hint.locale, timezone=hint.timezone)


def resolve_event(
    tx: UnitOfWork, event: Event, *, now: datetime, new_id: Callable[[], str]
) -> Person | None:
    """Return whom the event means; where it names nobody for certain, whom its occasion is about.

    A shipment knows its order and perhaps an e-mail, never the customer; the order's own event did.
    """
    hint = event.customer
    if not _names_beyond_email(hint) and not tx.people.named(_names_of(hint)):
        for earlier in reversed(tx.events.of_occasions([event.subject])):
            same = earlier.event.source == event.source and earlier.event.subject == event.subject
            person = tx.people.get(earlier.person_id) if same and earlier.person_id else None
            if person is not None:
                return person
    return resolve(tx, hint, now=now, new_id=new_id)


def _foremost(tx: UnitOfWork, found: Sequence[Person]) -> Person | None:
    """Return a customer before somebody we have only met, and either before a shadow."""
    if len(found) < 2:  # noqa: PLR2004 nobody to choose between
        return found[0] if found else None
    customer = next((person for person in found if not is_shadow(person)), None)
    met = (person for person in found if not may_be_adopted(tx, person))
    return customer or next(met, found[0])


def _joined(tx: UnitOfWork, person: Person, found: Sequence[Person], *, now: datetime) -> Person:
    """Adopt the other shadows that the same hint means, unless they are known to be somebody else."""
    for other in found:
        if other.id == person.id or not may_be_adopted(tx, other):
            continue
        if not contradicts(tx, other, own_id(tx, person)):
            person = adopt(tx, other, person, now=now)
    return person


def _by_stated_email(
    tx: UnitOfWork, hint: CustomerHint, *, now: datetime, new_id: Callable[[], str]
) -> Person | None:
    """Return the shadow of an e-mail nobody verified; it is no proof of being a known customer."""
    stated = hint_of(hint.email or "")
    holders = tx.people.named([stated])
    if holders:
        return holders[0] if is_shadow(holders[0]) else None
    person = _named(tx, new_person(tx, now=now, new_id=new_id), [stated])
    return learned(tx, person, locale=hint.locale, timezone=hint.timezone)


def _names_of(hint: CustomerHint) -> list[Identifier]:
    verified = [Identifier(namespace="email", value=hint.email)] if hint.email else []
    return [*_names_beyond_email(hint), *verified]


def _names_beyond_email(hint: CustomerHint) -> list[Identifier]:
    own = [Identifier(namespace="id", value=hint.id)] if hint.id else []
    return [*own, *hint.identifiers]


def hint_of(email: str) -> Identifier:
    """Return the name of an e-mail that somebody stated and nobody verified."""
    return Identifier(namespace="email_hint", value=email)


def new_person(tx: UnitOfWork, *, now: datetime, new_id: Callable[[], str]) -> Person:
    """Store somebody of whom nothing is known yet."""
    person = Person(id=new_id(), subject_id=new_id(), created_at=now)
    tx.people.add(person)
    return person


def _named(tx: UnitOfWork, person: Person, names: Sequence[Identifier]) -> Person:
    """Attach the names that are free; one that another person carries stays where it is.

    A shadow without a name of its own has lost a race for it: the winner is the person meant.
    """
    known = set(tx.people.names(person.id))
    for name in names:
        if name in known:
            continue
        try:
            tx.people.name(person.id, name)
        except AlreadyStored:
            holders = tx.people.named([name])
            if holders and is_shadow(person) and not tx.people.names(person.id):
                tx.people.adopt(person.id, holders[0].id)
                person = holders[0]
    return person


def _offer_hint(tx: UnitOfWork, shadow: Person, email: str) -> None:
    if not tx.people.named([hint_of(email)]):
        _named(tx, shadow, [hint_of(email)])
