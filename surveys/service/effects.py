"""Turns the effects of one interview step into rows: deliveries, answers, stops."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surveys.interview import (
    Effect,
    Form,
    Interview,
    Record,
    Resume,
    Revise,
    Say,
    Scope,
    Stop,
    Toast,
)
from surveys.language.texts import DEFAULT, say
from surveys.model import (
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Invitation,
    Person,
    Prompt,
    Purpose,
    Receipt,
)
from surveys.ports import UnitOfWork
from surveys.rendering import Page, render
from surveys.service import announcing, ledger
from surveys.service.context import Context
from surveys.service.holding import goes_out
from surveys.service.ledger import Proof
from surveys.service.recording import record

PAUSE = timedelta(days=30)
# A reply answers the customer's own act; later than this it would come out of the blue.
REPLY_WITHIN = timedelta(minutes=15)
BROWSER_RETURNS = timedelta(days=30)
# Kinds whose message has buttons, so their step needs a token.
_TAPPABLE = frozenset({"question", "reason", "chosen", "menu", "stopped", "skipped", "confirm"})
_EVIDENT = frozenset({"toast.saved", "toast.same", "toast.changed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What made the step happen: when, and its place in the channel's order of edits."""

    at: datetime
    order: float = 0.0


def apply(
    tx: UnitOfWork,
    ctx: Context,
    invitation: Invitation,
    effects: tuple[Effect, ...],
    delivery_class: DeliveryClass,
    cause: Cause | None = None,
) -> Receipt:
    """Write every effect down; ``delivery_class`` is that of new messages. Return what to ack with."""
    cause = cause or Cause(at=ctx.now())
    toast, evident, form = "", False, None
    for effect in effects:
        match effect:
            case Say():
                _say(tx, ctx, invitation, effect, delivery_class)
            case Revise():
                _revise(tx, ctx, invitation, effect)
            case Record():
                record(tx, ctx, invitation, effect, order=cause.order, at=cause.at)
            case Stop():
                _stop(tx, ctx, invitation, effect.scope)
            case Resume():
                _resume(tx, ctx, invitation, effect.scope)
            case Toast():
                toast = say(invitation.language or DEFAULT, effect.key)
                evident = effect.key in _EVIDENT
            case Form():  # pragma: no branch the last kind of Effect
                form = _form(tx, ctx, invitation)
    held = form is not None and goes_out(tx) not in (None, delivery_class)
    return Receipt(toast=toast, evident=evident, form=form, held=held)


def _say(
    tx: UnitOfWork,
    ctx: Context,
    invitation: Invitation,
    effect: Say,
    delivery_class: DeliveryClass,
) -> None:
    token = None
    if effect.kind in _TAPPABLE:
        token = ctx.new_token()
        tx.invitations.add_token(token, invitation.id, effect.step)
    tx.deliveries.add(replace(_delivery(ctx, invitation, effect, delivery_class), token=token))


def _revise(tx: UnitOfWork, ctx: Context, invitation: Invitation, effect: Revise) -> None:
    """Queue an edit of the step's message; an edit still waiting is overtaken by this one."""
    told = tx.deliveries.of_invitation(invitation.id)
    target = _message_of(told, effect.step)
    if target is None:
        return
    for earlier in told:
        if earlier.target_id == target.id and earlier.state is DeliveryState.PENDING:
            overtaken = replace(
                earlier, state=DeliveryState.SUPPRESSED, due_at=None, reason="overtaken"
            )
            tx.deliveries.save(overtaken)
    edit = _delivery(ctx, invitation, effect, DeliveryClass.EDIT)
    tx.deliveries.add(replace(edit, token=target.token, target_id=target.id))


def _message_of(told: tuple[Delivery, ...], step: str) -> Delivery | None:
    """Return the newest message of a step, which its edits change."""
    return next((d for d in reversed(told) if d.step == step and d.target_id is None), None)


def _delivery(
    ctx: Context, invitation: Invitation, effect: Say | Revise, delivery_class: DeliveryClass
) -> Delivery:
    now = ctx.now()
    return Delivery(
        id=ctx.new_id(),
        key=f"{invitation.id}/{effect.kind}/{effect.step}/{effect.seq}",
        person_id=invitation.person_id,
        address_id=invitation.address_id or "",
        channel=invitation.channel or Channel.WEBCHAT,
        delivery_class=delivery_class,
        kind=effect.kind,
        state=DeliveryState.PENDING,
        created_at=now,
        due_at=now,
        invitation_id=invitation.id,
        step=effect.step,
        seq=effect.seq,
        args=effect.args,
        expires_at=_expiry(ctx, invitation, delivery_class),
    )


def _expiry(ctx: Context, invitation: Invitation, delivery_class: DeliveryClass) -> datetime | None:
    """Return when the message is no longer worth sending; a browser may come back much later."""
    pulled = invitation.channel is Channel.WEBCHAT
    match delivery_class:
        case DeliveryClass.PROACTIVE:
            return invitation.closes_at or invitation.ask_by
        case DeliveryClass.EDIT:
            return ctx.now() + BROWSER_RETURNS if pulled else None
        case _:
            return ctx.now() + (BROWSER_RETURNS if pulled else REPLY_WITHIN)


def _form(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> Prompt | None:
    told = tx.deliveries.of_invitation(invitation.id)
    why = _message_of(told, "why")
    if why is None:
        return None
    interview = Interview.from_json(invitation.interview)
    page = page_of(tx, ctx, invitation, why.token)
    return render(page, "reason", {"score": interview.score, "chip": interview.chip})


def page_of(tx: UnitOfWork, ctx: Context, invitation: Invitation, token: str | None) -> Page:
    """Return what the invitation's messages are rendered from."""
    return Page(
        program=ctx.program_of(tx, invitation.program_version),
        survey=ctx.survey_of(tx, invitation),
        language=invitation.language or DEFAULT,
        token=token,
        trial=invitation.is_trial,
    )


def _stop(tx: UnitOfWork, ctx: Context, invitation: Invitation, scope: Scope) -> None:
    person = tx.people.get(invitation.person_id)
    if person is None or scope is Scope.SURVEY:
        return
    if scope is Scope.PAUSE:
        tx.people.save(replace(person, paused_until=ctx.now() + PAUSE))
    else:
        opt_out(tx, ctx, person, source="stop_button", proof=ledger.in_answer_to(invitation))


def _resume(tx: UnitOfWork, ctx: Context, invitation: Invitation, scope: Scope) -> None:
    person = tx.people.get(invitation.person_id)
    if person is None or scope is Scope.SURVEY:
        return
    if scope is Scope.PAUSE:
        tx.people.save(replace(person, paused_until=None))
    else:
        opt_in(tx, ctx, person, source="undo_button", proof=ledger.in_answer_to(invitation))


def opt_out(tx: UnitOfWork, ctx: Context, person: Person, *, source: str, proof: Proof) -> None:
    """Stop all asks of the person, on every channel, and write it into the consent ledger."""
    tx.people.save(replace(person, opted_out_at=ctx.now()))
    ledger.withdraw(tx, ctx, person, source=source, proof=proof)
    announcing.opted(tx, ctx, person, out=True, source=source)


def opt_in(tx: UnitOfWork, ctx: Context, person: Person, *, source: str, proof: Proof) -> None:
    """Allow asks again. The ledger says so only of somebody who had agreed to them before."""
    tx.people.save(replace(person, opted_out_at=None, paused_until=None))
    entries = tx.consents.of_person(person.id)
    if any(c.granted and c.purpose is Purpose.SERVICE_SURVEY for c in entries):
        ledger.grant(tx, ctx, person, source=source, proof=proof)
    announcing.opted(tx, ctx, person, out=False, source=source)
