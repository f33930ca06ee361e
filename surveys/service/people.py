"""Who a customer is: resolving hints, upserts, one-time links, consent.

A person whom only events have named is a *shadow*: no ``external_id``, no consent, so never asked. An
upsert that shares an identifier with a shadow, or has the verified e-mail that an event stated, adopts it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from surveys.errors import AlreadyStored, IdentifierTaken
from surveys.model import (
    Address,
    Channel,
    Consent,
    CustomerHint,
    Event,
    Identifier,
    Json,
    Link,
    Person,
    Purpose,
)
from surveys.ports import UnitOfWork
from surveys.service import announcing
from surveys.service.context import Context
from surveys.service.shadows import adopt, contradicts, is_shadow, learned, own_id

LINK_DAYS: Final = 30
_CONSENT_SOURCE: Final = {
    Channel.TELEGRAM: "telegram_start",
    Channel.WEBCHAT: "webchat_link",
    Channel.SLACK: "slack",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """A consent for the ledger, of a person still to be found."""

    purpose: Purpose
    at: datetime
    source: str
    text_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUpsert:
    """What a company says about its customer ``id``; None and empty leave what is known.

    Attributes:
        email: casefolded; kept only where ``email_verified``.
        attributes: merged into the known ones, key by key.
    """

    id: str
    email: str | None = None
    email_verified: bool = False
    locale: str | None = None
    timezone: str | None = None
    attributes: Mapping[str, Json] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    consents: tuple[ConsentGiven, ...] = ()


# --- events: who is meant -------------------------------------------------------------------------


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
    found = [p for p in tx.people.named(names) if not contradicts(tx, p, hint.id)]
    person = next((p for p in found if not is_shadow(p)), found[0] if found else None)
    if person is None and not _names_beyond_email(hint):
        return _by_stated_email(tx, hint, now=now, new_id=new_id)
    if person is None:
        person = _new_person(tx, now=now, new_id=new_id)
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


def _joined(tx: UnitOfWork, person: Person, found: Sequence[Person], *, now: datetime) -> Person:
    """Adopt the other shadows that the same hint means, unless they are known to be somebody else."""
    for other in found:
        if other.id == person.id or not is_shadow(other):
            continue
        if not contradicts(tx, other, own_id(tx, person)):
            person = adopt(tx, other, person, now=now)
    return person


def _by_stated_email(
    tx: UnitOfWork, hint: CustomerHint, *, now: datetime, new_id: Callable[[], str]
) -> Person | None:
    """Return the shadow of an e-mail nobody verified; it is no proof of being a known customer."""
    stated = _hint(hint.email or "")
    holders = tx.people.named([stated])
    if holders:
        return holders[0] if is_shadow(holders[0]) else None
    person = _named(tx, _new_person(tx, now=now, new_id=new_id), [stated])
    return learned(tx, person, locale=hint.locale, timezone=hint.timezone)


def _names_of(hint: CustomerHint) -> list[Identifier]:
    verified = [Identifier(namespace="email", value=hint.email)] if hint.email else []
    return [*_names_beyond_email(hint), *verified]


def _names_beyond_email(hint: CustomerHint) -> list[Identifier]:
    own = [Identifier(namespace="id", value=hint.id)] if hint.id else []
    return [*own, *hint.identifiers]


def _hint(email: str) -> Identifier:
    return Identifier(namespace="email_hint", value=email)


def _new_person(tx: UnitOfWork, *, now: datetime, new_id: Callable[[], str]) -> Person:
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
    if not tx.people.named([_hint(email)]):
        _named(tx, shadow, [_hint(email)])


# --- the company's own word -----------------------------------------------------------------------


def upsert(
    tx: UnitOfWork, given: CustomerUpsert, *, now: datetime, new_id: Callable[[], str]
) -> Person:
    """Insert or complete the customer, and adopt the shadows that turn out to be the same person.

    Raises:
        IdentifierTaken: an identifier, or the verified e-mail, belongs to another customer.
    """
    own = Identifier(namespace="id", value=given.id)
    holders = tx.people.named([own])
    person = holders[0] if holders else _new_person(tx, now=now, new_id=new_id)
    person = replace(
        person,
        external_id=given.id,
        locale=given.locale or person.locale,
        timezone=given.timezone or person.timezone,
        attributes={**person.attributes, **given.attributes},
    )
    tx.people.save(person)
    for name in (own, *given.identifiers):
        person = _claim(tx, person, name, now=now)
    if given.email and given.email_verified:
        person = _claim(tx, person, Identifier(namespace="email", value=given.email), now=now)
        person = _adopt_stated(tx, person, given.email, now=now)
    _record(tx, person.id, given.consents)
    return person


def _claim(tx: UnitOfWork, person: Person, name: Identifier, *, now: datetime) -> Person:
    """Attach a name, taking it over from a shadow."""
    for holder in tx.people.named([name]):
        if holder.id == person.id:
            return person
        if not is_shadow(holder) or contradicts(tx, holder, person.external_id):
            raise IdentifierTaken(name.namespace, name.value)
        return adopt(tx, holder, person, now=now)
    tx.people.name(person.id, name)
    return person


def _adopt_stated(tx: UnitOfWork, person: Person, email: str, *, now: datetime) -> Person:
    for holder in tx.people.named([_hint(email)]):
        foreign = contradicts(tx, holder, person.external_id)
        if holder.id != person.id and is_shadow(holder) and not foreign:
            person = adopt(tx, holder, person, now=now)
    return person


def _record(tx: UnitOfWork, person_id: str, entries: Sequence[ConsentGiven]) -> None:
    """Append the entries that the ledger does not hold yet."""
    known = {
        (c.purpose, c.at, c.source, c.text_version)
        for c in tx.consents.of_person(person_id)
        if c.granted
    }
    for entry in entries:
        key = (entry.purpose, entry.at, entry.source, entry.text_version)
        if key in known:
            continue
        known.add(key)
        tx.consents.add(
            Consent(
                person_id=person_id,
                purpose=entry.purpose,
                granted=True,
                at=entry.at,
                source=entry.source,
                text_version=entry.text_version,
            )
        )


# --- links, addresses, consent --------------------------------------------------------------------


def hash_token(token: str) -> str:
    """Return the hex SHA-256 under which a random token is kept; 128 random bits need no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def create_link(
    tx: UnitOfWork,
    person_id: str,
    channel: Channel,
    *,
    now: datetime,
    new_token: Callable[[], str],
    days: int = LINK_DAYS,
) -> str:
    """Store a one-time link and return its token, in clear this one time."""
    token = new_token()
    tx.links.add(
        Link(
            token_hash=hash_token(token),
            person_id=person_id,
            channel=channel,
            expires_at=now + timedelta(days=days),
        )
    )
    return token


def join(
    tx: UnitOfWork,
    ctx: Context,
    token: str,
    *,
    channel: Channel,
    account: str,
    user: str,
    chat: str,
    locale: str | None,
) -> Address | None:
    """Use a link: the address is now its person's, who with this agrees to the text she was shown.

    Returns None whatever is wrong with the link: unknown, used, expired, of another channel. Starting
    anew also ends an earlier opt-out, since it is the customer's own and later act.
    """
    now = ctx.now()
    link = tx.links.use(hash_token(token), channel, now)
    person = tx.people.get(link.person_id) if link else None
    if person is None or person.erased_at is not None:
        return None
    address = attach(
        tx, person.id, channel, account=account, user=user, chat=chat, locale=locale,
        now=now, new_id=ctx.new_id,
    )  # fmt: skip
    if person.opted_out_at is not None:
        tx.people.save(replace(person, opted_out_at=None, paused_until=None))
        announcing.opted(tx, ctx, person, out=False, source=_CONSENT_SOURCE[channel])
    tx.consents.add(
        Consent(
            person_id=person.id,
            purpose=Purpose.SERVICE_SURVEY,
            granted=True,
            at=now,
            source=_CONSENT_SOURCE[channel],
            text_version=ctx.program.consent.version,
            locale=locale,
        )
    )
    return address


def attach(
    tx: UnitOfWork,
    person_id: str,
    channel: Channel,
    *,
    account: str,
    user: str,
    chat: str,
    locale: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> Address:
    """Return the address of this platform user, made or re-pointed so that it is the person's."""
    known = tx.addresses.find(channel, account, user)
    if known is None:
        known = Address(
            id=new_id(),
            person_id=person_id,
            channel=channel,
            account=account,
            user=user,
            chat=chat,
            created_at=now,
            locale=locale,
        )
        tx.addresses.add(known)
        return known
    moved = replace(
        known, person_id=person_id, chat=chat, reachable=True, locale=locale or known.locale
    )
    tx.addresses.save(moved)
    return moved


def consented(consents: Sequence[Consent], purpose: Purpose) -> Consent | None:
    """Return the newest entry for the purpose if it grants it. ``consents`` come oldest first."""
    newest = next((c for c in reversed(consents) if c.purpose is purpose), None)
    return newest if newest is not None and newest.granted else None
