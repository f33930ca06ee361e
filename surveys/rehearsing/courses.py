"""What became of one event and trigger, as a rehearsal tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from surveys.model import StoredEvent, Verdict, VerdictKind
from surveys.program import Program

End = Literal["asked", "waiting", "suppressed"]
_ENDS: dict[VerdictKind, End] = {
    VerdictKind.ASKED: "asked",
    VerdictKind.HELD: "waiting",
    VerdictKind.RELEASED: "waiting",
    VerdictKind.OUTRANKED: "waiting",
    VerdictKind.SKIPPED: "suppressed",
    VerdictKind.EXPIRED: "suppressed",
    VerdictKind.WITHDRAWN: "suppressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One event x trigger with its verdicts.

    Attributes:
        customer: the customer's id with the company; None of whoever has none.
        zone: her time zone; None where nobody knows.
    """

    stored: StoredEvent
    trigger: str
    survey: str
    stage: str
    instrument: str
    verdicts: tuple[Verdict, ...]
    customer: str | None = None
    zone: str | None = None

    @property
    def end(self) -> End:
        """What became of it in the window: asked, never asked, or still to be asked."""
        last = self.verdicts[-1].kind
        if last is VerdictKind.WITHDRAWN and self._asked is not None:
            return "asked"
        return _ENDS[last]

    @property
    def rule(self) -> str:
        """The rule of the last verdict."""
        return self.verdicts[-1].rule

    @property
    def at(self) -> datetime:
        """When she was asked; else when the last verdict fell."""
        asked = self._asked if self.end == "asked" else None
        return asked or self.verdicts[-1].at

    @property
    def _asked(self) -> datetime | None:
        asked = (v.at for v in reversed(self.verdicts) if v.kind is VerdictKind.ASKED)
        return next(asked, None)


def course_of(
    program: Program,
    stored: StoredEvent,
    trigger: str,
    verdicts: tuple[Verdict, ...],
    *,
    customer: str | None,
    zone: str | None,
) -> Course:
    """Return the course of a trigger of this program."""
    found = program.trigger(trigger)
    survey = program.survey(found.survey)
    return Course(
        stored=stored,
        trigger=trigger,
        survey=survey.id,
        stage=program.touchpoint(found.touchpoint).stage,
        instrument=survey.instrument,
        verdicts=verdicts,
        customer=customer,
        zone=zone,
    )
