"""Adds up courses one by one, in memory that does not grow with the customers."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from operator import itemgetter
from typing import Any

from surveys.conditions import Gaps, paths
from surveys.model import Verdict
from surveys.rehearsing.courses import Course
from surveys.timing import day_of, zone_of

Json = Any


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a rehearsal says in numbers, and one by one about the ``most`` newest, those first that match.

    Attributes:
        zone: the company's, for whoever has none of her own.
        survey, trigger: only courses of this one; None for all.
        matched: courses whose event meets its trigger's condition, whatever the other rules say.
        takers: how many of those by the rule and the trigger whose question kept them from being asked.
        gaps: fields of conditions that events lack.
    """

    zone: str
    most: int
    survey: str | None = None
    trigger: str | None = None
    courses: int = 0
    matched: int = 0
    events: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    by_trigger: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_stage: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)
    matched_by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)
    takers: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    gaps: Gaps = field(default_factory=Gaps)
    _told: list[tuple[bool, datetime, int, Course]] = field(default_factory=list)
    _seconds: Counter[datetime] = field(default_factory=Counter)

    def shows(self, course: Course) -> bool:
        """Say whether it is to be counted."""
        return self.survey in (None, course.survey) and self.trigger in (None, course.trigger)

    def add(
        self, course: Course, taker: str | None, was_stored: Callable[[tuple[str, ...]], bool]
    ) -> None:
        """Count a course, what kept it from being asked, and what its event lacks."""
        self.courses += 1
        self.matched += course.matches
        if course.matches and taker is not None:
            self.takers[course.rule, taker] += 1
        self.gaps.look(paths(course.where) if course.where else (), course.seen, was_stored)
        self.ends[course.end] += 1
        self.by_trigger[course.trigger, course.end] += 1
        if course.end == "asked":
            self.by_stage[course.stage, course.instrument] += 1
            self.by_day[str(day_of(course.at, zone_of(None, self.zone)[0]))] += 1
            self._seconds[course.at.replace(microsecond=0)] += 1
        else:
            self.by_rule[course.end, course.rule] += 1
            self.matched_by_rule[course.end, course.rule] += course.matches
        heappush(self._told, (course.matches, course.at, -self.courses, course))
        if len(self._told) > self.most:
            heappop(self._told)

    @property
    def newest(self) -> list[Course]:
        """The courses that are told one by one, the newest first."""
        order = sorted(self._told, key=itemgetter(1, 2), reverse=True)
        return [course for *_, course in order]

    @property
    def people(self) -> list[dict[str, Json]]:
        """They as plain JSON."""
        return [self._one(course) for course in self.newest]

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
            matched = self.matched_by_rule[end, rule]
            yield {"end": end, "rule": rule, "count": count, "matched": matched}

    def taken(self) -> Iterator[dict[str, Json]]:
        """Yield whose questions kept those that match from being asked, by rule, the most frequent first."""
        order = sorted(self.takers.items(), key=lambda each: (-each[1], each[0]))
        for (rule, trigger), count in order:
            yield {"rule": rule, "trigger": trigger, "count": count}

    def triggers(self) -> Iterator[dict[str, Json]]:
        """Yield what became of each trigger's asks, by its id."""
        for trigger in sorted({trigger for trigger, _ in self.by_trigger}):
            ends = {
                end: self.by_trigger[trigger, end] for end in ("asked", "waiting", "suppressed")
            }
            yield {"trigger": trigger, **ends}

    def _one(self, course: Course) -> dict[str, Json]:
        zone, _ = zone_of(course.zone, self.zone)
        return {
            "customer": course.customer,
            "event": course.stored.event.id,
            "source": course.stored.event.source,
            "trigger": course.trigger,
            "end": course.end,
            "rule": course.rule,
            "matches": course.matches,
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
