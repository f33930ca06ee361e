"""What became of one event and trigger, as a rehearsal tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from surveys.conditions import Condition, evaluate
from surveys.model import Json, StoredEvent, Verdict, VerdictKind
from surveys.program import Program

End = Literal["asked", "waiting", "suppressed"]
BEFORE: Final = ""
"""In place of a trigger: a question from before the window."""

_BY_OTHERS: Final = ("cap", "cooldown", "rank")
"""Rules by which a question that was asked keeps others from it."""

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
        where: the trigger's condition.
        seen: what it saw in its fields.
        matches: whether the event meets it.
        customer: the customer's id with the company; None of whoever has none.
        zone: her time zone; None where nobody knows.
    """

    stored: StoredEvent
    trigger: str
    survey: str
    stage: str
    instrument: str
    verdicts: tuple[Verdict, ...]
    where: Condition | None = None
    seen: Mapping[str, Json] = field(default_factory=dict)
    matches: bool = True
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
    evaluation = evaluate(found.where, stored.event.data) if found.where else None
    return Course(
        stored=stored,
        trigger=trigger,
        survey=survey.id,
        stage=program.touchpoint(found.touchpoint).stage,
        instrument=survey.instrument,
        verdicts=verdicts,
        where=found.where,
        seen=evaluation.seen if evaluation else {},
        matches=evaluation.holds if evaluation else True,
        customer=customer,
        zone=zone,
    )


def taken_by(course: Course, of_customer: Sequence[Course]) -> str | None:
    """Return the trigger whose question, the newest until then, kept this one from being asked; None where none did.

    ``BEFORE`` where that was none of the window. A pause between questions is one of instrument and stage.
    """
    if course.end == "asked" or course.rule not in _BY_OTHERS:
        return None
    place = (course.stage, course.instrument) if course.rule == "cooldown" else ()
    asked = (
        each
        for each in of_customer
        if each.end == "asked"
        and each.at <= course.at
        and (not place or place == (each.stage, each.instrument))
    )
    newest = max(asked, key=lambda each: each.at, default=None)
    return newest.trigger if newest else BEFORE
