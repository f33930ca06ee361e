"""What happens again and again: the row that says when it does next is its schedule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Rule(Protocol):
    """Says when something happens: a cron expression in a time zone."""

    def after(self, moment: datetime) -> datetime | None:
        """Return the first time strictly after the moment, in UTC; None where there is none.

        A local time that a clock change skips happens as soon as the clock has gone on; one that comes twice
        happens the first time.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Something that recurs.

    Attributes:
        name: what, e.g. ``digest:weekly``.
        rule: how its times were reckoned, e.g. ``0 9 * * 1 Asia/Seoul``; where that changes they are reckoned anew.
        due_at: when it happens next. One that is past happens once, late, however many times it missed.
        last_at: the time for which it happened last.
    """

    name: str
    rule: str
    due_at: datetime | None
    last_at: datetime | None = None


class Recurrences(Protocol):
    """What recurs, by name."""

    def add(self, recurrence: Recurrence) -> None:
        """Insert; raises AlreadyStored."""

    def save(self, recurrence: Recurrence) -> None:
        """Replace."""

    def get(self, name: str) -> Recurrence | None:
        """Return it."""

    def all(self) -> tuple[Recurrence, ...]:
        """Return all, sorted by name; it locks nothing."""

    def remove(self, name: str) -> None:
        """Delete it, if there."""

    def due(self, now: datetime, limit: int) -> tuple[Recurrence, ...]:
        """Claim those due at or before now, earliest first (PostgreSQL: SKIP LOCKED)."""

    def next_due(self) -> datetime | None:
        """Return when the next one happens."""
