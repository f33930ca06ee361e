"""Erasing a person: every row of hers goes in one commit; her scores stay counted under their random subject.

Walk of one ``/delete``: the menu asks; a tap on yes runs ``erase``, which leaves nothing, and ``say_farewell``, which
makes a nameless person (``erased_at``) with her address, for the one message that says that it is done. When that
message has ended, ``finish`` takes these rows away, too. A crash before the commit leaves everything as it was, and
one after it leaves a farewell to be sent: so an erasure is never half done, and doing it again changes nothing.

Afterwards the database's files are written anew (``Storage.wipe``): the note WIPE says that this is due.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from surveys.errors import NotFound
from surveys.language.texts import pick, say
from surveys.model import (
    Act,
    Address,
    Channel,
    Deed,
    Delivery,
    DeliveryState,
    Identifier,
    InboxEntry,
    Incoming,
    Json,
    Person,
    Receipt,
    Tap,
    WebSession,
)
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.telling import ERASED, language_at, tell
from surveys.service.tombstones import bury

WIPE: Final = "wipe"
FAREWELL_LASTS: Final = timedelta(days=3)
"""How long a farewell that can't be delivered is kept."""

LINGERS: Final = timedelta(minutes=1)
"""How long a browser can still show the farewell after it has got it."""

_MOST_ENTRIES: Final = 100_000
_NAMED_BY: Final = {"id": ("id",), "email": ("email", "email_hint")}
_UNDER_WAY: Final = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went: how many rows, by table."""

    rows: Mapping[str, int]


def erase(tx: UnitOfWork, ctx: Context, person_id: str, *, by: str) -> Erased:
    """Delete everything of the person; the audit trail tells that, when and by whom, and not who she was.

    Raises NotFound.
    """
    person = tx.people.get(person_id)
    if person is None:
        raise NotFound("customer", person_id)
    tx.clocks.lock(person_id)  # no ask of hers may be claimed meanwhile
    bury(tx, ctx, person)
    entries = _remove_entries(tx, person_id)
    rows = dict(tx.forgetting.person(person_id))
    if entries:
        rows["inbox"] = rows.get("inbox", 0) + entries
    tx.audit.add(Deed(at=ctx.now(), by=by, act="erase", details={"rows": sum(rows.values())}))
    tx.notes.set(WIPE, ctx.new_id())
    return Erased(rows=rows)


def erase_at_her_word(tx: UnitOfWork, ctx: Context, address: Address) -> None:
    """Delete everything of whoever asks for it at this address, and leave one message to tell her."""
    language = language_at(tx, ctx, address)
    sessions = tx.links.sessions_of(address.id)
    erase(tx, ctx, address.person_id, by="customer")
    _say_farewell(tx, ctx, address, language, sessions)


def after(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Receipt | None:
    """Return the answer to a tap on a button that went with its customer: no forgery, so no log names her."""
    address = tx.addresses.find(incoming.channel, incoming.account, incoming.user)
    if address is None:
        language = pick(incoming.locale, ctx.program.company.language)
        known = _is_somebodys(tx, incoming.act)
        return None if known else Receipt(toast=say(language, "toast.foreign"))
    person = tx.people.get(address.person_id)
    gone = person is not None and person.erased_at is not None
    return Receipt(toast=say(language_at(tx, ctx, address), "toast.erased")) if gone else None


def _is_somebodys(tx: UnitOfWork, act: Act) -> bool:
    token = act.token if isinstance(act, Tap) else ""
    return bool(token and (tx.invitations.by_token(token) or tx.deliveries.by_token(token)))


def keep(tx: UnitOfWork, person: Person) -> None:
    """Let a customer who writes again before her farewell has gone out stay: she is a stranger now."""
    if person.erased_at is not None:
        tx.people.save(replace(person, erased_at=None))


def finish(tx: UnitOfWork, ctx: Context, limit: int) -> int:
    """Delete the farewells that have ended; return how many."""
    over = [person for person in tx.people.erased(limit) if _is_over(tx, ctx, person)]
    for person in over:
        tx.forgetting.person(person.id)
    if over:
        tx.notes.set(WIPE, ctx.new_id())
    return len(over)


def any_over(tx: UnitOfWork, ctx: Context) -> bool:
    """Say, without writing, whether there is a farewell to be finished."""
    return any(_is_over(tx, ctx, person) for person in tx.people.erased(_MOST_ENTRIES))


# --- farewell ---------------------------------------------------------------------------------------


def _say_farewell(
    tx: UnitOfWork,
    ctx: Context,
    address: Address,
    language: str,
    sessions: tuple[WebSession, ...],
) -> None:
    now = ctx.now()
    nobody = Person(id=ctx.new_id(), subject_id=ctx.new_id(), created_at=now, erased_at=now)
    tx.people.add(nobody)
    place = replace(address, id=ctx.new_id(), person_id=nobody.id, created_at=now, locale=language)
    tx.addresses.add(place)
    for session in sessions:
        tx.links.add_session(replace(session, address_id=place.id))
    tell(tx, ctx, place, ERASED)


def _is_over(tx: UnitOfWork, ctx: Context, person: Person) -> bool:
    now = ctx.now()
    if person.erased_at is None or now - person.erased_at >= FAREWELL_LASTS:
        return True
    return all(_has_ended(each, ctx) for each in _told(tx, person))


def _told(tx: UnitOfWork, person: Person) -> Iterator[Delivery]:
    for delivery_id in tx.belongings.of(person.id).get("delivery", ()):
        delivery = tx.deliveries.look(delivery_id)
        if delivery is not None:
            yield delivery


def _has_ended(delivery: Delivery, ctx: Context) -> bool:
    if delivery.state in _UNDER_WAY:
        return False
    if delivery.channel is not Channel.WEBCHAT or delivery.sent_at is None:
        return True
    return ctx.now() - delivery.sent_at >= LINGERS


# --- the inbox --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traces:
    """By what a stored message is known to be hers."""

    places: frozenset[tuple[str, str, str]]
    names: frozenset[Identifier]
    occasions: frozenset[tuple[str, str]]
    asks: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """Return what names her wherever it stands."""
        users = {user for _, _, user in self.places}
        subjects = {subject for _, subject in self.occasions}
        return frozenset({*users, *subjects, *self.asks, *(name.value for name in self.names)})


def _remove_entries(tx: UnitOfWork, person_id: str) -> int:
    """Remove what came in of her: unhandled and failed messages, and those whose key holds her name."""
    places = tx.addresses.of_person(person_id)
    traces = _traces(tx, person_id, places)
    hers = {entry.id for entry in tx.inbox.undone(_MOST_ENTRIES) if _is_hers(entry, traces)}
    for place in places:
        user = place.user.rpartition(":")[2]  # Slack Connect: the team stands before it
        hers |= set(tx.inbox.of_sender(place.channel, user))
    for entry_id in hers:
        tx.inbox.remove(entry_id)
    return len(hers)


def _traces(tx: UnitOfWork, person_id: str, places: tuple[Address, ...]) -> _Traces:
    events = (stored.event for stored in tx.events.of_person(person_id))
    return _Traces(
        places=frozenset((each.channel.value, each.account, each.user) for each in places),
        names=frozenset(tx.people.names(person_id)),
        occasions=frozenset((event.source, event.subject) for event in events),
        asks=frozenset(tx.belongings.of(person_id).get("invitation", ())),
    )


def _is_hers(entry: InboxEntry, hers: _Traces) -> bool:
    """Say whether a stored message is an act at one of her addresses, an event of hers, or follows an answer of hers.

    One of a shape that nobody knows is hers where a text in it is a name, a user or an order of hers.
    """
    match entry.body:
        case {"incoming": {"channel": str(channel), "account": str(account), "user": str(user)}}:
            return (channel, account, user) in hers.places
        case {"event": {"source": str(source), "subject": str(subject), **more}}:
            named = set(_named(more.get("customer")))
            return (source, subject) in hers.occasions or not hers.names.isdisjoint(named)
        case {"answered": str(ask)}:
            return ask in hers.asks
        case unknown:
            return not hers.words.isdisjoint(_texts(unknown))


def _named(customer: Json) -> Iterator[Identifier]:
    """Yield the names that a stored event gives its customer."""
    if not isinstance(customer, Mapping):
        return
    for key, namespaces in _NAMED_BY.items():
        value = customer.get(key)
        if isinstance(value, str):
            yield from (Identifier(namespace=each, value=value) for each in namespaces)
    listed = customer.get("identifiers")
    for each in listed if isinstance(listed, list) else ():
        match each:
            case {"namespace": str(namespace), "value": str(value)}:
                yield Identifier(namespace=namespace, value=value)


def _texts(value: Json) -> Iterator[str]:
    """Yield all texts in a JSON value, keys aside, however deep it is."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list):
            left += one
