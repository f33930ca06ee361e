"""In which of her chats a customer is asked, and what becomes of an ask where that chat turns out to be no way.

The order, from the most particular on: the trigger's channels, what the company knows she prefers, where she answered
last, the company's channels; then her newest chat, one that we push to before web chat. A chat on a channel that is
off or red for longer than the program's ``fall_back_after`` comes after all others (docs/decisions/0024).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from surveys.model import (
    Address,
    Channel,
    Delivery,
    DeliveryState,
    Invitation,
    InvitationState,
    Json,
    Person,
    Verdict,
    VerdictKind,
)
from surveys.ports import UnitOfWork
from surveys.program import Trigger
from surveys.service.context import Context
from surveys.service.retracting import did_not_go_out, wait_again

DOWN = ("off", "red")
PUSHED = (Channel.TELEGRAM, Channel.SLACK)
FELL_BACK = "fell_back"
BROUGHT_ALONG = "opened_here"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chat to ask in, by which of the orders, and why others that came before it were passed over.

    ``works`` is False of a chat that is no better than those: there is none better.
    """

    address: Address
    chosen_by: str
    passed_over: Mapping[str, str] = field(default_factory=dict)
    works: bool = True

    def values(self) -> dict[str, Json]:
        """Return what explains the choice, to be stored with the verdict."""
        told: dict[str, Json] = {
            "channel": self.address.channel.value,
            "chosen_by": self.chosen_by,
        }
        return told | ({"passed_over": dict(self.passed_over)} if self.passed_over else {})


def choose(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> Choice | None:
    """Return the best of the customer's reachable chats for this ask; None where no chat reaches her.

    An ask that waits for one chat from the start, as that in which she came to us, is asked there.
    """
    person = tx.people.get(invitation.person_id)
    waits = invitation.state is InvitationState.WAITING
    here = tx.addresses.get(invitation.address_id or "") if waits else None
    if here is not None:
        return Choice(address=here, chosen_by="customer")
    if person is None:
        return None
    addresses = tx.addresses.of_person(person.id)
    if len(addresses) == 1 and addresses[0].reachable:
        return Choice(address=addresses[0], chosen_by="only")
    trigger = ctx.program_of(tx, invitation.program_version).trigger(invitation.trigger)
    order = _order(tx, ctx, person, trigger)
    troubles = _troubles(tx, ctx, invitation)
    ranked = sorted(addresses, key=lambda a: (_rank(order, a), a.channel is Channel.WEBCHAT))
    found = [a for a in ranked if a.reachable]
    if not found:
        return None
    best = next((a for a in found if not _trouble(a, troubles)), found[0])
    return Choice(
        address=best,
        chosen_by=order.get(best.channel, (0, "newest"))[1],
        passed_over={
            each.channel.value: _trouble(each, troubles) or "unreachable"
            for each in ranked[: ranked.index(best)]
        },
        works=_trouble(best, troubles) is None,
    )


def fall_back(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, given_up: Delivery, reason: str
) -> bool:
    """Let an ask wait again for another of her chats, if there is one and its question provably did not go out.

    ``given_up`` is the question that ended or is given up here, as the chat's own fault.
    """
    if not did_not_go_out(tx, invitation):
        return False
    elsewhere = choose(tx, ctx, invitation)
    if elsewhere is None or not elsewhere.works or elsewhere.address.id == given_up.address_id:
        return False
    values = {"from": given_up.channel.value, "reason": reason, "to": elsewhere.address.channel}
    held = Verdict(kind=VerdictKind.HELD, rule=FELL_BACK, at=ctx.now(), values=values)
    wait_again(tx, ctx, invitation, held)
    return True


def bring_along(tx: UnitOfWork, ctx: Context, browser: Address) -> None:
    """Let what waits for another browser of hers wait for this one, in which she has just opened a link.

    A question that a browser has taken stays there.
    """
    tx.clocks.lock(browser.person_id)
    for invitation in tx.invitations.live_of_person(browser.person_id):
        elsewhere = invitation.address_id not in (None, browser.id)
        if elsewhere and invitation.channel is browser.channel and did_not_go_out(tx, invitation):
            held = Verdict(kind=VerdictKind.HELD, rule=BROUGHT_ALONG, at=ctx.now())
            waiting = wait_again(tx, ctx, invitation, held)
            tx.invitations.save(replace(waiting, address_id=browser.id))


# --- channels that do not work --------------------------------------------------------------------


def report(tx: UnitOfWork, ctx: Context, channel: Channel, state: str) -> None:
    """Keep how a channel that we push to stands, and since when."""
    if is_news(tx, channel, state):
        said = {"state": state, "since": ctx.now().isoformat()}
        tx.notes.set(_note(channel), json.dumps(said))


def is_news(tx: UnitOfWork, channel: Channel, state: str) -> bool:
    """Say whether the channel went down or came up, as far as is known."""
    known = _standing(tx, channel)
    return known is None or (known[0] in DOWN) != (state in DOWN)


def rescue(tx: UnitOfWork, ctx: Context) -> int:
    """Let asks that wait for a channel which is down for too long fall back; return how many do."""
    return sum(
        _rescued(tx, ctx, delivery, reason)
        for channel, reason in _down(tx, ctx).items()
        for delivery in tx.deliveries.asks_waiting(channel, _BATCH)
    )


def is_down(tx: UnitOfWork, ctx: Context) -> bool:
    """Say whether some channel is down for too long."""
    return bool(_down(tx, ctx))


def _rescued(tx: UnitOfWork, ctx: Context, delivery: Delivery, reason: str) -> bool:
    if not tx.clocks.take(delivery.person_id):
        return False
    invitation = tx.invitations.get(delivery.invitation_id or "")
    opened = invitation is not None and invitation.state is InvitationState.OPEN
    return bool(invitation and opened and fall_back(tx, ctx, invitation, delivery, reason))


def _down(tx: UnitOfWork, ctx: Context) -> dict[Channel, str]:
    """Return the channels that have been down for too long, each with its state."""
    found = {channel: _standing(tx, channel) for channel in PUSHED}
    limit = ctx.now() - ctx.program.fall_back_after
    return {
        channel: standing[0]
        for channel, standing in found.items()
        if standing is not None and standing[0] in DOWN and standing[1] <= limit
    }


def _standing(tx: UnitOfWork, channel: Channel) -> tuple[str, datetime] | None:
    written = tx.notes.get(_note(channel))
    if not written:
        return None
    said = json.loads(written)
    return said["state"], datetime.fromisoformat(said["since"])


def _note(channel: Channel) -> str:
    return f"channel:{channel.value}"


# --- the order ------------------------------------------------------------------------------------

Order = Mapping[Channel, tuple[int, str]]


def _order(tx: UnitOfWork, ctx: Context, person: Person, trigger: Trigger) -> Order:
    """Return the place of each channel that somebody has named, and who named it first."""
    last = _answered_last(tx, person)
    named = [
        *((name, "trigger") for name in trigger.channels),
        *(((person.preferred_channel, "customer"),) if person.preferred_channel else ()),
        *(((last, "last_answer"),) if last else ()),
        *((name, "program") for name in ctx.program.channels),
    ]
    order: dict[Channel, tuple[int, str]] = {}
    for place, (name, by) in enumerate(named):
        order.setdefault(Channel(name), (place, by))
    return order


def _answered_last(tx: UnitOfWork, person: Person) -> Channel | None:
    """Return where she answered last; a browser, which she may never open again, is no choice."""
    said = tx.answers.of_subject(person.subject_id)
    known = [Channel(a.dimensions.channel) for a in said if a.dimensions.channel]
    return next((channel for channel in reversed(known) if channel in PUSHED), None)


def _rank(order: Order, address: Address) -> int:
    return order.get(address.channel, (len(order) + len(Channel), ""))[0]


def _troubles(tx: UnitOfWork, ctx: Context, invitation: Invitation) -> dict[str, str]:
    """Return what is wrong with channels, by name, and with chats that this ask failed in, by id."""
    told = tx.deliveries.of_invitation(invitation.id)
    failed = {d.address_id: d.reason or "failed" for d in told if d.state is DeliveryState.FAILED}
    return failed | {channel.value: state for channel, state in _down(tx, ctx).items()}


def _trouble(address: Address, troubles: Mapping[str, str]) -> str | None:
    if not address.reachable:
        return "unreachable"
    return troubles.get(address.channel.value) or troubles.get(address.id)
