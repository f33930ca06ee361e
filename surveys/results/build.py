"""Turns counts into results."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from surveys.instruments import QUESTIONS, Instrument, instrument
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.model import Dimensions, FunnelCount, FunnelStep, ScoreCount
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results.query import Query, one_of
from surveys.results.table import Labels, ResultTable, Row
from surveys.statistics import HIDDEN_BELOW, Estimate, mean, nps, share

# A trigger says nothing about these, so they do not decide which rows it is due.
_UNPLANNED = frozenset({"channel", "language"})


@dataclass(frozen=True, slots=True)
class _Key:
    stage: str
    touchpoint: str | None
    instrument: str
    series: str


@dataclass(frozen=True, slots=True)
class _Tally:
    scores: Counter[int] = field(default_factory=Counter)
    cohort: Counter[FunnelStep] = field(default_factory=Counter)


def run(tx: UnitOfWork, program: Program, query: Query, now: datetime) -> ResultTable:
    """Read the counts and return the results; raises InvalidInput for an unknown id in a filter."""
    window = query.window(_today(program, now))
    scores = tx.reports.scores(window.rule, window.since, window.until, window.period)
    funnel = tx.reports.funnel(window.since, window.until)
    return result_table(query, program, scores, funnel, now)


def result_table(
    query: Query,
    program: Program,
    scores: tuple[ScoreCount, ...],
    funnel: tuple[FunnelCount, ...],
    now: datetime,
) -> ResultTable:
    """Make the table of the counts of ``query.window``; raises InvalidInput for an unknown id.

    One row per stage (or touchpoint) and series, in journey order. What has a trigger has a row even
    before the first answer. What has no score is a table of its own: how complaints were seen to.
    """
    planned = tuple(_planned(program))
    counted = (*(score.dimensions for score in scores), *(step.dimensions for step in funnel))
    _check_ids(query, program, (*planned, *counted))
    tallies = _tallies(query, planned, scores, funnel)
    place = _journey_order(program)
    keys = sorted(tallies, key=place)
    rows = [_row(key, program, tallies[key], several=_several(key, keys)) for key in keys]
    return ResultTable(
        rows=tuple(row for row in rows if not instrument(row.instrument).words),
        recoveries=tuple(row for row in rows if instrument(row.instrument).words),
        query=query,
        window=query.window(_today(program, now)),
        zone=program.company.zone,
        as_of=now,
    )


def headline(kind: Instrument, counts: tuple[int, ...]) -> Estimate | None:
    """Return the instrument's own score of its answers per scale point, ascending; None of none."""
    bands = Counter[str]()
    for score, count in zip(kind.scores, counts, strict=True):
        bands[kind.band(score)] += count
    if kind.id == "nps":
        return nps(bands["low"], bands["mid"], bands["high"])
    return share(bands["high"], bands.total())


def _today(program: Program, now: datetime) -> date:
    return now.astimezone(ZoneInfo(program.company.zone)).date()


def _planned(program: Program) -> Iterator[Dimensions]:
    """Yield what each trigger counts under, in no channel and language yet."""
    for trigger in program.triggers:
        survey = program.survey(trigger.survey)
        kind = instrument(survey.instrument)
        for wording in survey.wordings:
            yield Dimensions(
                trigger=trigger.id,
                survey=survey.id,
                touchpoint=trigger.touchpoint,
                stage=program.touchpoint(trigger.touchpoint).stage,
                instrument=kind.id,
                scale=kind.scale,
                polarity=kind.polarity,
                wording=wording,
                channel="",
                language="",
            )


def _check_ids(query: Query, program: Program, counted: tuple[Dimensions, ...]) -> None:
    configured = {
        "stage": {stage.id for stage in program.stages},
        "touchpoint": {touchpoint.id for touchpoint in program.touchpoints},
        "trigger": {trigger.id for trigger in program.triggers},
    }
    for name in configured.keys() & query.filters.keys():
        one_of(name, query.filters[name], configured[name] | {getattr(d, name) for d in counted})


def _tallies(
    query: Query,
    planned: tuple[Dimensions, ...],
    scores: tuple[ScoreCount, ...],
    funnel: tuple[FunnelCount, ...],
) -> Mapping[_Key, _Tally]:
    tallies: defaultdict[_Key, _Tally] = defaultdict(_Tally)
    for dimensions in planned:
        if query.admits(dimensions, ignoring=_UNPLANNED):
            tallies[_key(query, dimensions)] = _Tally()
    for score in scores:
        if query.admits(score.dimensions):
            tally = tallies[_key(query, score.dimensions)]
            tally.scores.update(dict(enumerate(score.counts)))
    for cohort in funnel:
        if query.admits(cohort.dimensions):
            steps = {step: getattr(cohort, step) for step in FunnelStep}
            tallies[_key(query, cohort.dimensions)].cohort.update(steps)
    return tallies


def _key(query: Query, dimensions: Dimensions) -> _Key:
    touchpoint = dimensions.touchpoint if query.by == "touchpoint" else None
    return _Key(dimensions.stage, touchpoint, dimensions.instrument, dimensions.series)


def _several(key: _Key, keys: list[_Key]) -> bool:
    """Say whether the same is asked at the same place in other words, too: a series apart."""
    place = (key.stage, key.touchpoint, key.instrument)
    return sum((k.stage, k.touchpoint, k.instrument) == place for k in keys) > 1


def _journey_order(program: Program) -> Callable[[_Key], tuple[int, int, int, str, str, str]]:
    """Order as the program does; what it no longer names comes last, by id."""
    stages = {stage.id: index for index, stage in enumerate(program.stages)}
    points = {point.id: index for index, point in enumerate(program.touchpoints)}
    kinds = {kind: index for index, kind in enumerate(QUESTIONS)}

    def place(key: _Key) -> tuple[int, int, int, str, str, str]:
        point = key.touchpoint or ""
        return (
            stages.get(key.stage, len(stages)),
            points.get(point, len(points)),
            kinds[key.instrument],
            key.stage,
            point,
            key.series,
        )

    return place


def _row(key: _Key, program: Program, tally: _Tally, *, several: bool) -> Row:
    kind = instrument(key.instrument)
    counts = tuple(tally.scores[score] for score in kind.scores)
    n = sum(counts)
    shown = n >= HIDDEN_BELOW
    answered = tally.cohort[FunnelStep.ANSWERED]
    return Row(
        stage=key.stage,
        touchpoint=key.touchpoint,
        instrument=key.instrument,
        series=key.series,
        n=n if shown else None,
        score=headline(kind, counts) if shown else None,
        mean=mean(counts, kind.low) if shown and kind.id != "nps" and not kind.words else None,
        distribution=counts if shown else None,
        invited=tally.cohort[FunnelStep.INVITED],
        delivered=tally.cohort[FunnelStep.DELIVERED],
        answered=None if 0 < answered < HIDDEN_BELOW else answered,
        labels=_labels(key, program),
        wordings_differ=several,
    )


def _labels(key: _Key, program: Program) -> Labels:
    stages = {stage.id: stage.label for stage in program.stages}
    points = {point.id: point.label for point in program.touchpoints}
    kind = instrument(key.instrument)
    return Labels(
        stage=stages.get(key.stage) or _bare(key.stage),
        touchpoint=(
            None if key.touchpoint is None else points.get(key.touchpoint) or _bare(key.touchpoint)
        ),
        instrument={language: kind.wording(language).name for language in languages()},
    )


def _bare(name: str) -> Texts:
    return dict.fromkeys(languages(), name)
