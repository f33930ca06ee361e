"""One row of results in words and shapes, the same on every page of the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.console.amounts import scale_of
from bot.console.charts import spark
from bot.console.comparison import Compared, compared
from bot.console.drawing import Bar, Gauge, bars, gauge
from bot.console.texts import named
from surveys.instruments import Instrument, instrument
from surveys.journey import say
from surveys.results import Row
from surveys.results.display import (
    UNKNOWN,
    average_interval_text,
    average_text,
    bounds_text,
    count_text,
    interval_text,
    rate_text,
    score_text,
    value_text,
    weighted_interval_text,
    weighted_text,
)


class FigureState(StrEnum):
    """How much a figure can say.

    waiting: nobody was asked. few: too few answers to show. hint: indicative. firm: the rest.
    """

    WAITING = "waiting"
    FEW = "few"
    HINT = "hint"
    FIRM = "firm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """The last weeks on the score's whole scale, so that small moves look small; ``text`` reads them out."""

    lines: tuple[str, ...]
    last: tuple[float, float] | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A channel's share of the answers; ``size`` 0..1, None where it is hidden."""

    id: str
    label: str
    share: str
    size: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of results in words and shapes."""

    state: FigureState
    imprecise: bool
    series: str
    short: str
    name: str
    label: str
    score: str
    interval: str
    average: str
    average_interval: str
    top: int
    n: str
    invited: str
    delivered: str
    answered: str
    rate: str
    method: str
    gauge: Gauge | None
    bars: tuple[Bar, ...]
    bands: tuple[tuple[str, str, int], ...]
    change: Compared | None
    spark: Spark | None
    pain: str
    mix: tuple[Share, ...]
    bounds: str
    weighted: str


def figure(row: Row, language: str) -> Figure:
    """Return a row as it is shown."""
    kind = instrument(row.instrument)
    counts = row.distribution or ()
    return Figure(
        state=state_of(row),
        imprecise=row.imprecise,
        series=row.series,
        short=measure(row),
        name=kind.wording(language).name,
        label=say(row.labels.touchpoint or row.labels.stage, language, language),
        score=score_text(row),
        interval=interval_text(row),
        average=average_text(row),
        average_interval=average_interval_text(row),
        top=kind.high,
        n=count_text(row.n),
        invited=count_text(row.invited),
        delivered=count_text(row.delivered),
        answered=count_text(row.answered),
        rate=rate_text(row.response_rate),
        method=row.score.method if row.score else "",
        gauge=gauge(row),
        bars=bars(kind, counts) if counts else (),
        bands=_bands(kind, counts, language),
        change=compared(row.change, language),
        spark=_spark(row),
        pain=_pain(row, language),
        mix=_mix(row, language),
        bounds=bounds_text(row) if row.bounds else "",
        weighted=f"{weighted_text(row)} ({weighted_interval_text(row)})" if row.weighted else "",
    )


def measure(row: Row) -> str:
    """Return what the row measures, with its wording where the place asks the same in another one, too."""
    return instrument(row.instrument).short + (f" · {row.wording}" if row.wordings_differ else "")


def _bands(
    kind: Instrument, counts: Sequence[int], language: str
) -> tuple[tuple[str, str, int], ...]:
    """Return each band with its name and how many answers it has."""
    names = kind.wording(language).bands
    sizes: dict[str, int] = dict.fromkeys(names, 0)
    for score, count in zip(kind.scores, counts, strict=False):
        sizes[kind.band(score)] += count
    return tuple((band, name, sizes[band]) for band, name in names.items())


def _mix(row: Row, language: str) -> tuple[Share, ...]:
    return tuple(
        Share(
            id=channel,
            label=named(language, "channel", channel),
            share=rate_text(share),
            size=share,
        )
        for channel, share in row.channel_mix.items()
    )


def _spark(row: Row) -> Spark | None:
    values = [point.value for point in row.spark]
    if all(value is None for value in values):
        return None
    lines, last = spark(values, scale_of(row.instrument))
    told = (UNKNOWN if value is None else value_text(row.instrument, value) for value in values)
    return Spark(lines=lines, last=last, text=" ".join(told))


def _pain(row: Row, language: str) -> str:
    if row.pain is None:
        return ""
    return f"{say(row.pain.label, language, language) or row.pain.id} {count_text(row.pain.count)}"


def state_of(row: Row) -> FigureState:
    """Return how much the row can say."""
    if not row.suppressed:
        return FigureState.HINT if row.indicative else FigureState.FIRM
    return FigureState.FEW if row.invited or row.answered != 0 else FigureState.WAITING
