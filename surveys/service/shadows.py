"""Shadows: people whom only events have named, until a customer turns out to be one of them."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from surveys.decisions import WAITS_FOR_PERSON
from surveys.model import Invitation, InvitationState, Person, Verdict, VerdictKind
from surveys.ports import UnitOfWork

_LIVE: Final = (InvitationState.WAITING, InvitationState.OPEN)


def is_shadow(person: Person) -> bool:
    """Say whether the company itself has not told us of this person."""
    return person.external_id is None and person.erased_at is None


def has_been_met(tx: UnitOfWork, person: Person) -> bool:
    """Say whether there is more of this person than what events tell: a chat, a consent, whoever was joined to her."""
    chats, consents = tx.addresses.of_person(person.id), tx.consents.of_person(person.id)
    return bool(chats or consents or tx.joinings.of_heir(person.id))


def may_be_adopted(tx: UnitOfWork, person: Person) -> bool:
    """Say whether the person is a shadow and nothing more, so that she may become part of another."""
    return is_shadow(person) and not has_been_met(tx, person)


def own_id(tx: UnitOfWork, person: Person) -> str | None:
    """Return the company's id of this person, where an event or an upsert has given it."""
    if person.external_id is not None:
        return person.external_id
    names = tx.people.names(person.id)
    return next((name.value for name in names if name.namespace == "id"), None)


def contradicts(tx: UnitOfWork, person: Person, customer_id: str | None) -> bool:
    """Say whether the person is known to be another customer than ``customer_id``."""
    if customer_id is None:
        return False
    names = {name.value for name in tx.people.names(person.id) if name.namespace == "id"}
    own = names | ({person.external_id} if person.external_id is not None else set())
    return bool(own) and customer_id not in own


def living(tx: UnitOfWork, person: Person) -> Person:
    """Return who the person turned out to be: herself, unless she was joined to another."""
    while person.joined_to is not None:
        other = tx.people.get(person.joined_to)
        assert other is not None  # noqa: S101 a person somebody was joined to is never deleted
        person = other
    return person


def adopt(tx: UnitOfWork, shadow: Person, person: Person, *, now: datetime) -> Person:
    """Give everything of the shadow to the person and return her, with what was learned."""
    for stored in tx.events.of_person(shadow.id):
        for invitation in tx.invitations.of_event(stored.id):
            _hand_over(tx, invitation, person, now=now)
    tx.belongings.give(tx.belongings.of(shadow.id), shadow.id, person.id)
    tx.people.adopt(shadow.id, person.id)
    return learned(tx, person, locale=shadow.locale, timezone=shadow.timezone)


def _hand_over(tx: UnitOfWork, invitation: Invitation, person: Person, *, now: datetime) -> None:
    """Re-point the invitation; what waited to know its person is due, to be decided again.

    If she has one for the same occasion, this one is withdrawn: it keeps its row, and its occasion is
    marked, since (trigger, person, occasion) is unique.
    """
    other = tx.invitations.find(invitation.trigger, person.id, invitation.occasion)
    moved = replace(invitation, person_id=person.id, subject_id=person.subject_id)
    if other is None:
        waits = invitation.state is InvitationState.WAITING
        again = waits and invitation.hold_rule in WAITS_FOR_PERSON
        tx.invitations.save(replace(moved, due_at=now) if again else moved)
        return
    moved = replace(moved, occasion=f"{invitation.occasion}#{invitation.id}")
    decision = tx.decisions.get(invitation.decision_id)
    if invitation.state in _LIVE and decision is not None:
        values = {"occasion": invitation.occasion, "kept": other.id}
        verdict = Verdict(kind=VerdictKind.WITHDRAWN, rule="asked_already", at=now, values=values)
        tx.decisions.save(decision.then(verdict))
        moved = replace(moved, state=InvitationState.WITHDRAWN, due_at=None)
    tx.invitations.save(moved)


def learned(tx: UnitOfWork, person: Person, *, locale: str | None, timezone: str | None) -> Person:
    """Return the person with what was not known of her yet, saved."""
    found = replace(person, locale=person.locale or locale, timezone=person.timezone or timezone)
    if found != person:
        tx.people.save(found)
    return found
