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


def _remove_entries(tx: UnitOfWork, person_id: str) -> int:
    """Remove what came in of her: unhandled and failed messages, and those whose key holds her name."""
    places = tx.addresses.of_person(person_id)
    names = set(tx.people.names(person_id))
    occasions = {(e.event.source, e.event.subject) for e in tx.events.of_person(person_id)}
    hers = {
        entry.id
        for entry in tx.inbox.undone(_MOST_ENTRIES)
        if _is_hers(entry, places, names, occasions)
    }
    for place in places:
        user = place.user.rpartition(":")[2]  # Slack Connect: the team stands before it
        hers |= set(tx.inbox.of_sender(place.channel, user))
    for entry_id in hers:
        tx.inbox.remove(entry_id)
    return len(hers)


def _is_hers(
    entry: InboxEntry,
    places: tuple[Address, ...],
    names: set[Identifier],
    occasions: set[tuple[str, str]],
) -> bool:
    """Say whether a stored message is an act at one of her addresses, or an event that names her or her order."""
    body = entry.body if isinstance(entry.body, dict) else {}
    act, event = body.get("incoming") or {}, body.get("event") or {}
    if act:
        here = (act.get("channel"), act.get("account"), act.get("user"))
        return here in {(p.channel.value, p.account, p.user) for p in places}
    about = (event.get("source"), event.get("subject"))
    return about in occasions or bool(names & set(_named(event.get("customer") or {})))


def _named(customer: Mapping[str, Json]) -> Iterator[Identifier]:
    """Yield the names that a stored event gives its customer."""
    if customer.get("id"):
        yield Identifier(namespace="id", value=customer["id"])
    if customer.get("email"):
        for namespace in ("email", "email_hint"):
            yield Identifier(namespace=namespace, value=customer["email"])
    for each in customer.get("identifiers") or ():
        yield Identifier(namespace=each["namespace"], value=each["value"])
