"""How many answers so many asks bring, and how wide a stage's interval then is, going by what closed days told."""

from dataclasses import dataclass
from typing import Any

from surveys.instruments import Instrument, instrument
from surveys.statistics.intervals import adjusted_nps_moments, wilson
from surveys.statistics.normal import critical_z
from surveys.statistics.response import response_rate
from surveys.statistics.tiers import INDICATIVE_BELOW

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What the closed days before told of one instrument at one stage; ``scores`` are answers by scale point.

    ``invited`` counts asks that began, ``delivered`` those of them that arrived.
    """

    invited: int = 0
    delivered: int = 0
    answered: int = 0
    scores: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What so many asks bring. None where the closed days tell too little (fewer than 30 asks, or answers).

    Attributes:
        arrived: how many of the asked it reaches.
        rate: the part of those reached who answer, 0..1.
        half_width: half the expected 95% interval of the shown score, in points.
    """

    stage: str
    instrument: str
    asked: int
    arrived: float | None = None
    rate: float | None = None
    answers: float | None = None
    half_width: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, rounded as it is shown."""
        return {
            "stage": self.stage,
            "instrument": self.instrument,
            "asked": self.asked,
            "arrived": _rounded(self.arrived, 1),
            "rate": _rounded(self.rate, 4),
            "answers": _rounded(self.answers, 1),
            "half_width": _rounded(self.half_width, 1),
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def expected(
    stage: str, unit: str, asked: int, closed: Closed, *, arrived: bool = True
) -> Expected:
    """Return what ``asked`` questions bring where rate and spread stay what they were.

    Of questions that only began, not ``arrived``, as many arrive as did.
    """
    enough = closed.delivered >= INDICATIVE_BELOW
    rate = response_rate(closed.answered, closed.delivered) if enough else None
    share = min(1.0, closed.delivered / closed.invited) if enough and not arrived else 1.0
    reached = asked * share if enough else None
    answers = None if reached is None or rate is None else reached * rate
    return Expected(
        stage=stage,
        instrument=unit,
        asked=asked,
        arrived=reached,
        rate=rate,
        answers=answers,
        half_width=_half_width(instrument(unit), closed.scores, answers or 0.0),
    )


def _half_width(scale: Instrument, scores: tuple[int, ...], answers: float) -> float | None:
    """Return half the interval that results show, for so many answers spread as these were."""
    known = sum(scores)
    if known < INDICATIVE_BELOW or answers <= 0:
        return None
    bands = dict.fromkeys(("low", "mid", "high"), 0.0)
    for score, count in zip(scale.scores, scores, strict=True):
        bands[scale.band(score)] += count * answers / known
    critical = critical_z(_CONFIDENCE)
    if scale.id == "nps":
        span = adjusted_nps_moments(**_as_nps(bands)).span(critical).clipped(-1.0, 1.0)
    else:
        span = wilson(bands["high"], answers, critical)
    return 100 * (span.high - span.low) / 2


def _as_nps(bands: dict[str, float]) -> dict[str, float]:
    return {"detractors": bands["low"], "passives": bands["mid"], "promoters": bands["high"]}
