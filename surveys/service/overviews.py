"""What staff look up: a person with all that is known of her, the log of decisions, what waits.

Walk of one question "why was kim not asked?": ``search`` finds kim by her id, ``portrait`` reads her addresses,
clocks, consents, events, decisions with their verdicts, messages and answers in one unit of work, ``looked`` writes
down who asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from surveys.agreements import Standing, agreement
from surveys.decisions import cooled_down, has_room
from surveys.errors import NotFound
from surveys.model import (
    Address,
    Answer,
    Consent,
    Deed,
    Delivery,
    Identifier,
    Invitation,
    Joining,
    Json,
    Person,
    Purpose,
    Slot,
)
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.context import Context
from surveys.service.explaining import Explanation, of_person, undecided
from surveys.service.holding import is_held
from surveys.service.identities import find_chat
from surveys.service.ledger import ledger_of
from surveys.service.shadows import living
from surveys.timing import Allowed, allowed, zone_of

MOST: Final = 50
"""How many rows of each kind a person's page shows, the newest first."""
SHORTEST_BEGINNING: Final = 3
"""Fewer characters of a name find only who is called exactly so."""

_EMAILS: Final = ("email", "email_hint")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAsk:
    """From when on a rule lets her be asked; ``instrument`` and ``stage`` are "" where it holds for every ask."""

    rule: str
    at: datetime
    instrument: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An ask with what was answered."""

    invitation: Invitation
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A person with all that is known of her, each kind newest first, names and addresses aside.

    Attributes:
        earliest: from when on any ask could go out, by cap, own pause, quiet hours and holidays.
        barriers: the rules that keep every ask back until she, or what is known of her, changes.
        limits: what each contact clock says, the last to end first.
        idle: events of hers that no trigger decided about.
        is_held: whether all sending is held.
    """

    person: Person
    names: tuple[Identifier, ...]
    addresses: tuple[Address, ...]
    earliest: Allowed
    barriers: tuple[str, ...]
    limits: tuple[NextAsk, ...]
    ledger: tuple[dict[str, Json], ...]
    explanations: tuple[Explanation, ...]
    idle: tuple[Explanation, ...]
    deliveries: tuple[Delivery, ...]
    asks: tuple[Asked, ...]
    joinings: tuple[Joining, ...]
    is_held: bool


def search(tx: UnitOfWork, query: str) -> tuple[Person, ...]:
    """Return who is called so, or begins so: a customer id, an e-mail, ``namespace=value``; or has this id of ours.

    A chat names her, too: by its user on the platform, or as ``channel:account:user``.

    Whoever was erased is nobody. One who was joined to another is that other.
    """
    names = tuple(_names(query))
    exact = tx.people.named(names)
    own = tx.people.get(query)
    begins = (
        person
        for name in names
        if len(name.value) >= SHORTEST_BEGINNING
        for person in tx.overview.starting(name, MOST)
    )
    chats = (*tx.overview.reached_at(query, MOST), *_at_chat(tx, query))
    met = (*exact, *((own,) if own else ()), *chats)
    found = (living(tx, person) for person in (*met, *begins))
    there = {person.id: person for person in found if person.erased_at is None}
    return tuple(there.values())[:MOST]


def _at_chat(tx: UnitOfWork, query: str) -> tuple[Person, ...]:
    """Return whose chat ``channel:account:user`` names, as ``aftertouch people split`` takes it."""
    try:
        chat = find_chat(tx, query)
    except NotFound:
        return ()
    person = tx.people.get(chat.person_id)
    return (person,) if person else ()


def _names(query: str) -> Iterator[Identifier]:
    namespace, equals, value = query.partition("=")
    yield Identifier(namespace="id", value=query)
    if "@" in query:
        yield from (Identifier(namespace=name, value=query.casefold()) for name in _EMAILS)
    elif len(query) >= SHORTEST_BEGINNING:
        yield Identifier(namespace="email", value=query.casefold())
    if equals and value:
        yield Identifier(namespace=namespace, value=value)


def portrait(tx: UnitOfWork, ctx: Context, person_id: str) -> Portrait:
    """Return all that is known of the person. Raises NotFound, alike for one who was erased and one who never was."""
    person = someone(tx, person_id)
    slots = tx.overview.slots(person.id)
    explanations, addresses = of_person(tx, person.id), tx.addresses.of_person(person.id)
    return Portrait(
        person=person,
        names=tx.people.names(person.id),
        addresses=addresses,
        earliest=_earliest(ctx.program, person, slots, ctx.now()),
        barriers=barriers(person, addresses, tx.consents.of_person(person.id), ctx.now()),
        limits=limits(ctx.program, person, slots, ctx.now()),
        ledger=tuple(reversed(ledger_of(tx, person.id, ctx.program))),
        explanations=explanations,
        idle=undecided(tx, person.id, MOST),
        deliveries=tx.overview.deliveries(person.id, MOST),
        asks=tuple(
            Asked(invitation=each, answers=tx.answers.of_invitation(each.id))
            for each in tx.overview.invitations(person.id, MOST)
        ),
        joinings=tx.joinings.of_heir(person.id),
        is_held=is_held(tx),
    )


def someone(tx: UnitOfWork, person_id: str) -> Person:
    """Return the person, or whom she turned out to be. Raises NotFound."""
    person = tx.people.get(person_id)
    person = living(tx, person) if person else None
    if person is None or person.erased_at is not None:
        raise NotFound("customer", person_id[:100])
    return person


def looked(tx: UnitOfWork, ctx: Context, person_id: str, by: str) -> None:
    """Write down that staff looked at a person. Her id is ours: once she is erased it leads to nobody."""
    tx.audit.add(Deed(at=ctx.now(), by=by, act="look", subject=person_id))


def taken_out(tx: UnitOfWork, ctx: Context, person_id: str, by: str) -> None:
    """Write down that staff took a copy of all that is held about a person."""
    tx.audit.add(Deed(at=ctx.now(), by=by, act="takeout", subject=person_id))


def barriers(
    person: Person, addresses: Sequence[Address], consents: Sequence[Consent], now: datetime
) -> tuple[str, ...]:
    """Return the rules of surveys.decisions.people by which no service survey could go out to her now."""
    agreed = agreement(consents, Purpose.SERVICE_SURVEY, now)
    standing = {
        "opted_out": person.opted_out_at is not None,
        "no_consent": agreed.entry is None,
        "consent_withdrawn": agreed.standing is Standing.WITHDRAWN,
        "unreachable": not any(each.reachable for each in addresses),
    }
    return tuple(rule for rule, holds in standing.items() if holds)


def limits(
    program: Program, person: Person, slots: tuple[Slot, ...], now: datetime
) -> tuple[NextAsk, ...]:
    """Return each contact clock that keeps an ask from going out now, the last to end first."""
    found = [*_of_every_ask(program, person, slots, now), *_of_one_ask(program, slots)]
    return tuple(sorted((each for each in found if each.at > now), key=_ends, reverse=True))


def _ends(limit: NextAsk) -> datetime:
    return limit.at


def _of_every_ask(
    program: Program, person: Person, slots: tuple[Slot, ...], now: datetime
) -> Iterator[NextAsk]:
    room = has_room(slots, program.contact_rules.cap, now)
    if room is not None:
        yield NextAsk(rule="cap", at=room)
    if person.paused_until is not None:
        yield NextAsk(rule="paused", at=person.paused_until)


def _of_one_ask(program: Program, slots: tuple[Slot, ...]) -> Iterator[NextAsk]:
    for instrument, stage in sorted({(slot.instrument, slot.stage) for slot in slots}):
        days = program.contact_rules.cooldown_days
        rested = cooled_down(slots, (instrument, stage), days)
        if rested is not None:
            yield NextAsk(rule="cooldown", at=rested, instrument=instrument, stage=stage)


def _earliest(program: Program, person: Person, slots: tuple[Slot, ...], now: datetime) -> Allowed:
    """Return when the calendar and the clocks of every ask let the first one go out."""
    rules, company = program.contact_rules, program.company.zone
    zone, _ = zone_of(person.timezone, company)

    def clock(at: datetime) -> tuple[datetime, str | None]:
        ends = [(each.at, each.rule) for each in _of_every_ask(program, person, slots, at)]
        return max((end for end in ends if end[0] > at), default=(at, None))

    return allowed(
        now,
        quiet=rules.quiet_hours,
        zone_names=(zone.key,),
        holidays=rules.holidays,
        clock=clock,
    )
