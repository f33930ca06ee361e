"""Watches one series for answers that get worse: a Bernoulli CUSUM (surveys.statistics.cusum) from run to run.

The stream is the first answer of each customer at a stage in any 30 days. Its first answers are the baseline, frozen
once there are 200; from 100 on they serve for the time being. What comes later is watched.

A run goes on from a checkpoint a week old, for an answer may come late or be changed; never from before an alarm, so
that no alarm is raised twice.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np

from surveys.analyses.columns import DAY, Column, moment_of
from surveys.instruments import Instrument
from surveys.model import Json
from surveys.statistics.cusum import (
    FEWEST_ANSWERS,
    FIRM_ANSWERS,
    Design,
    Watch,
    advance,
    assumed_share,
    design,
    run_length,
    thinned,
)

SETTLED: Final = 7 * DAY
"""An answer older than this is neither late nor changed any more."""

DRIFT: Final = 1.5
"""A limit stays until the answers wanted between false alarms are so many times more or fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in a stream: ``at`` and the answer's own number."""

    at: int
    ident: int

    def behind(self, rows: Column) -> Column:
        """Return the rows after the mark."""
        later = (rows["at"] > self.at) | ((rows["at"] == self.at) & (rows["ident"] > self.ident))
        beyond: Column = rows[later]
        return beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is usual: ``bad`` of the first ``answers``, to be on the safe side ``assumed`` (0..1); it ends at a mark."""

    answers: int
    bad: int
    assumed: float
    end: Mark

    @property
    def provisional(self) -> bool:
        """Whether it serves only until there are more answers."""
        return self.answers < FIRM_ANSWERS

    @property
    def share(self) -> float:
        """The usual share in the low band, 0..1."""
        return self.bad / self.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Where the sum stands behind an answer; ``since`` is the first answer of its evidence, 0 without any."""

    mark: Mark
    watch: Watch = field(default_factory=Watch)
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The limit was reached by the answer at ``mark``: ``bad`` of ``answers`` since ``since``."""

    mark: Mark
    since: int
    bad: int
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A series that is being watched, as it is kept between runs; ``wanted`` is what the plan was made for."""

    baseline: Baseline
    plan: Design
    wanted: float
    checkpoint: Level
    alarmed: bool = False

    def to_json(self) -> Json:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Watched":
        """Read what ``to_json`` wrote."""
        baseline = kept["baseline"]
        return cls(
            baseline=Baseline(**{**baseline, "end": Mark(**baseline["end"])}),
            plan=Design(**kept["plan"]),
            wanted=kept["wanted"],
            checkpoint=_level(kept["checkpoint"]),
            alarmed=kept["alarmed"],
        )


def _level(kept: Mapping[str, Any]) -> Level:
    return Level(mark=Mark(**kept["mark"]), watch=Watch(**kept["watch"]), since=kept["since"])


def stream(rows: Column) -> Column:
    """Return each customer's first answer in any thirty days, oldest first; imported ones are left out."""
    own = rows[~rows["imported"]]
    given = zip(own["subject"].tolist(), own["at"].tolist(), strict=True)
    kept = thinned((str(subject), moment_of(at)) for subject, at in given)
    first: Column = own[np.array(kept, dtype=bool)]
    return first


def based(kind: Instrument, rows: Column, before: Watched | None) -> Baseline | None:
    """Return the baseline that a stream allows; a firm one stays, and so does one that led to an alarm.

    None while answers are being collected.
    """
    known = before.baseline if before else None
    if before and (before.alarmed or not before.baseline.provisional):
        return known
    taken = rows[: FIRM_ANSWERS if len(rows) >= FIRM_ANSWERS else FEWEST_ANSWERS]
    bad = int((taken["score"] <= kind.low_until).sum())
    assumed = assumed_share(bad, len(taken))
    if assumed is None or (known and len(taken) <= known.answers):
        return known
    end = Mark(at=int(taken["at"][-1]), ident=int(taken["ident"][-1]))
    return Baseline(answers=len(taken), bad=bad, assumed=assumed, end=end)


def planned(baseline: Baseline, wanted: float, before: Watched | None, k: int) -> Watched:
    """Return the series with a limit for so many answers between false alarms.

    A limit that changed with every week's traffic would be another rule each time: it stays until much has changed.
    """
    if before is None or before.baseline != baseline:
        start = Level(mark=baseline.end)
        plan = discreet(design(baseline.assumed, wanted), k)
        return Watched(baseline=baseline, plan=plan, wanted=wanted, checkpoint=start)
    if before.wanted / DRIFT <= wanted <= before.wanted * DRIFT:
        return before
    return replace(before, plan=discreet(design(baseline.assumed, wanted), k), wanted=wanted)


def discreet(plan: Design, k: int) -> Design:
    """Return a plan whose alarms rest on ``k`` answers at least: two of two would say who answered what."""
    limit = max(plan.limit, (k - 1) * plan.plus + 1)
    between = run_length(plan.usual, plan.plus, plan.minus, limit)
    return replace(plan, limit=limit, between=between)


def watch(
    kind: Instrument, rows: Column, watched: Watched, as_of: int
) -> tuple[Watched, Level, tuple[Alarm, ...]]:
    """Go on from the checkpoint to the newest answer; return what is kept, where the sum stands, and every alarm."""
    checkpoint = level = watched.checkpoint
    alarms: list[Alarm] = []
    later = checkpoint.mark.behind(rows)
    columns = [later[name].tolist() for name in ("at", "ident", "score")]
    for at, ident, score in zip(*columns, strict=True):
        mark, since = Mark(at=at, ident=ident), level.since or at
        now, evidence = advance(watched.plan, level.watch, low=score <= kind.low_until)
        level = Level(mark=mark, watch=now, since=since if now.answers else 0)
        if evidence is not None:
            alarms.append(Alarm(mark=mark, since=since, bad=evidence.low, answers=evidence.answers))
        if evidence is not None or at <= as_of - SETTLED:
            checkpoint = level
    alarmed = watched.alarmed or bool(alarms)
    return replace(watched, checkpoint=checkpoint, alarmed=alarmed), level, tuple(alarms)
