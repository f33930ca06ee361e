"""What is rehearsed, and what a rehearsal found."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from surveys.program import Program
from surveys.rehearsing.again import Replayed
from surveys.rehearsing.expecting import Expected
from surveys.rehearsing.tally import Tally, told
from surveys.timing import zone_of

Json = Any
MOST_DIFFERENT: Final = 20
"""So many differing verdict lists are shown; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be rehearsed.

    Attributes:
        program: None for what was live, each event under the version that decided about it.
        since: events received from here up to ``until`` are gone through.
        survey, trigger: only this one is shown; the others take their places all the same.
        people: so many asks are told one by one, the newest.
    """

    since: datetime
    until: datetime
    program: Program | None = None
    survey: str | None = None
    trigger: str | None = None
    people: int = 1000


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal found.

    Attributes:
        recorded: whether it went through what was decided; else it supposed another program, and is an estimate.
        same: recorded lists that came out the same, row for row; ``differing`` counts those that did not.
        unknown: decisions from before it was kept what the rules looked at; they are shown as recorded.
        taken_over: verdicts that no rule gave: outcomes of requests, reversals, acts of staff and customers.
        follow_ups: triggers that start from an answer, which a supposed customer does not give.
        per_second: how many messages a second the busiest platform takes from us.
    """

    wish: Wish
    tally: Tally
    recorded: bool
    per_second: float
    stages: tuple[Expected, ...] = ()
    same: int = 0
    differing: int = 0
    different: list[Replayed] = field(default_factory=list)
    unknown: int = 0
    taken_over: int = 0
    follow_ups: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether every list was made anew from what its rules looked at; else it is an estimate."""
        return self.recorded and not self.unknown

    def compare(self, replayed: Replayed) -> None:
        """Hold a list made anew against the recorded one."""
        self.taken_over += replayed.taken_over
        if not replayed.known:
            self.unknown += 1
        elif replayed.same:
            self.same += 1
        else:
            self.differing += 1
            self.different += [replayed] if len(self.different) < MOST_DIFFERENT else []

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON, without names of its own for anything that another command names."""
        tally = self.tally
        return {
            "label": "exact" if self.exact else "estimate",
            "because": self._because(),
            "since": self.wish.since.isoformat(),
            "until": self.wish.until.isoformat(),
            "zone": tally.zone,
            "survey": self.wish.survey,
            "events": tally.events,
            "decisions": tally.courses,
            "matched": tally.matched,
            "asked": tally.ends["asked"],
            "waiting": tally.ends["waiting"],
            "suppressed": tally.ends["suppressed"],
            "rules": list(tally.rules()),
            "taken_by": list(tally.taken()),
            "triggers": list(tally.triggers()),
            "stages": [each.to_json() for each in self.stages],
            "days": dict(sorted(tally.by_day.items())),
            "peak": self._peak(),
            "compared": self._compared() if self.recorded else None,
            "follow_ups": list(self.follow_ups),
            "absent": [asdict(gap) for gap in tally.gaps.told()],
            "people": tally.people,
            "people_left_out": tally.courses - len(tally.newest),
        }

    def _because(self) -> list[str]:
        other = [] if self.recorded else ["other_program"]
        return other + (["older_decisions"] if self.unknown else [])

    def _compared(self) -> dict[str, Json]:
        return {
            "same": self.same,
            "different": self.differing,
            "unknown": self.unknown,
            "verdicts_taken_over": self.taken_over,
            "differences": [
                {
                    "event_id": each.decision.event_id,
                    "trigger": each.decision.trigger,
                    "recorded": [told(verdict) for verdict in each.decision.verdicts],
                    "rehearsed": [told(verdict) for verdict in each.verdicts],
                }
                for each in self.different
            ],
        }

    def _peak(self) -> dict[str, Json] | None:
        peak = self.tally.peak
        if peak is None:
            return None
        at, together = peak
        zone, _ = zone_of(None, self.tally.zone)
        rate = min(float(together), self.per_second)
        return {
            "at": at.isoformat(),
            "local": at.astimezone(zone).isoformat(sep=" ", timespec="seconds"),
            "questions": together,
            "messages_per_second": rate,
            "seconds": round(together / rate, 1),
        }
