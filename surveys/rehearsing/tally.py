"""Adds up courses one by one, in memory that does not grow with the customers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from surveys.model import Verdict
from surveys.rehearsing.courses import Course
from surveys.timing import day_of, zone_of

Json = Any


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a rehearsal says in numbers, and about the first ``most`` customers one by one.

    Attributes:
        zone: the company's, for whoever has none of her own.
        survey: only courses of this one; None for all.
    """

    zone: str
    most: int
    survey: str | None = None
    courses: int = 0
    events: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    by_trigger: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_stage: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    first: list[Course] = field(default_factory=list)
    _seconds: Counter[datetime] = field(default_factory=Counter)

    def add(self, course: Course) -> bool:
        """Count a course; False where it is of another survey."""
        if self.survey not in (None, course.survey):
            return False
        self.courses += 1
        self.ends[course.end] += 1
        self.by_trigger[course.trigger, course.end] += 1
        if course.end == "asked":
            self.by_stage[course.stage, course.instrument] += 1
            self.by_day[str(day_of(course.at, zone_of(None, self.zone)[0]))] += 1
            self._seconds[course.at.replace(microsecond=0)] += 1
        else:
            self.by_rule[course.end, course.rule] += 1
        if len(self.first) < self.most:
            self.first.append(course)
        return True

    @property
    def people(self) -> list[dict[str, Json]]:
        """The first courses as plain JSON."""
        return [self._told(course) for course in self.first]

    @property
    def peak(self) -> tuple[datetime, int] | None:
        """The first second with the most questions, and how many; None without any."""
        if not self._seconds:
            return None
        return min(self._seconds.items(), key=lambda each: (-each[1], each[0]))

    def rules(self) -> Iterator[dict[str, Json]]:
        """Yield what kept customers from being asked, the most frequent first."""
        order = sorted(self.by_rule.items(), key=lambda each: (-each[1], each[0]))
        for (end, rule), count in order:
            yield {"end": end, "rule": rule, "count": count}

    def triggers(self) -> Iterator[dict[str, Json]]:
        """Yield what became of each trigger's asks, by its id."""
        for trigger in sorted({trigger for trigger, _ in self.by_trigger}):
            ends = {
                end: self.by_trigger[trigger, end] for end in ("asked", "waiting", "suppressed")
            }
            yield {"trigger": trigger, **ends}

    def _told(self, course: Course) -> dict[str, Json]:
        zone, _ = zone_of(course.zone, self.zone)
        return {
            "customer": course.customer,
            "event": course.stored.event.id,
            "source": course.stored.event.source,
            "trigger": course.trigger,
            "end": course.end,
            "rule": course.rule,
            "at": course.at.isoformat(),
            "local": course.at.astimezone(zone).isoformat(sep=" ", timespec="minutes"),
            "verdicts": [told(verdict) for verdict in course.verdicts],
        }


def told(verdict: Verdict) -> dict[str, Json]:
    """Return a verdict as plain JSON."""
    return {
        "kind": verdict.kind.value,
        "rule": verdict.rule,
        "at": verdict.at.isoformat(),
        "values": dict(verdict.values),
    }
