"""What customers do: one act is one unit of work, from inbox row to answer, counts and next message.

Walk of one tap: the inbox refuses a repeat; the token names (invitation, step); the sender must own the
invitation; the tap proves the message it was on; ``surveys.interview.step`` says what follows; effects become
rows. The adapter acks with the Receipt after the commit.
"""

import hashlib
import re
import unicodedata
from dataclasses import replace

from surveys.interview import Effect, Happening, Interview, Pressed, Rated, Record, Wrote, step
from surveys.language.texts import languages, pick, say
from surveys.model import (
    Act,
    Address,
    Command,
    Delivery,
    DeliveryClass,
    DeliveryState,
    InboxEntry,
    InboxState,
    Incoming,
    Invitation,
    InvitationState,
    Person,
    Reached,
    Receipt,
    Started,
    Tap,
    Typed,
    Unsupported,
)
from surveys.ports import UnitOfWork
from surveys.rendering import consent_text
from surveys.replies import read
from surveys.service.asking import reconsider
from surveys.service.context import Context
from surveys.service.effects import REPLY_WITHIN, Cause, apply, opt_in, opt_out
from surveys.service.people import join
from surveys.service.sending import prove
from surveys.service.translating import translate

LONGEST_COMMENT = 4000
# Messages and edits of one dialogue: each act reads them all, and nobody changes her mind so often.
MOST_STEPS = 200
# Commands cannot be Korean on Telegram, and web chat has none: the bare words count everywhere.
_WORDS = {
    **dict.fromkeys(("그만", "중지", "수신거부", "stop"), "stop"),
    **dict.fromkeys(("도움말", "help"), "help"),
    **dict.fromkeys(("시작", "start"), "start"),
}
_SPELLED = re.compile(r"/(stop|help|start|lang|privacy)(?:\s+(\S{1,16}))?")
_AROUND_WORDS = " \t\r\n.,!~…\"'‘’“”"
_OWED = frozenset({"notice.stopped", "notice.restarted", "notice.privacy"})


def receive(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Receipt:
    """Handle one act once; a repeat changes nothing and says so."""
    if tx.inbox.find(incoming.source, incoming.key) is not None:
        return Receipt(duplicate=True)
    tx.inbox.add(entry_of(ctx, incoming, InboxState.DONE))
    return handle(tx, ctx, incoming)


def entry_of(ctx: Context, incoming: Incoming, state: InboxState) -> InboxEntry:
    """Return the inbox row of an act."""
    return InboxEntry(
        id=ctx.new_id(),
        source=incoming.source,
        key=incoming.key,
        digest=hashlib.sha256(repr(incoming.act).encode()).hexdigest(),
        received_at=ctx.now(),
        state=state,
    )


def handle(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Receipt:
    """Handle an act whose inbox row is written."""
    address = tx.addresses.find(incoming.channel, incoming.account, incoming.user)
    act = incoming.act
    if isinstance(act, Started):
        return _start(tx, ctx, incoming, address, act)
    if address is None:
        return _stranger(tx, ctx, incoming, act)
    if isinstance(act, Tap):
        return _tap(tx, ctx, incoming, address, act)
    if isinstance(act, Typed):
        return _typed(tx, ctx, incoming, address, act)
    return _manage(tx, ctx, address, act)


def _manage(
    tx: UnitOfWork, ctx: Context, address: Address, act: Reached | Command | Unsupported
) -> Receipt:
    match act:
        case Reached():
            return _reach(tx, ctx, address, act)
        case Command():
            return _command(tx, ctx, address, act)
        case Unsupported():  # pragma: no branch the last kind of Act
            return _tell(tx, ctx, address, "notice.unsupported")


# --- answering ------------------------------------------------------------------------------------


def _tap(tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, tap: Tap) -> Receipt:
    found = tx.invitations.by_token(tap.token) if tap.token else None
    if found is None or found[0].person_id != address.person_id:
        person = tx.people.get(address.person_id)
        return Receipt(toast=say(ctx.language_for(person, address), "toast.foreign"))
    invitation, at = found
    prove(tx, ctx, invitation, at, tap.message)
    return _advance(tx, ctx, incoming, invitation.id, Pressed(at, tap.value))


def _typed(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, typed: Typed
) -> Receipt:
    command = _spoken_command(typed.text)
    if command is not None:
        return _command(tx, ctx, address, command)
    invitation = _meant(tx, address, typed)
    text = typed.text.strip()[:LONGEST_COMMENT]
    if invitation is None or not (text or typed.chips):
        return _tell(tx, ctx, address, "notice.help")
    reading = read(text, ctx.script_of(tx, invitation).instrument)
    asked = Interview.from_json(invitation.interview).score is None
    if asked and reading.kind == "rated" and reading.score is not None:
        return _advance(tx, ctx, incoming, invitation.id, Rated(reading.score))
    chips = tuple(chip.removeprefix("c.") for chip in typed.chips)
    return _advance(tx, ctx, incoming, invitation.id, Wrote(text, chips))


def _spoken_command(text: str) -> Command | None:
    """Return the command that a text is: its bare word, or spelled with a slash as the notices name it."""
    said = unicodedata.normalize("NFKC", text).strip(_AROUND_WORDS).casefold()
    spelled = _SPELLED.fullmatch(said)
    if spelled is not None:
        return Command(name=spelled[1], argument=spelled[2] or "")
    word = _WORDS.get(said.lstrip("/"))
    return Command(name=word) if word else None


def _meant(tx: UnitOfWork, address: Address, typed: Typed) -> Invitation | None:
    """Return the invitation a text answers: the one it names, else the newest open one here."""
    found = tx.invitations.by_token(typed.token) if typed.token else None
    if found is not None:
        return found[0] if found[0].person_id == address.person_id else None
    here = [
        i
        for i in tx.invitations.live_of_person(address.person_id)
        if i.state is InvitationState.OPEN and i.address_id == address.id and i.sent_at is not None
    ]
    return max(here, key=lambda i: i.sent_at or i.created_at, default=None)


def _advance(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, invitation_id: str, happening: Happening
) -> Receipt:
    invitation = tx.invitations.get(invitation_id)
    assert invitation is not None  # noqa: S101 it was read in this transaction
    before = Interview.from_json(invitation.interview)
    if before.seq >= MOST_STEPS:
        return Receipt(
            toast=say(invitation.language or ctx.program.company.language, "toast.closed")
        )
    after, effects = step(before, happening, ctx.script_of(tx, invitation))
    if _overtaken(tx, invitation, effects, incoming.order):
        return Receipt()
    advanced = replace(invitation, interview=after.to_json())
    tx.invitations.save(advanced)
    cause = Cause(at=incoming.at, order=incoming.order)
    return apply(tx, ctx, advanced, effects, DeliveryClass.REPLY, cause)


def _overtaken(
    tx: UnitOfWork, invitation: Invitation, effects: tuple[Effect, ...], order: float
) -> bool:
    """Say whether a choice comes after one that the customer made later: then it is history already.

    What she wrote is kept in whatever order it comes.
    """
    records = [effect for effect in effects if isinstance(effect, Record)]
    if not records or any(each.text is not None for each in records):
        return False
    stored = tx.answers.get(invitation.id, records[0].question)
    return stored is not None and order < stored.order


# --- coming and going -----------------------------------------------------------------------------


def _start(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address | None, start: Started
) -> Receipt:
    joined = _join(tx, ctx, incoming, start.token) if start.token else None
    if joined is None:
        address = address or _new_address(tx, ctx, incoming)
        return _restart(tx, ctx, address)
    reconsider(tx, ctx, joined.person_id)
    person = tx.people.get(joined.person_id)
    language = ctx.language_for(person, joined)
    return _tell(tx, ctx, joined, "notice.welcome", consent=consent_text(ctx.program, language))


def _join(tx: UnitOfWork, ctx: Context, incoming: Incoming, token: str) -> Address | None:
    return join(
        tx,
        token,
        channel=incoming.channel,
        account=incoming.account,
        user=incoming.user,
        chat=incoming.chat,
        locale=incoming.locale,
        text_version=ctx.program.consent.version,
        now=ctx.now(),
        new_id=ctx.new_id,
    )


def _restart(tx: UnitOfWork, ctx: Context, address: Address) -> Receipt:
    """Greet; whoever had stopped everything asks with this to be asked again."""
    person = tx.people.get(address.person_id)
    tx.addresses.save(replace(address, reachable=True))
    stopped = person is not None and person.opted_out_at is not None
    if person is not None and stopped:
        opt_in(tx, ctx, person, source="start")
    reconsider(tx, ctx, address.person_id)
    return _tell(tx, ctx, address, "notice.restarted" if stopped else "notice.start")


def _stranger(tx: UnitOfWork, ctx: Context, incoming: Incoming, act: Act) -> Receipt:
    """Somebody we do not know: a polite word, and nothing is kept of what was said."""
    if isinstance(act, Reached):
        return Receipt()
    if isinstance(act, Tap):
        language = pick(incoming.locale, ctx.program.company.language)
        return Receipt(toast=say(language, "toast.foreign"))
    address = _new_address(tx, ctx, incoming)
    return _command(tx, ctx, address, act if isinstance(act, Command) else Command(name="help"))


def _new_address(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Address:
    now = ctx.now()
    person = Person(
        id=ctx.new_id(), subject_id=ctx.new_id(), created_at=now, locale=incoming.locale
    )
    tx.people.add(person)
    address = Address(
        id=ctx.new_id(),
        person_id=person.id,
        channel=incoming.channel,
        account=incoming.account,
        user=incoming.user,
        chat=incoming.chat,
        created_at=now,
        locale=incoming.locale,
    )
    tx.addresses.add(address)
    return address


def _reach(tx: UnitOfWork, ctx: Context, address: Address, reached: Reached) -> Receipt:
    tx.addresses.save(replace(address, reachable=reached.reachable))
    if reached.reachable:
        reconsider(tx, ctx, address.person_id)
        return Receipt()
    for invitation in tx.invitations.live_of_person(address.person_id):
        if invitation.address_id == address.id and invitation.closes_at is not None:
            tx.invitations.save(replace(invitation, due_at=invitation.closes_at))
    return Receipt()


def _command(tx: UnitOfWork, ctx: Context, address: Address, command: Command) -> Receipt:
    person = tx.people.get(address.person_id)
    assert person is not None  # noqa: S101 a foreign key says so
    match command.name:
        case "start":
            return _restart(tx, ctx, address)
        case "stop":
            if person.opted_out_at is None:
                opt_out(tx, ctx, person, source="stop_command")
            return _tell(tx, ctx, address, "notice.stopped")
        case "lang":
            return _language(tx, ctx, address, person, command.argument.strip().lower())
        case "privacy":
            return _tell(tx, ctx, address, "notice.privacy")
        case _:
            return _tell(tx, ctx, address, "notice.help")


def _language(
    tx: UnitOfWork, ctx: Context, address: Address, person: Person, wanted: str
) -> Receipt:
    if wanted not in languages():
        return _tell(tx, ctx, address, "notice.languages")
    tx.people.save(replace(person, locale=wanted))
    for invitation in tx.invitations.live_of_person(person.id):
        translate(tx, ctx, invitation, wanted)
    return _tell(tx, ctx, address, "notice.language")


def _tell(tx: UnitOfWork, ctx: Context, address: Address, key: str, **values: str) -> Receipt:
    """Queue a short message that answers the customer's own act; what she has a right to know never expires."""
    now = ctx.now()
    owed = key in _OWED
    person = tx.people.get(address.person_id)
    delivery_id = ctx.new_id()
    tx.deliveries.add(
        Delivery(
            id=delivery_id,
            key=f"{address.id}/{key}/{delivery_id}",
            person_id=address.person_id,
            address_id=address.id,
            channel=address.channel,
            delivery_class=DeliveryClass.RECEIPT if owed else DeliveryClass.REPLY,
            kind=key,
            state=DeliveryState.PENDING,
            created_at=now,
            due_at=now,
            args={"language": ctx.language_for(person, address), **values},
            expires_at=None if owed else now + REPLY_WITHIN,
        )
    )
    return Receipt()
