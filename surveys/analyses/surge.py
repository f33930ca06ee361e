"""The stages that got worse: every series of every stage under one organisation-wide rate of false alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from surveys.analyses.columns import DAY, Column, Frame, Spot, micros, moment_of
from surveys.analyses.spots import series_of
from surveys.analyses.watch import Alarm, Baseline, Level, Watched, based, planned, stream, watch
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.cusum import FEWEST_ANSWERS, answers_between_alarms
from surveys.statistics.suppression import small
from surveys.stored_analyses import Alert, Analysis
from surveys.timing import day_of, instant, zone_of

WEEK: Final = 7 * DAY
PACE_WEEKS: Final = 12
"""How far back the answers a week are counted."""

LEAST_BETWEEN: Final = 100.0
RECENT: Final = timedelta(days=28)
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surges:
    """What a run found: content and state by stage, and the alerts that are new."""

    contents: Mapping[str, dict[str, Json]]
    states: Mapping[str, dict[str, Json]]
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    spots: tuple[Spot, ...]
    rows: Column
    before: Watched | None
    baseline: Baseline | None

    @property
    def spot(self) -> Spot:
        return self.spots[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What holds for all lines of a run; ``zone`` is the company's."""

    streams: int
    weeks: int
    zone: ZoneInfo
    k: int

    def day(self, at: int) -> datetime:
        """Return the beginning of the day of an answer: its instant would say whose it was."""
        return instant(datetime.combine(day_of(moment_of(at), self.zone), time()), self.zone)


def surges(
    frame: Frame,
    program: Program,
    stages: Sequence[str],
    before: Mapping[str, Analysis],
    known: Sequence[Alert] = (),
    k: int = HIDDEN_BELOW,
) -> Surges:
    """Watch all series of all stages; ``before`` are the analyses of the last run by stage, ``known`` older alerts."""
    lines = {stage: _lines(frame, stage, before.get(stage)) for stage in stages}
    rule = _Rule(
        streams=sum(line.baseline is not None for each in lines.values() for line in each),
        weeks=program.alerts.false_alarm_weeks,
        zone=zone_of(program.company.zone, "UTC")[0],
        k=k,
    )
    contents: dict[str, dict[str, Json]] = {}
    states: dict[str, dict[str, Json]] = {}
    alerts: list[Alert] = []
    for stage in stages:
        found = [_looked_at(frame, line, rule, known) for line in lines[stage]]
        contents[stage] = {"series": [told for told, _, _ in found]}
        kept = zip(lines[stage], (watched for _, watched, _ in found), strict=True)
        states[stage] = {line.spot.series: watched.to_json() for line, watched in kept if watched}
        alerts.extend(alert for _, _, new in found for alert in new)
    return Surges(contents=contents, states=states, alerts=tuple(alerts))


def _lines(frame: Frame, stage: str, before: Analysis | None) -> list[_Line]:
    kept = before.state if before else {}
    found = []
    for series, spots in series_of(frame, stage).items():
        rows = stream(frame.at(spots))
        earlier = Watched.from_json(kept[series]) if series in kept else None
        found.append(_Line(spots, rows, earlier, based(spots[0].kind, rows, earlier)))
    return found


def _looked_at(
    frame: Frame, line: _Line, rule: _Rule, known: Sequence[Alert]
) -> tuple[dict[str, Json], Watched | None, list[Alert]]:
    spot = line.spot
    head: dict[str, Json] = {"instrument": spot.instrument, "series": spot.series}
    if line.baseline is None:
        count = len(line.rows)
        return (
            {**head, **_COLLECTING, "collected": None if small(count, rule.k) else count},
            None,
            [],
        )
    per_week = _per_week(frame, line.rows)
    wanted = max(LEAST_BETWEEN, answers_between_alarms(per_week, rule.streams, rule.weeks))
    before = planned(line.baseline, wanted, line.before, rule.k)
    kept, level, alarms = watch(spot.kind, line.rows, before, micros(frame.as_of))
    new = [_alert(frame, spot, kept, alarm, rule) for alarm in alarms]
    own = [a for a in (*new, *known) if (a.stage, a.series) == (spot.stage, spot.series)]
    newest = sorted(own, key=lambda alert: alert.at, reverse=True)
    is_recent = any(frame.as_of - alert.at <= RECENT for alert in newest)
    told = {
        **head,
        "status": "alarm" if is_recent else "watching",
        "collected": kept.baseline.answers,
        "needed": FEWEST_ANSWERS,
        "baseline": _usual(kept, rule),
        "design": _designed(kept, per_week, rule),
        "delay": _delay(kept, per_week),
        **_standing(kept, level, rule),
        "alarms": [alert.to_json() for alert in newest[:SHOWN]],
    }
    return told, kept, new


_COLLECTING: Final[Mapping[str, Json]] = {
    "status": "collecting",
    "needed": FEWEST_ANSWERS,
    "baseline": None,
    "design": None,
    "delay": None,
    "level": None,
    "evidence": None,
    "alarms": [],
}


def _per_week(frame: Frame, rows: Column) -> float:
    """Return answers a week over the last twelve weeks, or since the first answer where that is shorter."""
    now = micros(frame.as_of)
    began = max(now - PACE_WEEKS * WEEK, int(rows["at"].min(initial=now)))
    count = int((rows["at"] >= began).sum())
    return count / max(1.0, (now - began) / WEEK)


def _alert(frame: Frame, spot: Spot, kept: Watched, alarm: Alarm, rule: _Rule) -> Alert:
    restart = f"{alarm.mark.ident:016x}"
    name = f"{spot.stage}\n{spot.series}\n{restart}"
    return Alert(
        id=f"alert_{blake2b(name.encode(), digest_size=12).hexdigest()}",
        stage=spot.stage,
        instrument=spot.instrument,
        series=spot.series,
        at=rule.day(alarm.mark.at),
        raised_at=frame.as_of,
        since=rule.day(alarm.since),
        bad=alarm.bad,
        answers=alarm.answers,
        usual=kept.baseline.share,
        restart=restart,
    )


def _usual(kept: Watched, rule: _Rule) -> dict[str, Json]:
    baseline = kept.baseline
    return {
        "answers": baseline.answers,
        "bad": baseline.bad,
        "share": baseline.share,
        "assumed": baseline.assumed,
        "provisional": baseline.provisional,
        "until": rule.day(baseline.end.at).isoformat(),
    }


def _designed(kept: Watched, per_week: float, rule: _Rule) -> dict[str, Json]:
    plan = kept.plan
    return {
        "plus": plan.plus,
        "minus": plan.minus,
        "limit": plan.limit,
        "answers_between_false_alarms": plan.between,
        "answers_per_week": per_week,
        "streams": rule.streams,
        "false_alarm_weeks": rule.weeks,
    }


def _delay(kept: Watched, per_week: float) -> dict[str, Json]:
    """Say how late an alert comes when the share doubles, and when it triples; weeks are unknown without answers."""
    told: dict[str, Json] = {}
    for word, times in (("double", 2.0), ("triple", 3.0)):
        answers = kept.plan.delay(times)
        told[f"{word}_answers"] = answers
        told[f"{word}_weeks"] = answers / per_week if per_week else None
    return told


def _standing(kept: Watched, level: Level, rule: _Rule) -> dict[str, Json]:
    """Say how far the sum is, and why; of too few answers nothing is told."""
    seen = level.watch
    if small(seen.answers, rule.k):
        return {"level": None, "evidence": None}
    evidence = {
        "bad": seen.low,
        "answers": seen.answers,
        "usual": kept.baseline.share,
        "since": rule.day(level.since).isoformat(),
    }
    return {"level": seen.level / kept.plan.limit, "evidence": evidence if seen.answers else None}
