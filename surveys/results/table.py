"""The values of a result and their JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from surveys.instruments import instrument
from surveys.journey import Texts
from surveys.results.query import Query
from surveys.results.values import (
    Bounds,
    Change,
    FunnelCell,
    Member,
    Pain,
    Recipe,
    Totals,
    WeekPoint,
    Weighted,
)
from surveys.results.windows import Window
from surveys.statistics import HIDDEN_BELOW, INDICATIVE_BELOW, Estimate
from surveys.statistics.tiers import NPS_IMPRECISE_ABOVE

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a row's ids are called, per language."""

    stage: Texts
    touchpoint: Texts | None
    instrument: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One series at one stage or touchpoint. None is unknown or hidden, never zero.

    Attributes:
        n: how many answers count, one of each customer unless the rule is all; None where hidden.
        customers: how many customers gave them, where that is another number: under the rule all.
        score: NPS in points -100..100; CSAT and CES: percent in the high band.
        mean: the mean on the instrument's own scale; None for NPS.
        invited, delivered, started, answered, completed: cohort by send day; None where hidden, or not
            counted: by several segments at once.
        distribution: answers per score of the scale, ascending.
        wordings_differ: the same is asked at the same place in other words, too; each wording is a row, and
            no figure adds them up.
        change: beside what the query compares with; None where it compares with nothing.
        spark: the last twelve weeks, oldest first; of a window that is over, whole ones.
        channel_mix: the share of answers per channel, 0..1; None of a channel that is hidden.
        bounds: where the score lies whatever those who did not answer think.
        weighted: set where the query asks for weights.
    """

    stage: str
    touchpoint: str | None
    instrument: str
    series: str
    n: int | None
    score: Estimate | None
    mean: Estimate | None
    distribution: tuple[int, ...] | None
    invited: int | None
    delivered: int | None
    answered: int | None
    labels: Labels
    wordings_differ: bool = False
    customers: int | None = None
    started: int | None = None
    completed: int | None = None
    change: Change | None = None
    spark: tuple[WeekPoint, ...] = ()
    pain: Pain | None = None
    channel_mix: Mapping[str, float | None] = field(default_factory=dict)
    bounds: Bounds | None = None
    weighted: Weighted | None = None
    recipe: Recipe | None = None

    @property
    def wording(self) -> str:
        """The name of the wording; the last part of the series."""
        return self.series.rpartition(":")[2]

    @property
    def suppressed(self) -> bool:
        """Whether nothing is shown: too few customers answered, or a smaller group would be told from it."""
        return self.n is None

    @property
    def indicative(self) -> bool:
        """Whether the score rests on so few customers that it is only a hint."""
        customers = self.n if self.customers is None else self.customers
        return customers is not None and customers < INDICATIVE_BELOW

    @property
    def imprecise(self) -> bool:
        """Whether a Net Promoter Score may be more than 20 points off."""
        score = self.score if self.instrument == "nps" else None
        return score is not None and score.half_width > NPS_IMPRECISE_ABOVE

    @property
    def response_rate(self) -> float | None:
        """Answered of delivered, 0..1; None while nothing is delivered or answered is hidden."""
        if self.answered is None or not self.delivered:
            return None
        return self.answered / self.delivered

    def to_json(self) -> dict[str, Json]:
        """Return the row as the API and the CLI give it."""
        kind = instrument(self.instrument)
        points: Iterable[str | int] = kind.words or kind.scores
        spread = zip(points, self.distribution or (), strict=False)
        return {
            "stage": self.stage,
            "touchpoint": self.touchpoint,
            "instrument": self.instrument,
            "series": self.series,
            "wording": self.wording,
            "wordings_differ": self.wordings_differ,
            "n": self.n,
            **_estimate_json(self.score, "score", ""),
            **_estimate_json(self.mean, "mean", "mean_"),
            "customers": self.customers,
            "invited": self.invited,
            "delivered": self.delivered,
            "started": self.started,
            "answered": self.answered,
            "completed": self.completed,
            "response_rate": self.response_rate,
            "distribution": (
                None
                if self.distribution is None
                else [{_POINT[bool(kind.words)]: point, "count": count} for point, count in spread]
            ),
            "suppressed": self.suppressed,
            "indicative": self.indicative,
            "imprecise": self.imprecise,
            **self._beside(),
            "labels": {f.name: _plain(getattr(self.labels, f.name)) for f in fields(Labels)},
        }

    def _beside(self) -> dict[str, Json]:
        told = ("change", "pain", "bounds", "weighted", "recipe")
        return {
            **{name: _told(getattr(self, name)) for name in told},
            "spark": [point.to_json() for point in self.spark],
            "channel_mix": dict(self.channel_mix),
        }


_POINT = {False: "score", True: "answer"}


def _told(value: Change | Pain | Bounds | Weighted | Recipe | None) -> dict[str, Json] | None:
    return None if value is None else value.to_json()


def _plain(texts: Texts | None) -> dict[str, str] | None:
    return None if texts is None else dict(texts)


def _estimate_json(estimate: Estimate | None, value: str, prefix: str) -> dict[str, Json]:
    names = (value, f"{prefix}ci_low", f"{prefix}ci_high", f"{prefix}ci_method")
    if estimate is None:
        return dict.fromkeys(names)
    values = (estimate.value, estimate.low, estimate.high, estimate.method)
    return dict(zip(names, values, strict=True))


# How every number came about, for readers of the JSON.
RECIPE: Mapping[str, Json] = {
    "n": {
        "newest, month, quarter": "customers counted once per stage and series, by their newest answer",
        "all": "answers; how many customers gave them stands in customers",
    },
    "score": {
        "nps": "(promoters 9-10 - detractors 0-6) / n, -100..100",
        "csat": "percent who answered 4-5",
        "ces2": "percent who answered 5-7",
        "resolved": "percent who answered yes; in recoveries, never in rows",
    },
    "mean": "plain mean on the instrument's own scale; null for nps",
    "confidence": 0.95,
    "ci_method": {
        "adjusted_wald_3": "Wald with 3/4, 1 1/2, 3/4 added detractors, passives, promoters, clipped",
        "wilson": "Wilson score interval",
        "uniform_3": "normal interval with 3 answers spread evenly over the scale, clipped",
        "..._clustered": "the same of as many answers as are effective, by Student's t",
        "whole_scale": "fewer than 8 customers: nothing narrower can be said",
        "weighted_wald": "normal interval of answers weighted by channel",
    },
    "change": {
        "difference": "this score less the other side's, in points",
        "p": "of closed periods only, with 10 or more customers on each side",
        "verdict": "by p_holm below 0.05 over the family: all rows, whatever place, survey or "
        "instrument is asked for; a place with all of its stage's answers is judged among stages",
        "look": "by Benjamini and Hochberg, at most 10% found wrong",
    },
    "spark": "12 weeks from Monday, every answer counts",
    "channel_mix": "part of the answers by channel",
    "bounds": "rate * score + (1 - rate) * either end of the scale",
    "weighted": "invited / answered by channel; few answers together, at most 5 times the median",
    "hash": "SHA-256 of sorted JSON without spaces: counts by score, filters, series and window",
    "cohort": "invited, delivered, started, answered, completed count invitations by send day",
    "response_rate": "answered / delivered",
    "suppressed_below": HIDDEN_BELOW,
    "suppressed": "also what would give a smaller group away, as a difference of two tables",
    "indicative_below": INDICATIVE_BELOW,
    "imprecise": f"nps, half an interval of more than {NPS_IMPRECISE_ABOVE} points",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """Rows in journey order with everything needed to read them.

    ``recoveries`` tell of the question after a complaint was seen to: a share of words, and no score.
    ``compared`` is the other window, where the query compares with one;
    ``family`` every row whose comparison was judged together with those here, shown here or not.
    """

    rows: tuple[Row, ...]
    recoveries: tuple[Row, ...]
    query: Query
    window: Window
    zone: str
    as_of: datetime
    totals: Totals | None = None
    funnel: tuple[FunnelCell, ...] = ()
    compared: Window | None = None
    family: tuple[Member, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the table as the API and the CLI give it."""
        return {
            "rows": [row.to_json() for row in self.rows],
            "recoveries": [row.to_json() for row in self.recoveries],
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat(),
            "by": self.query.by,
            "rule": self.window.rule.value,
            "period": self.window.period or None,
            "zone": self.zone,
            "as_of": self.as_of.isoformat(),
            "filters": self.query.filters,
            "totals": None if self.totals is None else self.totals.to_json(),
            "funnel": [cell.to_json() for cell in self.funnel],
            "compared": None if self.compared is None else self.compared.to_json(),
            "family": [member.to_json() for member in self.family],
            "recipe": dict(RECIPE),
        }
