"""Works everything out over what was read, in one go."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np

from surveys.analyses.columns import Frame
from surveys.analyses.going import conversion
from surveys.analyses.importance import drivers
from surveys.analyses.paths import paths
from surveys.analyses.quadrant import quadrant
from surveys.analyses.reasons import reasons
from surveys.analyses.repeat import repeat
from surveys.analyses.surge import surges
from surveys.analyses.trend import trend
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.suppression import small
from surveys.stored_analyses import KINDS, Alert, Analysis

Contents = Mapping[str, dict[str, Json]]
"""What there is to say, by key."""

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a run found; every kind it was asked for is complete."""

    analyses: tuple[Analysis, ...]
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the last run left: the analyses of surges by stage, and the newest alerts."""

    surges: Mapping[str, Analysis]
    alerts: Sequence[Alert] = ()


def run(frame: Frame, program: Program, kinds: Collection[str], before: Before) -> Findings:
    """Work the kinds out. The same rows give the same numbers, resampled ones too: each kind and key has its seed."""
    alerts: tuple[Alert, ...] = ()
    found: list[Analysis] = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        if kind == "surge":
            watched = surges(frame, program, stages(frame, program), before.surges, before.alerts)
            contents, states, alerts = watched.contents, watched.states, watched.alerts
        else:
            contents, states = _CONTENTS[kind](frame, program), {}
        recipe = recipe_of(frame, program)
        found += [
            Analysis(
                kind=kind,
                key=key,
                as_of=frame.as_of,
                content={"recipe": recipe, **content},
                state=states.get(key, {}),
            )
            for key, content in contents.items()
        ]
    return Findings(analyses=tuple(found), alerts=alerts)


def stages(frame: Frame, program: Program) -> tuple[str, ...]:
    """Return the program's stages in its order, then those that only answers know."""
    known = [stage.id for stage in program.stages]
    return (*known, *sorted({spot.stage for spot in frame.spots} - set(known)))


def recipe_of(frame: Frame, program: Program) -> dict[str, Json]:
    """Return what figures over these rows were worked out from."""
    return {
        "since": frame.since.isoformat(),
        "until": frame.until.isoformat(),
        "answers": _answers(frame),
        "events": len(frame.events),
        "asks": len(frame.asks),
        "k": HIDDEN_BELOW,
        "hash": frame.digest,
        "program": program.version,
        "confidence": CONFIDENCE,
        "note": "associated",
    }


def _answers(frame: Frame, k: int = HIDDEN_BELOW) -> int | None:
    """Return how many answers were read; None where the others' number would tell a stage of few customers."""
    series = {(spot.stage, spot.series) for spot in frame.spots}
    groups = (frame.at([s for s in frame.spots if (s.stage, s.series) == one]) for one in series)
    few = [n for rows in groups if small(n := len(np.unique(rows["subject"])), k)]
    return len(frame.answers) if not few or (len(few) > 1 and sum(few) >= k) else None


def _seed(kind: str, key: str) -> tuple[int, ...]:
    return (crc32(kind.encode()), crc32(key.encode()))


def _trends(frame: Frame, program: Program) -> Contents:
    return {stage: trend(frame, program, stage) for stage in stages(frame, program)}


def _paths(frame: Frame, program: Program) -> Contents:
    return {"": paths(frame, program)}


def _conversion(frame: Frame, program: Program) -> Contents:
    return {"": conversion(frame, program)}


def _repeat(frame: Frame, program: Program) -> Contents:
    return {stage: repeat(frame, program, stage) for stage in stages(frame, program)}


def _drivers(frame: Frame, program: Program) -> Contents:
    return {"": drivers(frame, program, _seed("drivers", ""))}


def _reasons(frame: Frame, program: Program) -> Contents:
    return {
        stage: reasons(frame, program, stage, _seed("reasons", stage))
        for stage in stages(frame, program)
    }


def _quadrant(frame: Frame, program: Program) -> Contents:
    return {"": quadrant(frame, drivers(frame, program, _seed("drivers", "")))}


_CONTENTS: Final[Mapping[str, Callable[[Frame, Program], Contents]]] = {
    "trend": _trends,
    "paths": _paths,
    "conversion": _conversion,
    "repeat": _repeat,
    "drivers": _drivers,
    "reasons": _reasons,
    "quadrant": _quadrant,
}
