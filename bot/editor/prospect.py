"""How many a trigger would ask: what its last rehearsal found, and how many events of the last days its condition lets through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot import rehearsal_texts
from bot.editor import clashing
from bot.editor.counting import lines
from surveys.ports import UnitOfWork
from surveys.program import Program, Trigger
from surveys.service.context import Context
from surveys.service.matching import count, lately
from surveys.service.pauses import pauses
from surveys.service.rehearsal_orders import Order, ordered

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What is known of it beforehand.

    Attributes:
        order: the last rehearsal, done or not.
        headline: what it found; "" while it found nothing yet.
        is_older: whether it was of another program than would be published.
        matches: what the condition lets through, in sentences; none where no event starts the trigger.
        clashes: the triggers that ask the same customers about the same thing.
    """

    order: Order | None = None
    headline: str = ""
    is_older: bool = False
    matches: tuple[str, ...] = ()
    clashes: tuple[clashing.Told, ...] = ()


def prospect(
    tx: UnitOfWork, ctx: Context, program: Program, trigger: str, language: str
) -> Prospect:
    """Return what is known of a trigger of a program that is not in force yet."""
    order = ordered(tx, trigger)
    found: Mapping[str, Json] | None = order.found if order else None
    return Prospect(
        order=order,
        headline=rehearsal_texts.headline(found, language) if found else "",
        is_older=order is not None and order.version != program.version,
        matches=tuple(_matches(tx, ctx, program.trigger(trigger), language)),
        clashes=clashing.of_program(program, trigger, pauses(tx), language),
    )


def _matches(tx: UnitOfWork, ctx: Context, trigger: Trigger, language: str) -> Iterator[str]:
    if trigger.on is None:
        return
    came = lately(tx, ctx, trigger.on)
    yield from lines(count(tx, ctx, came, trigger.where), ctx, language)
