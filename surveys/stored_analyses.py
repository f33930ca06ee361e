"""What analyses read besides answers, what they leave, and how its rows are kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from surveys.model import Json

KINDS: Final = (
    "trend",
    "paths",
    "conversion",
    "repeat",
    "drivers",
    "reasons",
    "quadrant",
    "surge",
)
"""Everything that is analysed, in the order in which it is shown."""

OF_THE_JOURNEY: Final = frozenset({"paths", "conversion", "drivers", "quadrant"})
"""Kinds that are about all stages together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One stored analysis: unique on ``(kind, key)``.

    Attributes:
        kind: one of KINDS, the months of budgets (surveys.service.budgeting), or what staff had rehearsed
            (surveys.service.rehearsal_orders).
        key: a stage's id; "" where it is about the journey as a whole.
        as_of: nothing later than this has been looked at.
        content: plain JSON, suppressed already; its shape is told in surveys.analyses.
        state: what the next run goes on from; it never leaves.
    """

    kind: str
    key: str
    as_of: datetime
    content: Mapping[str, Json]
    state: Mapping[str, Json]

    def to_json(self) -> dict[str, Json]:
        """Return what the API and the command line give."""
        return {
            "kind": self.kind,
            "stage": self.key or None,
            "as_of": self.as_of.isoformat(),
            **self.content,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One series at one stage that got worse: a fact, told once.

    Attributes:
        id: made of the place and the answer that raised it, so that no later run finds the same one again.
        at: the day of that answer, as its beginning in the company's zone: the instant would say whose it was.
        raised_at: when the analysis saw it.
        since: the day of the first answer of the evidence: ``bad`` of ``answers`` were in the low band.
        usual: the share in the low band before, 0..1.
        restart: the answer's id; watching began anew behind it.
    """

    id: str
    stage: str
    instrument: str
    series: str
    at: datetime
    raised_at: datetime
    since: datetime
    bad: int
    answers: int
    usual: float
    restart: str

    def to_json(self) -> dict[str, Json]:
        """Return what the API, the command line and webhooks give."""
        return {
            "id": self.id,
            "stage": self.stage,
            "instrument": self.instrument,
            "series": self.series,
            "at": self.at.isoformat(),
            "raised_at": self.raised_at.isoformat(),
            "since": self.since.isoformat(),
            "bad": self.bad,
            "answers": self.answers,
            "usual": self.usual,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A program version, when it first went live, and its canonical JSON."""

    version: str
    at: datetime
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a known customer that takes nothing back.

    Attributes:
        number: its place in the order of ``Analyses.happenings``.
        occasion: the event's subject.
        data: what is kept of the event's data.
        handler: who handled the case.
    """

    number: int
    subject_id: str
    occasion: str
    type: str
    at: datetime
    data: Mapping[str, Json]
    handler: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An invitation that was sent; ``number`` is its place in the order of ``Analyses.asks``."""

    number: int
    subject_id: str
    stage: str
    sent_at: datetime


class Analyses(Protocol):
    """Stored analyses, and rows that only they read: a page at a time, so that no customer waits for one."""

    def get(self, kind: str, key: str) -> Analysis | None:
        """Return the analysis."""

    def save(self, analysis: Analysis) -> None:
        """Insert, or replace the one of the same kind and key."""

    def all(self, kind: str) -> tuple[Analysis, ...]:
        """Return the kind's analyses, sorted by key."""

    def keep_only(self, kind: str, keys: Collection[str]) -> None:
        """Delete the kind's analyses under any other key."""

    def happenings(self, after: int, limit: int) -> tuple[Happening, ...]:
        """Return events behind the number, in the order they were stored; left out are those of nobody known."""

    def asks(self, after: int, limit: int) -> tuple[Ask, ...]:
        """Return sent invitations behind the number, in the order they were made; staff's trials are none."""


class Alerts(Protocol):
    """What got worse. Unique on ``id``."""

    def add(self, alert: Alert) -> None:
        """Insert; raises AlreadyStored."""

    def get(self, alert_id: str) -> Alert | None:
        """Return the alert."""

    def newest(self, limit: int) -> tuple[Alert, ...]:
        """Return the newest alerts, by ``at`` and then insertion, newest first."""
