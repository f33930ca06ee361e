"""What each reason costs or wins, at a stage and at each of its touchpoints."""

from collections.abc import Sequence

import numpy as np

from surveys.analyses.columns import Column, Frame, Spot, newest
from surveys.analyses.labels import chip_label
from surveys.analyses.measuring import blanked, estimate_json, measured, weighed
from surveys.analyses.spots import lines_of
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW, Estimate
from surveys.statistics.reasons import Impact, impacts
from surveys.statistics.resampling import seeded
from surveys.statistics.suppression import enough, small

MOST_CASES = 20_000
"""Customers, the newest: see surveys.analyses.importance."""


def reasons(
    frame: Frame, program: Program, stage: str, seed: Sequence[int], k: int = HIDDEN_BELOW
) -> dict[str, Json]:
    """Return the content of a stage: of each series, of all of it and of each touchpoint, newest answers only."""
    return {
        "series": [
            _series(frame, program, touchpoint, spots, [*seed, place], k)
            for place, (touchpoint, spots) in enumerate(lines_of(frame, stage))
        ]
    }


def _series(
    frame: Frame,
    program: Program,
    touchpoint: str | None,
    spots: Sequence[Spot],
    seed: Sequence[int],
    k: int,
) -> dict[str, Json]:
    rows, spot = newest(frame.at(spots)), spots[0]
    rows = rows[np.argsort(rows["at"], kind="stable")][-MOST_CASES:]
    is_hidden = small(len(rows), k)
    return {
        "instrument": spot.instrument,
        "series": spot.series,
        "touchpoint": touchpoint,
        "customers": None if is_hidden else len(rows),
        "score": None if is_hidden else measured(spot.kind, rows).to_json(),
        "suppressed": is_hidden,
        "reasons": [] if is_hidden else _told(frame, program, spots, rows, seed, k),
    }


def _told(
    frame: Frame,
    program: Program,
    spots: Sequence[Spot],
    rows: Column,
    seed: Sequence[int],
    k: int,
) -> list[dict[str, Json]]:
    values = (100 * weighed(spots[0].kind, rows["score"])).tolist()
    named = [frame.reasons[number] for number in rows["reasons"].tolist()]
    if not any(named):
        return []
    found = impacts(range(len(rows)), values, named, seeded(seed), hidden_below=k)
    at = spots[0].touchpoint
    return [
        blanked(
            {
                "id": each.reason,
                "label": dict(chip_label(program, at, each.reason)),
                "cited": each.cited,
                "share": 100 * each.cited / len(rows),
                "impact": _impact(each),
            },
            hidden=not enough(each.cited, len(rows), k),
            keep=("id", "label"),
        )
        for each in found
    ]


def _impact(found: Impact) -> Json:
    """Return the impact; None where too few named it, or everybody did."""
    if found.impact is None or found.low is None or found.high is None:
        return None
    return estimate_json(
        Estimate(value=found.impact, low=found.low, high=found.high, method="customer_bootstrap")
    )
