"""Who a customer is: the company's own word, one-time links, consent.

An upsert that shares an identifier with a shadow (surveys.service.resolving), or has the verified e-mail that an
event stated, adopts it; a one-time link joins whoever opens it to the customer it was made for.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from surveys.errors import IdentifierTaken
from surveys.model import (
    Address,
    Channel,
    Consent,
    Identifier,
    Json,
    Link,
    Person,
    Purpose,
)
from surveys.ports import UnitOfWork
from surveys.service import announcing, ledger
from surveys.service.context import Context
from surveys.service.joining import bring
from surveys.service.resolving import hint_of, new_person
from surveys.service.shadows import (
    adopt,
    contradicts,
    has_been_met,
    is_shadow,
    living,
    may_be_adopted,
)
from surveys.service.tombstones import buried_at

LINK_DAYS: Final = 30
_JUST_BEFORE: Final = timedelta(microseconds=1)
_CONSENT_SOURCE: Final = {
    Channel.TELEGRAM: "telegram_start",
    Channel.WEBCHAT: "webchat_link",
    Channel.SLACK: "slack",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """A consent for the ledger, or its withdrawal, of a person still to be found."""

    purpose: Purpose
    at: datetime
    source: str
    text_version: str
    granted: bool = True
    locale: str | None = None
    channel: Channel | None = None
    proof: str | None = None


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
    preferred_channel: Channel | None = None
    attributes: Mapping[str, Json] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    consents: tuple[ConsentGiven, ...] = ()


# --- the company's own word -----------------------------------------------------------------------


def upsert(
    tx: UnitOfWork, given: CustomerUpsert, *, now: datetime, new_id: Callable[[], str]
) -> Person:
    """Insert or complete the customer, and adopt the shadows that turn out to be the same person.

    Of one who was erased the company may tell again; a consent from before that counts no more.

    Raises:
        IdentifierTaken: an identifier, or the verified e-mail, belongs to another customer.
    """
    own = Identifier(namespace="id", value=given.id)
    person = _known(tx, given, own) or new_person(tx, now=now, new_id=new_id)
    person = replace(
        person,
        external_id=person.external_id or given.id,
        locale=given.locale or person.locale,
        timezone=given.timezone or person.timezone,
        preferred_channel=given.preferred_channel or person.preferred_channel,
        attributes={**person.attributes, **given.attributes},
    )
    tx.people.save(person)
    for name in (own, *given.identifiers):
        person = _claim(tx, person, name, now=now)
    if given.email and given.email_verified:
        person = _claim(tx, person, Identifier(namespace="email", value=given.email), now=now)
        person = _adopt_stated(tx, person, given.email, now=now)
    erased_at = buried_at(tx, tx.people.names(person.id))
    given_since = [c for c in given.consents if erased_at is None or c.at > erased_at]
    _record(tx, person.id, given_since)
    return person


def _known(tx: UnitOfWork, given: CustomerUpsert, own: Identifier) -> Person | None:
    """Return the customer of this id; else whoever we have met under another of her names; else the id's shadow."""
    holders = [living(tx, person) for person in tx.people.named([own])]
    named = [*holders, *tx.people.named(given.identifiers)]
    mine = [p for p in named if is_shadow(p) and not contradicts(tx, p, given.id)]
    customer = next((p for p in holders if not is_shadow(p)), None)
    met = (person for person in mine if has_been_met(tx, person))
    return customer or next(met, None) or next(iter(holders), None)


def _claim(tx: UnitOfWork, person: Person, name: Identifier, *, now: datetime) -> Person:
    """Attach a name, taking it over from a shadow."""
    for holder in tx.people.named([name]):
        if holder.id == person.id:
            return person
        if not may_be_adopted(tx, holder) or contradicts(tx, holder, person.external_id):
            raise IdentifierTaken(name.namespace, name.value)
        return adopt(tx, holder, person, now=now)
    tx.people.name(person.id, name)
    return person


def _adopt_stated(tx: UnitOfWork, person: Person, email: str, *, now: datetime) -> Person:
    for holder in tx.people.named([hint_of(email)]):
        foreign = contradicts(tx, holder, person.external_id)
        if holder.id != person.id and may_be_adopted(tx, holder) and not foreign:
            person = adopt(tx, holder, person, now=now)
    return person


def _record(tx: UnitOfWork, person_id: str, entries: Sequence[ConsentGiven]) -> None:
    """Append the entries that the ledger does not hold yet."""
    known = {
        (c.purpose, c.granted, c.at, c.source, c.text_version)
        for c in tx.consents.of_person(person_id)
    }
    for entry in entries:
        key = (entry.purpose, entry.granted, entry.at, entry.source, entry.text_version)
        if key in known:
            continue
        known.add(key)
        tx.consents.add(
            Consent(
                person_id=person_id,
                purpose=entry.purpose,
                granted=entry.granted,
                at=entry.at,
                source=entry.source,
                text_version=entry.text_version,
                locale=entry.locale,
                channel=entry.channel,
                proof=entry.proof,
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
    is_newest: bool = True,
) -> Address | None:
    """Use a link: the address is now its person's, who with this agrees to the text she was shown.

    Whoever had the address before was her, unless known as another customer (surveys.service.joining). Returns
    None whatever is wrong with the link: unknown, used, expired, of another channel. Starting anew also ends an
    earlier opt-out, since it is the customer's own and later act: ``is_newest`` says that it is the later one.
    """
    now = ctx.now()
    link = tx.links.use(hash_token(token), channel, now)
    person = _meant(tx, link)
    if person is None:
        return None
    known = tx.addresses.find(channel, account, user)
    if known is not None:
        person = bring(tx, ctx, known, person, how="link")
    address = attach(
        tx, person.id, channel, account=account, user=user, chat=chat, locale=locale,
        now=now, new_id=ctx.new_id,
    )  # fmt: skip
    stopped_at = person.opted_out_at
    if stopped_at is not None and is_newest:
        tx.people.save(replace(person, opted_out_at=None, paused_until=None))
        announcing.opted(tx, ctx, person, out=False, source=_CONSENT_SOURCE[channel])
    ledger.grant(
        tx,
        ctx,
        person,
        address=address,
        at=now if is_newest or stopped_at is None else stopped_at - _JUST_BEFORE,
        source=_CONSENT_SOURCE[channel],
        proof=ledger.by_link(hash_token(token), channel),
    )
    return address


def opened_before(tx: UnitOfWork, token: str, address: Address) -> bool:
    """Say whether this chat's own person has used the link already, so that she only opens it once more."""
    link = tx.links.look(hash_token(token))
    person = _meant(tx, link) if link is not None and link.used_at is not None else None
    same = link is not None and link.channel is address.channel
    return same and person is not None and person.id == address.person_id


def _meant(tx: UnitOfWork, link: Link | None) -> Person | None:
    """Return whom the link was made for, or who that turned out to be; nobody where there is none any more."""
    person = tx.people.get(link.person_id) if link else None
    person = living(tx, person) if person else None
    return person if person is not None and person.erased_at is None else None


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
