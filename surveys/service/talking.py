"""What customers do: one act is one unit of work, from inbox row to answer, counts and next message.

Walk of one tap: the inbox refuses a repeat; the token names (invitation, step); the sender must own the
invitation; the tap proves the message it was on; ``surveys.interview.step`` says what follows; effects become
rows. The adapter acks with the Receipt after the commit.
"""

import hashlib
from dataclasses import replace

from surveys.errors import TooEarly
from surveys.journey import Touchpoint
from surveys.model import (
    Act,
    Address,
    Channel,
    Command,
    InboxEntry,
    InboxState,
    Incoming,
    Reached,
    Receipt,
    Started,
    Tap,
    Typed,
    Unsupported,
)
from surveys.ports import UnitOfWork
from surveys.rendering import consent_text
from surveys.service import answering, choosing, commanding, erasing, scanning
from surveys.service.asking import reconsider
from surveys.service.context import Context
from surveys.service.effects import opt_in, opt_out
from surveys.service.ledger import by_act
from surveys.service.people import join, opened_before
from surveys.service.telling import tell

_BLOCKED = "blocked"
_NO_ANSWERS = {"forwarded": "notice.forwarded", "edited": "notice.edited"}


def receive(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Receipt:
    """Handle one act once; a repeat changes nothing and says so, and a forged one leaves no trace here."""
    if tx.inbox.find(incoming.source, incoming.key) is not None:
        return Receipt(duplicate=True)
    menu = commanding.menu_of(tx, incoming)
    refused = answering.forged(tx, ctx, incoming) if menu is None else None
    if refused is not None:
        return erasing.after(tx, ctx, incoming) or refused
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
        menu = commanding.menu_of(tx, incoming)
        if menu is not None:
            return commanding.press(tx, ctx, incoming, menu, act)
        return answering.tapped(tx, ctx, incoming, address, act)
    _stays(tx, address, act)
    if isinstance(act, Typed):
        return _typed(tx, ctx, incoming, address, act)
    return _manage(tx, ctx, incoming, address, act)


def _stays(tx: UnitOfWork, address: Address, act: Act) -> None:
    """Whoever writes again right after an erasure is somebody new, and stays."""
    person = None if isinstance(act, Reached) else tx.people.get(address.person_id)
    if person is not None:
        erasing.keep(tx, person)


def _manage(
    tx: UnitOfWork,
    ctx: Context,
    incoming: Incoming,
    address: Address,
    act: Reached | Command | Unsupported,
) -> Receipt:
    match act:
        case Reached():
            return _reach(tx, ctx, incoming, address, act)
        case Command():
            return _command(tx, ctx, incoming, address, act)
        case Unsupported():  # pragma: no branch the last kind of Act
            return _tell(tx, ctx, address, _NO_ANSWERS.get(act.what, "notice.unsupported"))


def _typed(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, typed: Typed
) -> Receipt:
    """Hear a command, or take the text as an answer; of an edited text only an answer or a stop is meant.

    Raises TooEarly while a question is on its way: only its outcome tells whether the text can be the answer.
    """
    command = commanding.spoken_command(typed.text)
    if command is not None and (command.name == "stop" or not typed.edited):
        return _command(tx, ctx, incoming, address, command)
    if typed.token is None and answering.is_being_asked(tx, address):
        raise TooEarly
    if typed.edited:
        edited = answering.edited(tx, ctx, incoming, address, typed)
        return edited or _tell(tx, ctx, address, "notice.edited")
    answered = answering.wrote(tx, ctx, incoming, address, typed)
    if answered is None:
        return _tell(tx, ctx, address, "notice.help")
    if typed.attached:
        _tell(tx, ctx, address, "notice.words_only")
    return answered


def stops(act: Act) -> bool:
    """Say whether the customer asks to be left alone, by a command or in a word."""
    command = commanding.spoken_command(act.text) if isinstance(act, Typed) else act
    return isinstance(command, Command) and command.name == "stop"


def slow_down(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> str | None:
    """Tell a customer that she is too fast for us; return her address, None for somebody we do not know."""
    address = tx.addresses.find(incoming.channel, incoming.account, incoming.user)
    if address is None:
        return None
    _tell(tx, ctx, address, "notice.slow")
    return address.id


# --- coming and going -----------------------------------------------------------------------------


def _start(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address | None, start: Started
) -> Receipt:
    touchpoint = scanning.touchpoint_of(ctx, start.token) if start.token else None
    if touchpoint is not None:
        address = address or _new_address(tx, ctx, incoming)
        is_newest = choosing.latest(tx, incoming, address) is not None
        scan_id = f"{incoming.source}/{incoming.key}"
        return scanned(tx, ctx, address, touchpoint, scan_id, is_newest=is_newest)
    joined = _join(tx, ctx, incoming, address, start.token) if start.token else None
    if joined is None:
        address = address or _new_address(tx, ctx, incoming)
        _stays(tx, address, start)
        return _restart(tx, ctx, incoming, address, start.token)
    reconsider(tx, ctx, joined.person_id)
    person = tx.people.get(joined.person_id)
    if person is not None and person.opted_out_at is not None:
        return Receipt()
    language = ctx.language_for(person, joined)
    return _tell(tx, ctx, joined, "notice.welcome", consent=consent_text(ctx.program, language))


def scanned(
    tx: UnitOfWork,
    ctx: Context,
    address: Address,
    touchpoint: Touchpoint,
    scan_id: str,
    *,
    is_newest: bool = True,
) -> Receipt:
    """Begin what a touchpoint's code begins, with the consent text; or say that it is too soon for that.

    ``is_newest``: she has chosen nothing in this chat since, neither to stop nor to be asked again.
    """
    begun = scanning.scan(tx, ctx, address, touchpoint, scan_id, is_newest=is_newest)
    person = tx.people.get(address.person_id)
    if begun is None:
        return Receipt(duplicate=True)
    if person is not None and person.opted_out_at is not None:
        return Receipt()
    if not begun:
        return _tell(tx, ctx, address, "notice.scanned")
    if address.channel is Channel.WEBCHAT:  # its page shows the text itself
        return Receipt()
    language = ctx.language_for(person, address)
    return _tell(tx, ctx, address, "notice.welcome", consent=consent_text(ctx.program, language))


def _join(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address | None, token: str
) -> Address | None:
    """Use the link; one opened before a stop that we heard of earlier lifts nothing."""
    is_newest = address is None or choosing.latest(tx, incoming, address) is not None
    joined = join(
        tx,
        ctx,
        token,
        channel=incoming.channel,
        account=incoming.account,
        user=incoming.user,
        chat=incoming.chat,
        locale=incoming.locale,
        is_newest=is_newest,
    )
    if joined is not None and address is None:
        choosing.latest(tx, incoming, joined)
    return joined


def _restart(
    tx: UnitOfWork,
    ctx: Context,
    incoming: Incoming,
    address: Address,
    token: str | None = None,
) -> Receipt:
    """Greet; whoever had stopped everything asks with this to be asked again.

    A link that the same customer opens once more, ``token``, needs no other: she is told that she is connected.
    """
    chosen = choosing.latest(tx, incoming, address)
    if chosen is None:
        return Receipt()
    person = tx.people.get(address.person_id)
    tx.addresses.save(replace(chosen, reachable=True))
    stopped = person is not None and person.opted_out_at is not None
    if person is not None and stopped:
        opt_in(tx, ctx, person, source="start", proof=by_act(incoming))
    reconsider(tx, ctx, address.person_id)
    if stopped:
        return _tell(tx, ctx, address, "notice.restarted")
    connected = token is not None and opened_before(tx, token, address)
    return _tell(tx, ctx, address, "notice.connected" if connected else "notice.start")


def _stranger(tx: UnitOfWork, ctx: Context, incoming: Incoming, act: Act) -> Receipt:
    """Somebody we do not know: a polite word, and nothing is kept of what was said."""
    if isinstance(act, Reached | Tap) or (isinstance(act, Typed) and act.edited):
        return Receipt()
    address = _new_address(tx, ctx, incoming)
    command = act if isinstance(act, Command) else Command(name="help")
    return _command(tx, ctx, incoming, address, command)


def _new_address(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Address:
    return scanning.newcomer(
        tx,
        ctx,
        incoming.channel,
        account=incoming.account,
        user=incoming.user,
        chat=incoming.chat,
        locale=incoming.locale,
    )


def _reach(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, reached: Reached
) -> Receipt:
    """Take a block for a stop of everything, in every chat of hers; to unblock us lifts that stop and no other."""
    chosen = choosing.latest(tx, incoming, address)
    person = tx.people.get(address.person_id)
    if chosen is None or person is None or person.erased_at is not None:
        return Receipt()
    tx.addresses.save(replace(chosen, reachable=reached.reachable))
    if reached.reachable:
        if person.opted_out_at is not None and _has_blocked(tx, person.id):
            opt_in(tx, ctx, person, source="unblocked", proof=by_act(incoming))
        reconsider(tx, ctx, person.id)
        return Receipt()
    if person.opted_out_at is None:
        opt_out(tx, ctx, person, source=_BLOCKED, proof=by_act(incoming))
    for invitation in tx.invitations.live_of_person(person.id):
        if invitation.address_id == address.id and invitation.closes_at is not None:
            tx.invitations.save(replace(invitation, due_at=invitation.closes_at))
    return Receipt()


def _has_blocked(tx: UnitOfWork, person_id: str) -> bool:
    entries = tx.consents.of_person(person_id)
    return bool(entries) and not entries[-1].granted and entries[-1].source == _BLOCKED


def _command(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, command: Command
) -> Receipt:
    if command.name == "start":
        return _restart(tx, ctx, incoming, address)
    return commanding.obey(tx, ctx, incoming, address, command)


def _tell(tx: UnitOfWork, ctx: Context, address: Address, key: str, **values: str) -> Receipt:
    """Queue a short message that answers the customer's own act."""
    tell(tx, ctx, address, key, **values)
    return Receipt()
