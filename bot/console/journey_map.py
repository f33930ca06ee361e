"""What the journey map shows, decided before any markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.console.drawing import Bar, Curve, Gauge, Mark, Plane, bars, curve, gauge, position
from bot.console.texts import say as sentence
from surveys.instruments import instrument
from surveys.journey import say
from surveys.program import Program
from surveys.results import ResultTable, Row
from surveys.results.display import (
    average_interval_text,
    average_text,
    count_text,
    interval_text,
    rate_text,
    score_text,
)

_STEP_HEIGHT = 58


class FigureState(StrEnum):
    """How much a figure can say.

    waiting: nobody was asked. few: too few answers to show. hint: indicative. firm: the rest.
    """

    WAITING = "waiting"
    FEW = "few"
    HINT = "hint"
    FIRM = "firm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of results in words and shapes."""

    state: FigureState
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCard:
    """A stage with its figures and its touchpoints'; ``events`` are the types that start its asks."""

    number: int
    label: str
    figures: tuple[Figure, ...]
    touchpoints: tuple[Figure, ...]
    events: tuple[str, ...]

    @property
    def waiting(self) -> bool:
        """Whether nobody was asked at this stage in the window."""
        return all(figure.state is FigureState.WAITING for figure in self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Cohort sums. ``answered`` is ``hidden`` once one row hides it: the rest would give it away."""

    invited: str
    delivered: str
    answered: str
    rate: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyMap:
    """The whole page's content."""

    company: str
    stages: tuple[StageCard, ...]
    totals: Totals
    wide: Curve
    tall: Curve
    mixed: bool
    empty: bool
    since: str
    until: str
    zone: str
    as_of: str
    as_of_utc: str


def journey_map(
    program: Program, by_stage: ResultTable, by_touchpoint: ResultTable, language: str
) -> JourneyMap:
    """Return the map of two tables of one window."""
    stages = _stages(program, by_stage, language)
    leading = [_leading(by_stage.rows, stage_id) for stage_id, _ in stages]
    marks = [_mark(label, row, language) for (_, label), row in zip(stages, leading, strict=True)]
    scored = {row.instrument for row in leading if row is not None and row.score is not None}
    cards = tuple(
        _card(number, stage_id, label, program, by_stage, by_touchpoint, language)
        for number, (stage_id, label) in enumerate(stages, start=1)
    )
    return JourneyMap(
        company=say(program.company.name, language, program.company.language),
        stages=cards,
        totals=_totals(by_stage.rows),
        wide=curve(marks, _wide(len(marks))),
        tall=curve(marks, _tall(len(marks))),
        mixed=len(scored) > 1,
        empty=all(card.waiting for card in cards),
        since=by_stage.window.since.isoformat(),
        until=by_stage.window.until.isoformat(),
        zone=by_stage.zone,
        as_of=_local(by_stage.as_of, by_stage.zone),
        as_of_utc=by_stage.as_of.isoformat(timespec="minutes"),
    )


def _wide(steps: int) -> Plane:
    return Plane(steps=steps, width=1000, height=230, start=34, end=200)


def _tall(steps: int) -> Plane:
    height = _STEP_HEIGHT * steps
    return Plane(steps=steps, width=320, height=height, start=104, end=306, downwards=True)


def _stages(program: Program, table: ResultTable, language: str) -> list[tuple[str, str]]:
    default = program.company.language
    named = {stage.id: say(stage.label, language, default) for stage in program.stages}
    for row in table.rows:
        named.setdefault(row.stage, say(row.labels.stage, language, default))
    return list(named.items())


def _card(
    number: int,
    stage_id: str,
    label: str,
    program: Program,
    by_stage: ResultTable,
    by_touchpoint: ResultTable,
    language: str,
) -> StageCard:
    points = {point.id for point in program.touchpoints if point.stage == stage_id}
    here = (trigger for trigger in program.triggers if trigger.touchpoint in points)
    return StageCard(
        number=number,
        label=label,
        figures=tuple(figure(r, language) for r in by_stage.rows if r.stage == stage_id),
        touchpoints=tuple(figure(r, language) for r in by_touchpoint.rows if r.stage == stage_id),
        events=tuple(dict.fromkeys(t.on for t in here if t.on is not None)),
    )


def figure(row: Row, language: str) -> Figure:
    """Return a row as it is shown."""
    kind = instrument(row.instrument)
    wording = kind.wording(language)
    counts = row.distribution or ()
    sizes = dict.fromkeys(wording.bands, 0)
    for score, count in zip(kind.scores, counts, strict=False):
        sizes[kind.band(score)] += count
    return Figure(
        state=_state(row),
        series=row.series,
        short=kind.short + (f" · {row.wording}" if row.wordings_differ else ""),
        name=wording.name,
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
        bands=tuple((band, wording.bands[band], size) for band, size in sizes.items()),
    )


def _state(row: Row) -> FigureState:
    if not row.suppressed:
        return FigureState.HINT if row.indicative else FigureState.FIRM
    return FigureState.FEW if row.invited or row.answered != 0 else FigureState.WAITING


def _leading(rows: Sequence[Row], stage_id: str) -> Row | None:
    """Return the row that stands for the stage on the curve: the one most customers answered."""
    here = (row for row in rows if row.stage == stage_id)
    return max(here, key=lambda row: row.n or 0, default=None)


def _mark(label: str, row: Row | None, language: str) -> Mark:
    if row is None or row.score is None:
        asked = row is not None and _state(row) is FigureState.FEW
        return Mark(label=label, score=sentence(language, "few" if asked else "waiting"))
    return Mark(
        label=label,
        score=score_text(row),
        value=position(row, row.score.value),
        low=position(row, row.score.low),
        high=position(row, row.score.high),
        indicative=row.indicative,
    )


def _totals(rows: Sequence[Row]) -> Totals:
    invited, delivered = sum(row.invited for row in rows), sum(row.delivered for row in rows)
    known = [row.answered for row in rows if row.answered is not None]
    answered = sum(known) if len(known) == len(rows) else None
    return Totals(
        invited=count_text(invited),
        delivered=count_text(delivered),
        answered=count_text(answered),
        rate=rate_text(answered / delivered if answered is not None and delivered else None),
        hidden=answered is None,
    )


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
