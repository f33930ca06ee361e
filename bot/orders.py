"""What an operator may order, from the console or the command line: parsed and carried out in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.wiping import wipe_if_due
from surveys.errors import InvalidInput
from surveys.ports import Storage, UnitOfWork
from surveys.service import cases, erasing, identities, operating, pauses, staff_messages
from surveys.service.context import Context
from surveys.service.handing_out import note_export
from surveys.service.operating import Settlement

LONGEST_ID = 200
LONGEST_REASON = 200
MOST = 200


class Act(StrEnum):
    """Settle a delivery; retell staff a message; retry or drop a dead letter; hold or release all sending; join people, split off a chat, erase.

    release_drop releases after giving up the questions that wait. resolved says that a complaint was seen to.
    pause and resume concern the asks of one survey or trigger.
    """

    SETTLE = "settle"
    RETRY = "retry"
    DROP = "drop"
    HOLD = "hold"
    RELEASE = "release"
    RELEASE_DROP = "release_drop"
    JOIN = "join"
    SPLIT = "split"
    ERASE = "erase"
    RESOLVED = "resolved"
    PAUSE = "pause"
    RESUME = "resume"
    RETELL = "retell"
    ARRIVED = "arrived"
    EXPORT_ANSWERS = "export_answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One act: ``subject`` is the delivery's or the letter's id, ``reason`` why sending is held.

    To be paused are ``survey:<id>`` and ``trigger:<id>``, or an id that only one of the two has.
    Of people ``subject`` is the kept or the erased one, or the chat to split off, and ``other`` who is the same person.
    """

    act: Act
    subject: str = ""
    settlement: Settlement = Settlement.SENT
    reason: str = ""
    other: str = ""

    @property
    def shown(self) -> str:
        """The subject as a log may hold it: nothing that names a customer."""
        return "" if self.act in (Act.JOIN, Act.SPLIT, Act.ERASE) else self.subject


def parse_order(fields: Mapping[str, object]) -> Order:
    """Return the order of a form or a JSON body: ``act``, ``id``, ``as``, ``with``, ``reason``.

    Raises InvalidInput.
    """
    act = Act(_one_of(fields, "act", tuple(Act)))
    if act in (Act.HOLD, Act.RELEASE, Act.RELEASE_DROP):
        return Order(act=act, reason=_text(fields, "reason", LONGEST_REASON))
    subject = _text(fields, "id", LONGEST_ID)
    if not subject:
        raise InvalidInput("id", "is missing")
    if act is Act.JOIN:
        other = _text(fields, "with", LONGEST_ID)
        return Order(act=act, subject=subject, other=other)
    if act is not Act.SETTLE:
        return Order(act=act, subject=subject)
    settlement = Settlement(_one_of(fields, "as", tuple(Settlement)))
    return Order(act=act, subject=subject, settlement=settlement)


async def obeyed(storage: Storage, ctx: Context, order: Order, by: str) -> str:
    """Carry an order out; return what was done, see ``carry_out``.

    What waits is given up in commits of at most MOST, then comes the release: interrupted, the hold stands, and the
    order given again goes on.
    """
    if order.act is Act.RELEASE_DROP:
        while await storage.write(lambda tx: operating.give_up_waiting(tx, ctx, by, MOST)):
            pass
    done = await storage.write(lambda tx: carry_out(tx, ctx, order, by))
    if order.act is Act.ERASE:
        await wipe_if_due(storage)
    return done


_ON_ONE: Final[Mapping[Act, Callable[[UnitOfWork, Context, str, str], object]]] = {
    Act.RETRY: operating.retry_letter,
    Act.DROP: operating.drop_letter,
    Act.SPLIT: identities.split_by_hand,
    Act.RESOLVED: cases.resolve_case,
    Act.RETELL: staff_messages.send_again,
    Act.ARRIVED: staff_messages.arrived,
    Act.EXPORT_ANSWERS: note_export,
}


def carry_out(tx: UnitOfWork, ctx: Context, order: Order, by: str) -> str:
    """Do it; return what was done: the settlement, else the act; ``not_held`` or ``as_it_was`` where nothing was to do.

    Raises NotFound and NotWaiting, changing nothing.
    """
    match order.act:
        case Act.SETTLE:
            operating.settle_by_hand(tx, ctx, order.subject, order.settlement, by)
            return order.settlement.value
        case act if act in _ON_ONE:
            _ON_ONE[act](tx, ctx, order.subject, by)
        case Act.JOIN:
            identities.join_by_hand(tx, ctx, order.subject, order.other, by)
        case Act.ERASE:
            erasing.erase(tx, ctx, identities.find_person(tx, order.subject).id, by=by)
        case Act.PAUSE | Act.RESUME:
            change = pauses.pause if order.act is Act.PAUSE else pauses.resume
            if not change(tx, ctx, *pauses.named(ctx.program, order.subject), by):
                return "as_it_was"
        case Act.HOLD:
            operating.hold(tx, ctx, order.reason, by)
        case Act.RELEASE | Act.RELEASE_DROP:  # pragma: no branch the last kinds
            if not operating.release(tx, ctx, by):
                return "not_held"
    return order.act.value


def _one_of(fields: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise InvalidInput(name, f"must be one of {', '.join(allowed)}")
    return value


def _text(fields: Mapping[str, object], name: str, longest: int) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise InvalidInput(name, f"must be printable text of at most {longest} characters")
    return value.strip()
