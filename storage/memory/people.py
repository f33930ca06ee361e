"""Customers, where to reach them and what they agreed to, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from operator import attrgetter, itemgetter

from storage.memory.asking import MemoryDecisions
from storage.memory.belongings import Owned
from storage.memory.intake import MemoryEvents
from storage.memory.table import Table, UndoLog
from storage.names import name_of
from surveys.errors import AlreadyStored
from surveys.model import Address, Channel, Consent, Identifier, Link, Person, WebSession


@dataclass(frozen=True, slots=True)
class _Name:
    identifier: Identifier
    person_id: str

    @property
    def name(self) -> str:
        """What the ledger of joinings calls it."""
        return name_of(self.identifier.namespace, self.identifier.value)


class MemoryPeople:
    """See surveys.ports.People."""

    def __init__(self, log: UndoLog, events: MemoryEvents, decisions: MemoryDecisions) -> None:
        self._people: Table[Person] = Table("person", log, unique=("external_id",))
        self._names: Table[_Name] = Table("name", log, key=("identifier",), groups=("person_id",))
        self.owned = Owned(self._names, name="name")
        self._events = events
        self._decisions = decisions

    def add(self, person: Person) -> None:
        """Insert."""
        self._people.add(person)

    def save(self, person: Person) -> None:
        """Replace."""
        self._people.save(person)

    def get(self, person_id: str) -> Person | None:
        """Return the person."""
        return self._people.get(person_id)

    def erased(self, limit: int) -> tuple[Person, ...]:
        """Return the people of whom only a last message is left."""
        erased = [(person.erased_at, person) for person in self._people if person.erased_at]
        return tuple(person for _, person in sorted(erased, key=itemgetter(0))[:limit])

    def named(self, identifiers: Sequence[Identifier]) -> tuple[Person, ...]:
        """Return whom the identifiers name."""
        names = [name for name in map(self._names.get, identifiers) if name]
        people = {name.person_id: self._people.get(name.person_id) for name in names}
        return tuple(person for person in people.values() if person)

    def name(self, person_id: str, identifier: Identifier) -> None:
        """Attach an identifier."""
        known = self._names.get(identifier)
        if known is None:
            self._names.add(_Name(identifier, person_id))
        elif known.person_id != person_id:
            raise AlreadyStored("identifier", f"{identifier.namespace}={identifier.value}")

    def names(self, person_id: str) -> tuple[Identifier, ...]:
        """Return the person's identifiers."""
        found = (name.identifier for name in self._names.of("person_id", person_id))
        return tuple(sorted(found, key=attrgetter("namespace", "value")))

    def adopt(self, shadow_id: str, person_id: str) -> None:
        """Give what the shadow has to the person and delete it."""
        for name in self._names.of("person_id", shadow_id):
            self._names.save(replace(name, person_id=person_id))
        self._events.give(shadow_id, person_id)
        self._decisions.give(shadow_id, person_id)
        self._people.remove(shadow_id)


class MemoryAddresses:
    """See surveys.ports.Addresses."""

    def __init__(self, log: UndoLog) -> None:
        self._addresses: Table[Address] = Table(
            "address", log, unique=("channel", "account", "user"), groups=("person_id",)
        )
        self.owned = Owned(self._addresses)

    def add(self, address: Address) -> None:
        """Insert."""
        self._addresses.add(address)

    def save(self, address: Address) -> None:
        """Replace."""
        self._addresses.save(address)

    def get(self, address_id: str) -> Address | None:
        """Return the address."""
        return self._addresses.get(address_id)

    def look(self, address_id: str) -> Address | None:
        """Return the address."""
        return self._addresses.get(address_id)

    def find(self, channel: Channel, account: str, user: str) -> Address | None:
        """Return the address of this platform user."""
        return self._addresses.find((channel, account, user))

    def of_person(self, person_id: str) -> tuple[Address, ...]:
        """Return the person's addresses."""
        found = self._addresses.of("person_id", person_id)
        return tuple(sorted(found, key=attrgetter("created_at"), reverse=True))


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    consent: Consent


class MemoryConsents:
    """See surveys.ports.Consents."""

    def __init__(self, log: UndoLog) -> None:
        self._entries: Table[_Entry] = Table(
            "consent", log, key=("number",), groups=("consent.person_id",)
        )
        self._numbers = count()
        self.owned = Owned(
            self._entries, name="number", within="consent", address="consent.address_id"
        )

    def add(self, consent: Consent) -> None:
        """Append."""
        self._entries.add(_Entry(next(self._numbers), consent))

    def of_person(self, person_id: str) -> tuple[Consent, ...]:
        """Return the person's entries."""
        found = (entry.consent for entry in self._entries.of("consent.person_id", person_id))
        return tuple(sorted(found, key=attrgetter("at")))


class MemoryLinks:
    """See surveys.ports.Links."""

    def __init__(self, log: UndoLog) -> None:
        self._links: Table[Link] = Table("link", log, key=("token_hash",))
        self.owned = Owned(self._links, name="token_hash")
        self._sessions: Table[WebSession] = Table(
            "web session", log, key=("token_hash",), groups=("address_id",)
        )

    def add(self, link: Link) -> None:
        """Insert."""
        self._links.add(link)

    def use(self, token_hash: str, channel: Channel, now: datetime) -> Link | None:
        """Mark the link used, once."""
        link = self._links.get(token_hash)
        if link is None or link.used_at is not None or link.expires_at <= now:
            return None
        if link.channel is not channel:
            return None
        self._links.save(replace(link, used_at=now))
        return self._links.get(token_hash)

    def find(self, token_hash: str) -> Link | None:
        """Return the link."""
        return self._links.get(token_hash)

    def look(self, token_hash: str) -> Link | None:
        """Return the link."""
        return self._links.get(token_hash)

    def add_session(self, session: WebSession) -> None:
        """Insert a web session."""
        self._sessions.add(session)

    def session(self, token_hash: str) -> WebSession | None:
        """Return the web session."""
        return self._sessions.get(token_hash)

    def sessions_of(self, address_id: str) -> tuple[WebSession, ...]:
        """Return the sessions of the address."""
        return tuple(
            sorted(self._sessions.of("address_id", address_id), key=attrgetter("token_hash"))
        )
