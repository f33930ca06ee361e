"""What the rules look at, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from surveys.instruments import RESOLVED
from surveys.model import Consent, Event, Person, Slot
from surveys.pausing import Pause
from surveys.program import Program, Survey, Trigger


class RulingKind(StrEnum):
    """``clear``: may be asked now. ``held``: not before ``until``. ``skipped``: never."""

    CLEAR = "clear"
    HELD = "held"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The outcome of the rules, with the rule and the values that decided it.

    ``seen`` is what they looked at, as it is kept with the verdict (surveys.decisions.seeing).
    """

    kind: RulingKind
    rule: str
    values: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    seen: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The answered ask that another one goes back to. ``band`` is that of its score now; None without one."""

    invitation_id: str
    survey: str
    band: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """What a stage's budget allows in one month (surveys.service.budgeting).

    Attributes:
        month: of the event, whose ``share`` of the customers is asked.
        half_width: what it was when it was looked at last, in points; None without answers.
        met_at: since when the current month needs no more answers.
    """

    stage: str
    unit: str
    target: float
    month: str
    share: float
    half_width: float | None = None
    met_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        """Return it as it stands in verdicts."""
        wide = None if self.half_width is None else round(self.half_width, 1)
        points = {"target": self.target, "half_width": wide}
        return {"stage": self.stage, "unit": self.unit, **points, "month": self.month}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules look at, gathered under the person's contact clock.

    Attributes:
        known: the company knows the customer (not only an identifier we cannot place).
        reachable: at least one address works.
        slots: the person's slots without the ask in question.
        occurrence: which occasion of this event type this is for the person, from 1.
        reversed_by: type of the reversing event of this occasion, if there is one.
        origin: the answer that this ask follows or whose complaint was seen to, if there is one.
        pause: what staff paused of it, if anything.
        resolution: which of the case's resolutions it is about; "" for the first, and where nobody counts them.
        allotment: what the budget of its stage allows, if it has one.
        burst: how many cases the same handler closed about then, this one included.
        salt: secret, keeps sampling unpredictable from outside.
    """

    program: Program
    trigger: Trigger
    event: Event
    now: datetime
    salt: str
    person: Person | None = None
    known: bool = False
    reachable: bool = False
    consents: tuple[Consent, ...] = ()
    slots: tuple[Slot, ...] = ()
    occurrence: int = 1
    reversed_by: str | None = None
    asked_already: bool = False
    origin: Origin | None = None
    pause: Pause | None = None
    resolution: str = ""
    burst: int = 0
    allotment: Allotment | None = None

    @property
    def survey(self) -> Survey:
        """What is asked."""
        return self.program.survey(self.trigger.survey)

    @property
    def recovering(self) -> bool:
        """Whether it asks how a complaint was seen to, which is no new contact (docs/decisions/0028)."""
        return self.survey.instrument == RESOLVED.id

    @property
    def occasion(self) -> str:
        """What is asked about once: the event's occasion, its resolution, or the complaint that was seen to."""
        if self.recovering and self.origin:
            return self.origin.invitation_id
        return f"{self.event.subject}#{self.resolution}" if self.resolution else self.event.subject

    @property
    def due(self) -> datetime:
        """The event's time and the trigger's delay."""
        return self.event.time + self.trigger.after

    @property
    def ask_by(self) -> datetime:
        """From here on it is too late."""
        return self.due + self.trigger.max_wait


def because(facts: Facts) -> dict[str, Any]:
    """Return which answer the ask goes back to, in words for its decision; empty for one that an event started."""
    origin = facts.origin
    if origin is None:
        return {}
    return {"invitation": origin.invitation_id, "follows": origin.survey, "band": origin.band}


def skip(name: str, **values: Any) -> Ruling:
    """Return that it is never asked, by this rule."""
    return Ruling(kind=RulingKind.SKIPPED, rule=name, values=values)


def hold(facts: Facts, name: str, **values: Any) -> Ruling:
    """Return that it waits to the end of its time, unless the rule is lifted."""
    until = facts.ask_by
    values = {**values, "ask_by": iso(until)}
    return Ruling(kind=RulingKind.HELD, rule=name, values=values, until=until)


def iso(at: datetime) -> str:
    """Return the instant as it stands in verdicts."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
