"""Makes rows of what is seen: scores, intervals, labels, in journey order."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from surveys.instruments import QUESTIONS, Instrument
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.model import Dimensions, FunnelStep
from surveys.program import Program
from surveys.results.counted import Counted
from surveys.results.query import Query, one_of
from surveys.results.seeing import Key, Seen, key_of, see
from surveys.results.table import Labels, Row
from surveys.statistics import Estimate, mean, nps, share

# A trigger says nothing about these, so they do not decide which rows it is due.
_UNPLANNED = frozenset({"channel", "language"})


def headline(kind: Instrument, counts: tuple[int, ...]) -> Estimate | None:
    """Return the instrument's own score of its answers per scale point, ascending; None of none."""
    low, mid, high = _bands(kind, counts)
    if kind.id == "nps":
        return nps(low, mid, high)
    return share(high, low + mid + high)


def points(kind: Instrument, counts: tuple[int, ...]) -> float | None:
    """Return the same without its interval, which is most of the work."""
    low, mid, high = _bands(kind, counts)
    n = low + mid + high
    return 100 * (high - low if kind.id == "nps" else high) / n if n else None


def _bands(kind: Instrument, counts: tuple[int, ...]) -> Iterable[int]:
    bands = dict.fromkeys(("low", "mid", "high"), 0)
    for score, count in zip(kind.scores, counts, strict=True):
        bands[kind.band(score)] += count
    return bands.values()


def seen_rows(query: Query, program: Program, counted: Counted) -> dict[Key, Seen]:
    """Return every row in journey order; what has a trigger has one before the first answer."""
    due = filter(query.admitting(ignoring=_UNPLANNED), planned_by(program))
    rows = see(query, counted, (key_of(query, dimensions) for dimensions in due))
    return {key: rows[key] for key in sorted(rows, key=_journey_order(program))}


def check_ids(query: Query, program: Program, counted: Iterable[Dimensions]) -> None:
    """Raise InvalidInput for an id in a filter that nothing was ever counted under or is configured as."""
    known = (*planned_by(program), *counted)
    configured = {
        "stage": {stage.id for stage in program.stages},
        "touchpoint": {touchpoint.id for touchpoint in program.touchpoints},
        "survey": {survey.id for survey in program.surveys},
        "trigger": {trigger.id for trigger in program.triggers},
    }
    for name in configured.keys() & query.filters.keys():
        one_of(name, query.filters[name], configured[name] | {getattr(d, name) for d in known})


def planned_by(program: Program) -> Iterator[Dimensions]:
    """Yield what each trigger counts under, in no channel and language yet."""
    for trigger in program.triggers:
        survey = program.survey(trigger.survey)
        kind = QUESTIONS[survey.instrument]
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


def plain_row(key: Key, seen: Seen, program: Program, *, several: bool) -> Row:
    """Return a row with its scores, and nothing beside them."""
    counts = seen.counts
    score, average = (None, None) if counts is None else _scores(key.kind, counts, seen)
    cohort = {step.value: seen.steps[step] for step in FunnelStep}
    return Row(
        stage=key.stage,
        touchpoint=key.touchpoint,
        instrument=key.instrument,
        series=key.series,
        n=seen.n,
        customers=seen.customers,
        score=score,
        mean=average,
        distribution=counts,
        invited=cohort["invited"],
        delivered=cohort["delivered"],
        started=cohort["started"],
        answered=cohort["answered"],
        completed=cohort["completed"],
        labels=_labels(key, program),
        wordings_differ=several,
    )


def several_wordings(key: Key, keys: Iterable[Key]) -> bool:
    """Say whether the same is asked at the same place in other words, too: a series apart."""
    return sum((k.place, k.instrument) == (key.place, key.instrument) for k in keys) > 1


def _scores(
    kind: Instrument, counts: tuple[int, ...], seen: Seen
) -> tuple[Estimate | None, Estimate | None]:
    averaged = kind.id != "nps" and not kind.words
    if seen.clusters is None:
        return headline(kind, counts), mean(counts, kind.low) if averaged else None
    # numpy and scipy, which the windows that the console opens with need not load.
    from surveys.results.repeated import repeated_mean, repeated_score  # noqa: PLC0415 - see above

    average = partial(repeated_mean, kind, counts, seen.clusters)
    return repeated_score(kind, counts, seen.clusters), average() if averaged else None


def _journey_order(program: Program) -> Callable[[Key], tuple[int, int, int, str, str, str]]:
    """Order as the program does; what it no longer names comes last, by id."""
    stages = {stage.id: index for index, stage in enumerate(program.stages)}
    points = {point.id: index for index, point in enumerate(program.touchpoints)}
    kinds = {kind: index for index, kind in enumerate(QUESTIONS)}

    def place(key: Key) -> tuple[int, int, int, str, str, str]:
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


def _labels(key: Key, program: Program) -> Labels:
    stages = {stage.id: stage.label for stage in program.stages}
    points = {point.id: point.label for point in program.touchpoints}
    return Labels(
        stage=stages.get(key.stage) or _bare(key.stage),
        touchpoint=(
            None if key.touchpoint is None else points.get(key.touchpoint) or _bare(key.touchpoint)
        ),
        instrument={language: key.kind.wording(language).name for language in languages()},
    )


def _bare(name: str) -> Texts:
    return dict.fromkeys(languages(), name)
