"""How an act becomes an answer: what a press, a text or an edited text says in which open dialogue."""

from dataclasses import replace

from surveys.interview import (
    Doubted,
    Effect,
    Given,
    Happening,
    How,
    Hushed,
    Interview,
    Phase,
    Pressed,
    Rated,
    Recalled,
    Record,
    Wrote,
    is_button,
    step,
)
from surveys.language.texts import pick, say
from surveys.model import (
    Address,
    DeliveryClass,
    Incoming,
    Invitation,
    InvitationState,
    Receipt,
    Tap,
    Typed,
)
from surveys.ports import UnitOfWork
from surveys.replies import read
from surveys.service import chains
from surveys.service.cohorts import reach, said
from surveys.service.context import Context
from surveys.service.effects import Cause, apply
from surveys.service.outcomes import prove
from surveys.service.verdicts import in_flight

LONGEST_COMMENT = 4000
# Messages and edits of one dialogue: each act reads them all, and nobody changes her mind so often.
MOST_STEPS = 200


def forged(tx: UnitOfWork, ctx: Context, incoming: Incoming) -> Receipt | None:
    """Return the refusal of a press that no button of the sender's makes, or None.

    Clients can claim any token and value; only the sender is proven (Bot API, CallbackQuery).
    """
    tap = incoming.act
    if not isinstance(tap, Tap):
        return None
    address = tx.addresses.find(incoming.channel, incoming.account, incoming.user)
    found = _aimed_at(tx, address, tap)
    if found is not None and is_button(tap.value, ctx.script_of(tx, found[0])):
        return None
    if address is None:
        language = pick(incoming.locale, ctx.program.company.language)
    else:
        language = ctx.language_for(tx.people.get(address.person_id), address)
    claim = "token" if found is None else "value"
    return Receipt(toast=say(language, "toast.foreign"), forged=claim)


def _aimed_at(tx: UnitOfWork, address: Address | None, tap: Tap) -> tuple[Invitation, str] | None:
    """Return the sender's own invitation that the token names, and the step."""
    found = tx.invitations.by_token(tap.token) if tap.token and address else None
    return found if found and address and found[0].person_id == address.person_id else None


def tapped(tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, tap: Tap) -> Receipt:
    """Take a press as proof of its message and as the next step of its dialogue."""
    found = _aimed_at(tx, address, tap)
    if found is None:
        return Receipt()
    invitation, at = found
    prove(tx, ctx, invitation, at, tap.message)
    pressed = Pressed(at, tap.value, order=incoming.order)
    return _advance(tx, ctx, incoming, invitation.id, pressed)


def wrote(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, typed: Typed
) -> Receipt | None:
    """Take a text as the answer to what is open; None where nothing is, or where it says nothing."""
    invitation = _meant(tx, address, typed)
    text = typed.text.strip()[:LONGEST_COMMENT]
    if invitation is None or not (text or typed.chips) or _is_stopped(invitation):
        return None
    happening = _reading(tx, ctx, invitation, replace(typed, text=text), incoming.order)
    return _advance(tx, ctx, incoming, invitation.id, happening)


def _is_stopped(invitation: Invitation) -> bool:
    return Interview.from_json(invitation.interview).phase is Phase.STOPPED


def _reading(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, typed: Typed, order: float
) -> Rated | Doubted | Wrote:
    """Read a text as the score where one is asked for, or where the score was typed in this message.

    Behind a score only a text that is a number of the scale and nothing else changes it; any other is a comment. So
    is a form's text: its scores are buttons.
    """
    interview = Interview.from_json(invitation.interview)
    rescored = bool(typed.message) and typed.message == interview.rated_in
    reading = read(typed.text, ctx.script_of(tx, invitation).instrument)
    chips = tuple(chip.removeprefix("c.") for chip in typed.chips)
    wrote = Wrote(typed.text, chips, typed.message, order)
    plain = reading.is_plain and not (typed.token or chips)
    if interview.score is not None and not (rescored or plain):
        return wrote
    if reading.score is not None:
        given = Given(how=How.TYPED, confidence=reading.confidence, rule=reading.rule)
        return Rated(reading.score, typed.message, order, comment=reading.comment, given=given)
    if reading.kind == "unsure":
        return Doubted(wrote, reading.suggestion, reading.confidence, reading.rule)
    return wrote


def edited(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, typed: Typed
) -> Receipt | None:
    """Let an edited message stand for the answer it was, or for the score that is still asked for.

    None where it was neither. Platforms tell of edits that changed no word (Bot API, Update): those are
    passed over.
    """
    text = typed.text.strip()[:LONGEST_COMMENT]
    for invitation in _open_here(tx, address):
        interview = Interview.from_json(invitation.interview)
        answers = _answered_in(interview)
        happening = _reading(tx, ctx, invitation, replace(typed, text=text), incoming.order)
        asked_for = interview.score is None and isinstance(happening, Rated)
        if _stands(tx, invitation, interview, happening, text):
            return Receipt()
        if text and (typed.message in answers or asked_for):
            return _advance(tx, ctx, incoming, invitation.id, happening)
    return None


def _answered_in(interview: Interview) -> set[str]:
    """Return the names of the messages that the dialogue has taken something from."""
    before = {text.message for text in (interview.offer, interview.early) if text is not None}
    return {interview.rated_in, *(part.message for part in interview.said), *before} - {""}


def _stands(
    tx: UnitOfWork,
    invitation: Invitation,
    interview: Interview,
    happening: Rated | Doubted | Wrote,
    text: str,
) -> bool:
    """Say whether this message says already what is stored of it: its score, its part of the comment."""
    if not isinstance(happening, Rated):
        message = happening.message if isinstance(happening, Wrote) else happening.wrote.message
        return _is_part(tx, invitation, interview, message, text)
    if happening.score != interview.score or happening.message != interview.rated_in:
        return False
    comment = happening.comment
    return not comment or _is_part(tx, invitation, interview, happening.message, comment)


def _is_part(
    tx: UnitOfWork, invitation: Invitation, interview: Interview, message: str, text: str
) -> bool:
    """Say whether the stored comment has this text as this message's part already."""
    comment = tx.answers.get(invitation.id, "comment")
    begin = 0
    for part in interview.said if message else ():
        end = begin + part.length
        if part.message == message:
            return comment is not None and (comment.text or "")[begin:end] == text
        begin = end + len("\n")
    return False


def recall(tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address) -> Receipt | None:
    """Ask the newest open question again; None where everything is answered or nothing was asked."""
    for invitation in _open_here(tx, address):
        interview = Interview.from_json(invitation.interview)
        _, effects = step(interview, Recalled(), ctx.script_of(tx, invitation))
        if effects:
            return _advance(tx, ctx, incoming, invitation.id, Recalled())
    return None


def press(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, invitation: Invitation, value: str
) -> None:
    """Do in a dialogue what a button of its question does, for another message that offers the same."""
    live = Interview.from_json(invitation.interview).live
    _advance(tx, ctx, incoming, invitation.id, Pressed(live, value, order=incoming.order))


def hush(tx: UnitOfWork, ctx: Context, incoming: Incoming, person_id: str) -> None:
    """Close the open reason questions of somebody who has just stopped everything."""
    for invitation in tx.invitations.live_of_person(person_id):
        if invitation.state is InvitationState.OPEN:
            _advance(tx, ctx, incoming, invitation.id, Hushed())


def _meant(tx: UnitOfWork, address: Address, typed: Typed) -> Invitation | None:
    """Return the invitation a text answers: the one it names or replies to, else the newest open one here.

    None where it replies to a message of one that is not open any more: then it answers no other.
    """
    found = tx.invitations.by_token(typed.token) if typed.token else None
    if found is not None:
        return found[0] if found[0].person_id == address.person_id else None
    open_here = _open_here(tx, address)
    replied = _replied_to(tx, address, typed)
    if replied is not None:
        return next((each for each in open_here if each.id == replied), None)
    return next(iter(open_here), None)


def _replied_to(tx: UnitOfWork, address: Address, typed: Typed) -> str | None:
    """Return the id of the invitation whose message a text replies to."""
    if typed.reply_to is None:
        return None
    told = tx.deliveries.of_address(address.id, MOST_STEPS)
    refs = ((each.ref, each.invitation_id) for each in reversed(told))
    return next((invitation for ref, invitation in refs if ref == typed.reply_to), None)


def _open_here(tx: UnitOfWork, address: Address) -> list[Invitation]:
    """Return the invitations open at this address, newest first."""
    here = [
        i
        for i in tx.invitations.live_of_person(address.person_id)
        if i.state is InvitationState.OPEN and i.address_id == address.id and i.sent_at is not None
    ]
    return sorted(here, key=lambda i: i.sent_at or i.created_at, reverse=True)


def is_being_asked(tx: UnitOfWork, address: Address) -> bool:
    """Say whether a question is on its way to this address: she may have it before we hear that it arrived."""
    return any(
        i.state is InvitationState.OPEN
        and i.address_id == address.id
        and i.sent_at is None
        and in_flight(tx, i)
        for i in tx.invitations.live_of_person(address.person_id)
    )


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
    if _overtaken(tx, invitation, before, effects, incoming.order):
        if isinstance(happening, Rated) and happening.comment:
            remark = Wrote(happening.comment, (), happening.message, happening.order)
            return _advance(tx, ctx, incoming, invitation_id, remark)
        return Receipt()
    advanced = replace(invitation, interview=after.to_json())
    if not isinstance(happening, Hushed):
        advanced = reach(tx, ctx, advanced, said(after))
    tx.invitations.save(advanced)
    cause = Cause(at=incoming.at, order=incoming.order)
    receipt = apply(tx, ctx, advanced, effects, DeliveryClass.REPLY, cause)
    chains.note(tx, ctx, advanced, before.score, incoming.at)
    return receipt


def _overtaken(
    tx: UnitOfWork,
    invitation: Invitation,
    before: Interview,
    effects: tuple[Effect, ...],
    order: float,
) -> bool:
    """Say whether a choice comes after one that the customer made later: then it is history already.

    So is one that she made before she chose the same score again. What she wrote is kept in whatever order it comes.
    """
    records = [effect for effect in effects if isinstance(effect, Record)]
    scored = any(each.question == "score" for each in records)
    if not records or (any(each.text is not None for each in records) and not scored):
        return False
    if records[0].question == "score" and order < before.rated_order:
        return True
    stored = tx.answers.get(invitation.id, records[0].question)
    return stored is not None and order < stored.order
