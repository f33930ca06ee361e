"""Events of a window with what was decided about each, to be gone through again person by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from surveys.model import Decision, StoredEvent

Place = tuple[str, int]
"""Where a reading of pasts has come to: person ("" for nobody) and number of the last event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An event as it was received, and its decisions, sorted by trigger.

    Attributes:
        number: its place in the order of events.
        customer: the customer's id with the company; None of whoever has none.
    """

    number: int
    stored: StoredEvent
    customer: str | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def place(self) -> Place:
        """Where a reading goes on behind it."""
        return self.stored.person_id or "", self.number


class Pasts(Protocol):
    """Reads what happened in a window; of erased people nothing is there."""

    def page(
        self, since: datetime, until: datetime, after: Place | None, limit: int
    ) -> Sequence[Past]:
        """Return events received in [since, until), by person, then in the order they were stored."""
