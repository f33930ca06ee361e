"""Importance beside performance: which touchpoints are the core experience (핵심경험)."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from surveys.analyses.beside import NOBODY_BESIDE, Beside, tells_few
from surveys.analyses.columns import Frame, Spot, newest
from surveys.analyses.measuring import estimate_json
from surveys.analyses.spots import main_spots_of
from surveys.language.texts import languages, template
from surveys.model import Json
from surveys.statistics import HIDDEN_BELOW, Estimate, mean
from surveys.statistics.quadrant import Box
from surveys.statistics.quadrant import quadrant as placed

CATALOGUE: Final = "analyses"


def quadrant(
    frame: Frame,
    drivers: Mapping[str, Json],
    k: int = HIDDEN_BELOW,
    beside: Beside = NOBODY_BESIDE,
) -> dict[str, Json]:
    """Return the content, from that of ``drivers`` over the same rows; without shares there are no points.

    A point is of everybody who answered at its touchpoint: more customers than its driver is known of.
    """
    points = drivers["sets"][0]
    shown = [
        driver
        for driver in points["drivers"]
        if driver["share"] and not _tells_others(frame, driver["touchpoint"], k, beside)
    ]
    plot = [(_performance(frame, driver["touchpoint"]), _importance(driver)) for driver in shown]
    found = placed(plot)
    return {
        "tier": points["tier"],
        "n": points["n"],
        "refused": points["refused"],
        "lines": {"performance": found.performance, "importance": found.importance},
        "points": [
            {
                "stage": driver["stage"],
                "touchpoint": driver["touchpoint"],
                "label": driver["label"],
                "performance": estimate_json(performance),
                "importance": estimate_json(importance),
                "box": box.value,
            }
            for driver, (performance, importance), box in zip(shown, plot, found.boxes, strict=True)
        ],
        "boxes": {box.value: _names(box) for box in Box},
    }


def _tells_others(frame: Frame, touchpoint: str, k: int, beside: Beside) -> bool:
    """Say whether a touchpoint's score would tell that of few customers of another value of a filter.

    Touchpoints of one series add up to their stage's: so a point is a cell of values by touchpoints, and where few
    had other values at one of the stage's touchpoints, none of them is told.
    """
    spots = main_spots_of(frame, touchpoint)
    near = _neighbours(spots[0], (frame, *beside.frames))
    lines = {**{spot.touchpoint: (spot,) for spot in near}, touchpoint: spots}
    counts = [
        [len(newest(each.at(at))) for at in lines.values()] for each in (frame, *beside.frames)
    ]
    own = list(lines).index(touchpoint)
    if beside.hides([row[own] for row in counts], k):
        return True
    if len(lines) > 1 and own in beside.hidden_columns(counts, k):
        return True
    return any(
        tells_few(newest(frame.at(at))["ident"], newest(whole.at(at))["ident"], k)
        for at in lines.values()
        for whole in beside.wholes
    )


def _neighbours(spot: Spot, frames: Iterable[Frame]) -> list[Spot]:
    """Return where the same was asked at the same stage, of any value."""
    found = {each for frame in frames for each in frame.spots}
    same = [each for each in found if (each.stage, each.series) == (spot.stage, spot.series)]
    return sorted(same, key=lambda each: each.touchpoint)


def _performance(frame: Frame, touchpoint: str) -> Estimate:
    """Return the mean of each customer's newest score on 0-100; somebody answered, or it were no driver."""
    spots = main_spots_of(frame, touchpoint)
    kind = spots[0].kind
    scores = newest(frame.at(spots))["score"] - kind.low
    found = mean(np.bincount(scores, minlength=len(kind.scores)).tolist(), 0)
    unit = 100 / (kind.high - kind.low)
    low, value, high = ((getattr(found, name)) * unit for name in ("low", "value", "high"))
    return Estimate(value=value, low=low, high=high, method="uniform_3")


def _importance(driver: Mapping[str, Json]) -> Estimate:
    share = driver["share"]
    return Estimate(
        value=share["value"], low=share["low"], high=share["high"], method=share["method"]
    )


def _names(box: Box) -> dict[str, str]:
    return {
        language: template(language, f"box.{box.value}", CATALOGUE) or box.value
        for language in languages()
    }
