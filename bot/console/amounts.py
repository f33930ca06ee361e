"""Estimates of stored analyses as text and as a mark on a scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.console.drawing import GAUGE_WIDTH, Gauge
from bot.console.texts import named
from surveys.model import Json
from surveys.results.display import UNKNOWN
from surveys.statistics import nps_text, percent_text, rounded

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values of one kind lie, and how they are written."""

    low: float
    high: float
    text: Callable[[float], str]
    unit: str = ""

    def place(self, value: float) -> float:
        """Return where a value lies, 0..1; what is beyond an end lies at it."""
        share = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, share))

    def range_text(self, low: float, high: float) -> str:
        """Return an interval, the unit said once: ``67 – 76%``."""
        first = self.text(low).removesuffix(self.unit) if self.unit else self.text(low)
        return f"{first} – {self.text(high)}"


PERCENT = Scale(0, _HUNDRED, percent_text, "%")
POINTS = Scale(-_HUNDRED, _HUNDRED, nps_text)
MEAN = Scale(0, _HUNDRED, lambda value: str(rounded(value)))


def scale_of(instrument: str) -> Scale:
    """Return the scale of an instrument's score."""
    return POINTS if instrument == "nps" else PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An estimate in words and as a mark; a dash and nothing drawn where there is none."""

    value: str = UNKNOWN
    interval: str = UNKNOWN
    method: str = ""
    gauge: Gauge | None = None


def amount(estimate: Mapping[str, Json] | None, scale: Scale, language: str) -> Amount:
    """Return an estimate as it is shown; one without an interval has no mark."""
    if estimate is None:
        return Amount()
    value, low, high = estimate["value"], estimate["low"], estimate["high"]
    if low is None:
        return Amount(value=scale.text(value))
    return Amount(
        value=scale.text(value),
        interval=scale.range_text(low, high),
        method=named(language, "method", estimate["method"]),
        gauge=mark(scale, value, low, high),
    )


def mark(scale: Scale, value: float, low: float, high: float) -> Gauge:
    """Return a value with its interval on its scale."""
    start, end, at = (round(scale.place(each) * GAUGE_WIDTH, 1) for each in (low, high, value))
    zero = round(scale.place(0) * GAUGE_WIDTH, 1) if scale.low < 0 else None
    return Gauge(low=start, width=round(end - start, 1), at=at, zero=zero)
