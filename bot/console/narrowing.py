"""What a page under filters says of its analyses: which of them carry the filters."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bot.console.beside import Beside
from bot.console.moment import local
from bot.console.words import Words
from surveys.carrying import OF_EVENTS, carried
from surveys.service import narrowing
from surveys.service.narrowing import Where

AGAIN: Final = {"Refresh": "3"}
"""Seconds after which a page that waits comes again, with or without scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What a page under filters says of its analyses.

    Attributes:
        state: "" where nobody ordered them, ``waits``, ``failed``, ``done``, or ``many`` for too many filters.
        filters: the filters in words; ``where`` as the form sends them.
        as_of: when what is shown was worked out, "" where what is shown is of everybody.
        two: whether they are several filters, which fewer analyses carry. held: whether events hold the filter's
            value: else who goes on and comes back stays everybody's.
    """

    state: str
    filters: str
    where: str
    as_of: str
    two: bool
    held: bool

    @property
    def waits(self) -> bool:
        """Whether something is being worked out."""
        return self.state == "waits"


def narrowing_of(where: Where, beside: Beside, words: Words) -> Narrowing | None:
    """Return what to say; None without filters."""
    if not where:
        return None
    filters = ", ".join(f"{words.name(name)} {words.value(name, value)}" for name, value in where)
    state = beside.order.state if beside.order else ""
    zone = words.program.company.zone
    return Narrowing(
        state="many" if len(where) > narrowing.MOST_FILTERS else state,
        filters=filters,
        where=urlencode(where),
        as_of=local(beside.as_of, zone) if beside.as_of else "",
        two=len(where) > 1,
        held=set(OF_EVENTS) <= set(carried(words.program, (name for name, _ in where))),
    )
