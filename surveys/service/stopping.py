"""Stopping: at once and everything, then narrower where the customer wishes, and back.

A stop word counts in the commit in which it comes, whether or not a button is ever tapped. The message that says so
offers what she may have meant instead: only the question before her, or thirty days; and to undo it. What her newest
such message shows is what she has chosen with it; another scope takes the one before back first.
"""

from dataclasses import replace
from typing import Final

from surveys.interview import Interview, Phase, Scope
from surveys.model import Address, Delivery, Incoming, Invitation, InvitationState, Person
from surveys.ports import UnitOfWork
from surveys.service import answering, choosing
from surveys.service.asking import reconsider
from surveys.service.context import Context
from surveys.service.effects import PAUSE, opt_in, opt_out
from surveys.service.ledger import by_act
from surveys.service.telling import STOPPED, change, tell

UNDONE: Final = "none"
_SOURCE: Final = "stop_menu"
_CHOICES: Final = {
    "stop.survey": Scope.SURVEY.value,
    "stop.pause": Scope.PAUSE.value,
    "stop.all": Scope.ALL.value,
    "undo": UNDONE,
}


def stop(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, person: Person
) -> None:
    """Stop everything now, say so, and offer less."""
    asked = _open_here(tx, address)
    if person.opted_out_at is None:
        opt_out(tx, ctx, person, source="stop_command", proof=by_act(incoming))
    answering.hush(tx, ctx, incoming, person.id)
    tell(tx, ctx, address, STOPPED, scope=Scope.ALL.value, asked=asked.id if asked else "")


def pause(tx: UnitOfWork, ctx: Context, address: Address, person: Person) -> None:
    """Ask nothing for a while, say so, and offer to undo it; a stop of everything stays."""
    if person.opted_out_at is not None:
        tell(tx, ctx, address, STOPPED, scope=Scope.ALL.value, asked="")
        return
    tx.people.save(replace(person, paused_until=ctx.now() + PAUSE))
    tell(tx, ctx, address, STOPPED, scope=Scope.PAUSE.value, asked="")


def unpause(tx: UnitOfWork, ctx: Context, address: Address, person: Person) -> None:
    """Ask again before the pause is over, and say so."""
    tx.people.save(replace(person, paused_until=None))
    reconsider(tx, ctx, person.id)
    tell(tx, ctx, address, "notice.restarted")


def choose(tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, value: str) -> None:
    """Take back what the menu stands for, and do what was tapped instead; the same again changes nothing.

    Neither does what she tapped before her latest choice.
    """
    address = tx.addresses.get(menu.address_id)
    if address is None or choosing.latest(tx, incoming, address) is None:
        return
    before, after = menu.args.get("scope", Scope.ALL.value), _CHOICES[value]
    if before == after:
        return
    _lift(tx, ctx, incoming, menu, before)
    _impose(tx, ctx, incoming, menu, after)
    change(tx, ctx, menu, scope=after)
    reconsider(tx, ctx, menu.person_id)


def _lift(tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, scope: str) -> None:
    person = tx.people.get(menu.person_id)
    if person is None:
        return
    if scope == Scope.ALL and person.opted_out_at is not None:
        opt_in(tx, ctx, person, source=_SOURCE, proof=by_act(incoming))
    elif scope == Scope.PAUSE:
        tx.people.save(replace(person, paused_until=None))
    elif scope == Scope.SURVEY:
        _press(tx, ctx, incoming, menu, "undo")


def _impose(tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, scope: str) -> None:
    person = tx.people.get(menu.person_id)
    if person is None:
        return
    if scope == Scope.ALL and person.opted_out_at is None:
        opt_out(tx, ctx, person, source=_SOURCE, proof=by_act(incoming))
        answering.hush(tx, ctx, incoming, person.id)
    elif scope == Scope.PAUSE:
        tx.people.save(replace(person, paused_until=ctx.now() + PAUSE))
    elif scope == Scope.SURVEY:
        _press(tx, ctx, incoming, menu, "stop.survey")


def _press(tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, value: str) -> None:
    """Do in the dialogue that was open what its own button does."""
    asked = str(menu.args.get("asked", ""))
    invitation = tx.invitations.look(asked) if asked else None
    if invitation is not None and invitation.person_id == menu.person_id:
        answering.press(tx, ctx, incoming, invitation, value)


def _open_here(tx: UnitOfWork, address: Address) -> Invitation | None:
    """Return the newest question at this address that is neither answered to the end nor given up."""
    here = [
        invitation
        for invitation in tx.invitations.live_of_person(address.person_id)
        if invitation.state is InvitationState.OPEN
        and invitation.address_id == address.id
        and invitation.sent_at is not None
        and _is_alive(Interview.from_json(invitation.interview))
    ]
    return max(here, key=lambda i: i.sent_at or i.created_at, default=None)


def _is_alive(interview: Interview) -> bool:
    return interview.phase is Phase.ASKED or (
        interview.phase is Phase.SCORED and not interview.thanked
    )
