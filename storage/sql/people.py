"""Customers, where to reach them and what they agreed to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from storage.sql.session import Session
from storage.sql.shapes import decoder, fields_of, insert_new, plain, table_of
from storage.sql.statements import Query, Statement
from storage.tables.asking import DecisionRow
from storage.tables.intake import EventRow
from storage.tables.people import (
    AddressRow,
    ConsentRow,
    IdentifierRow,
    LinkRow,
    PersonRow,
    WebSessionRow,
)
from surveys.errors import AlreadyStored
from surveys.model import Address, Channel, Consent, Identifier, Link, Person, WebSession

_person = table_of(PersonRow)
_identifier = table_of(IdentifierRow)
_address = table_of(AddressRow)
_consent = table_of(ConsentRow)
_link = table_of(LinkRow)

_PERSON = plain("person", Person, PersonRow)
_ERASED = _PERSON.query(
    _person.c.erased_at.is_not(None), order=(_person.c.erased_at,), limited=True, claim=True
)
_THIS_NAME = (
    _identifier.c.namespace == bindparam("namespace"),
    _identifier.c.value == bindparam("value"),
)
_NAMED = _PERSON.query(_person.c.id == _identifier.c.person_id, *_THIS_NAME)
_BEARER = Statement(select(_identifier.c.person_id).where(*_THIS_NAME))
_NAMES = Query(
    select(_identifier.c.namespace, _identifier.c.value).where(
        _identifier.c.person_id == bindparam("person_id")
    ),
    decoder(Identifier, ("namespace", "value")),
)
_ADD_NAME = insert_new(_identifier, ("namespace", "value", "person_id"))


def _give(model: Any) -> Statement:
    table = table_of(model)
    return Statement(
        update(table)
        .values(person_id=bindparam("heir"))
        .where(table.c.person_id == bindparam("shadow"))
    )


_GIVE = (_give(IdentifierRow), _give(EventRow), _give(DecisionRow))
_FORGET = Statement(delete(_person).where(_person.c.id == bindparam("shadow")))


class SqlPeople:
    """See surveys.ports.People."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, person: Person) -> None:
        """Insert."""
        _PERSON.add(self._session, person)

    def save(self, person: Person) -> None:
        """Replace."""
        _PERSON.save(self._session, person)

    def get(self, person_id: str) -> Person | None:
        """Return the person."""
        return _PERSON.get(self._session, person_id)

    def erased(self, limit: int) -> tuple[Person, ...]:
        """Return the people of whom only a last message is left."""
        return self._session.all(_ERASED, limit=limit)

    def named(self, identifiers: Sequence[Identifier]) -> tuple[Person, ...]:
        """Return whom the identifiers name."""
        found = (
            person
            for identifier in identifiers
            for person in self._session.all(
                _NAMED, namespace=identifier.namespace, value=identifier.value
            )
        )
        return tuple({person.id: person for person in found}.values())

    def name(self, person_id: str, identifier: Identifier) -> None:
        """Attach an identifier."""
        name = {"namespace": identifier.namespace, "value": identifier.value}
        if self._session.run(_ADD_NAME, {**name, "person_id": person_id}):
            return
        if self._session.scalar(_BEARER, **name) != person_id:
            raise AlreadyStored("identifier", f"{identifier.namespace}={identifier.value}")

    def names(self, person_id: str) -> tuple[Identifier, ...]:
        """Return the person's identifiers."""
        found = self._session.all(_NAMES, person_id=person_id)
        return tuple(sorted(found, key=attrgetter("namespace", "value")))

    def adopt(self, shadow_id: str, person_id: str) -> None:
        """Give what the shadow has to the person and delete it."""
        for statement in _GIVE:
            self._session.run(statement, {"shadow": shadow_id, "heir": person_id})
        self._session.run(_FORGET, {"shadow": shadow_id})


_ADDRESS = plain("address", Address, AddressRow)
_LOOK = _ADDRESS.query(_ADDRESS.table.c.id == bindparam("id"), lock=False)
_PLACE = _ADDRESS.query(
    _address.c.channel == bindparam("channel"),
    _address.c.account == bindparam("account"),
    _address.c.user == bindparam("user"),
)
_PLACES = _ADDRESS.query(
    _address.c.person_id == bindparam("person_id"),
    order=(_address.c.created_at.desc(), _address.c.number),
)


class SqlAddresses:
    """See surveys.ports.Addresses."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, address: Address) -> None:
        """Insert."""
        _ADDRESS.add(self._session, address)

    def save(self, address: Address) -> None:
        """Replace."""
        _ADDRESS.save(self._session, address)

    def get(self, address_id: str) -> Address | None:
        """Return the address."""
        return _ADDRESS.get(self._session, address_id)

    def look(self, address_id: str) -> Address | None:
        """Return the address, without locking it."""
        return self._session.one(_LOOK, id=address_id)

    def find(self, channel: Channel, account: str, user: str) -> Address | None:
        """Return the address of this platform user."""
        return self._session.one(_PLACE, channel=channel, account=account, user=user)

    def of_person(self, person_id: str) -> tuple[Address, ...]:
        """Return the person's addresses."""
        return self._session.all(_PLACES, person_id=person_id)


_CONSENT_FIELDS = fields_of(Consent)
_read_consent = attrgetter(*_CONSENT_FIELDS)
_ADD_CONSENT = insert_new(_consent, _CONSENT_FIELDS)
_CONSENTS = Query(
    select(*(_consent.c[name] for name in _CONSENT_FIELDS))
    .where(_consent.c.person_id == bindparam("person_id"))
    .order_by(_consent.c.at, _consent.c.number),
    decoder(Consent, _CONSENT_FIELDS),
)


class SqlConsents:
    """See surveys.ports.Consents."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, consent: Consent) -> None:
        """Append."""
        values = dict(zip(_CONSENT_FIELDS, _read_consent(consent), strict=True))
        self._session.run(_ADD_CONSENT, values)

    def of_person(self, person_id: str) -> tuple[Consent, ...]:
        """Return the person's entries."""
        return self._session.all(_CONSENTS, person_id=person_id)


_LINK = plain("link", Link, LinkRow, key="token_hash")
_SESSION = plain("web session", WebSession, WebSessionRow, key="token_hash")
_SESSIONS = _SESSION.query(
    _SESSION.table.c.address_id == bindparam("address_id"), order=(_SESSION.table.c.token_hash,)
)


class SqlLinks:
    """See surveys.ports.Links."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, link: Link) -> None:
        """Insert."""
        _LINK.add(self._session, link)

    def use(self, token_hash: str, channel: Channel, now: datetime) -> Link | None:
        """Mark the link used, once."""
        link = _LINK.get(self._session, token_hash)
        if link is None or link.used_at is not None or link.expires_at <= now:
            return None
        if link.channel is not channel:
            return None
        _LINK.save(self._session, replace(link, used_at=now))
        return _LINK.get(self._session, token_hash)

    def find(self, token_hash: str) -> Link | None:
        """Return the link."""
        return _LINK.get(self._session, token_hash)

    def look(self, token_hash: str) -> Link | None:
        """Return the link."""
        return _LINK.get(self._session, token_hash)

    def add_session(self, session: WebSession) -> None:
        """Insert a web session."""
        _SESSION.add(self._session, session)

    def session(self, token_hash: str) -> WebSession | None:
        """Return the web session."""
        return _SESSION.get(self._session, token_hash)

    def sessions_of(self, address_id: str) -> tuple[WebSession, ...]:
        """Return the sessions of the address."""
        return self._session.all(_SESSIONS, address_id=address_id)
