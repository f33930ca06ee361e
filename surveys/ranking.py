"""Which of several competing asks goes first: need times freshness (SEMANTICS.md, Asking)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """How urgent one of several competing asks is; bigger goes first.

    ``half_width`` and ``target``, in points, are what ``need`` follows from; None where there are no answers, or nothing competed.
    """

    invitation_id: str
    need: float
    freshness: float
    event_at: datetime
    half_width: float | None = None
    target: float | None = None
    looked_at: datetime | None = None
    rivals: tuple[str, ...] = ()

    @classmethod
    def at(
        cls,
        now: datetime,
        invitation_id: str,
        span: tuple[datetime, datetime],
        half_width: float | None,
        target: float,
    ) -> "Rank":
        """Return the rank now of an ask with this event's time and ``ask_by``."""
        event_at, ask_by = span
        return cls(
            invitation_id=invitation_id,
            need=need(half_width, target),
            freshness=freshness(now, event_at, ask_by),
            event_at=event_at,
            half_width=half_width,
            target=target,
            looked_at=now,
        )

    def seen(self) -> dict[str, Any]:
        """Return what the rank is made of besides the ask's own times, unrounded, for a rehearsal."""
        looked = self.looked_at.isoformat() if self.looked_at else None
        measured = {"half_width": self.half_width, "target": self.target}
        among = {"rivals": list(self.rivals)} if self.rivals else {}
        return {"ask": self.invitation_id, "ranked_at": looked, **measured, **among}

    @property
    def score(self) -> float:
        """Need times freshness."""
        return self.need * self.freshness

    def values(self) -> dict[str, Any]:
        """Return the inputs, to be stored with the verdict."""
        found = {
            "need": round(self.need, 4),
            "freshness": round(self.freshness, 4),
            "score": round(self.score, 4),
        }
        if self.half_width is not None and self.target is not None:
            found |= {"half_width": round(self.half_width, 1), "target": self.target}
        return found


def freshness(now: datetime, event_at: datetime, ask_by: datetime) -> float:
    """Return 1 at the event, 0 at ``ask_by``, clipped."""
    span = (ask_by - event_at).total_seconds()
    return min(1.0, max(0.0, 1 - (now - event_at).total_seconds() / span)) if span > 0 else 0.0


def need(half_width: float | None, target: float) -> float:
    """Return how much the stage's score wants data: 1 without any, less the narrower its interval."""
    return 1.0 if half_width is None else min(1.0, half_width / target)


def ranked(ranks: tuple[Rank, ...]) -> tuple[Rank, ...]:
    """Return the ranks, most urgent first; ties go to the newest event, then the smallest id."""
    return tuple(sorted(ranks, key=lambda r: (-r.score, -r.event_at.timestamp(), r.invitation_id)))
