"""What stands beside a row's score: its last weeks, what troubles its customers, what the silent may think."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from surveys.instruments import Band, Instrument, instrument
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.model import FunnelStep
from surveys.program import Program
from surveys.results.banded import banded
from surveys.results.counted import Part, scores_of
from surveys.results.crowds import ANSWERS, Group, Place, group_of, placing
from surveys.results.hiding import WEEK, axes_of, shown, veil_of
from surveys.results.naming import Naming
from surveys.results.query import Query
from surveys.results.seeing import Key, Seen, key_of
from surveys.results.values import Bounds, Pain, WeekPoint
from surveys.results.weeks import Weeks
from surveys.statistics import Estimate
from surveys.statistics.response import NPS_ENDS, PERCENT_ENDS, nonresponse_bounds
from surveys.themes import default_themes
from surveys.themes.tags import Named, ThemeCount

Score = Callable[[Instrument, tuple[int, ...]], float | None]
Counted = tuple[ThemeCount, int]
"""A theme of some tags, and how many named it beside a low score."""


def sparks(
    query: Query, weekly: Weeks, weeks: Iterable[date], score: Score
) -> Callable[[Key], tuple[WeekPoint, ...]]:
    """Return a function from a row to its weeks: every answer counts, of five customers or more as far as is known."""
    sight = weekly.veil(axes_of(query, WEEK))
    rows: defaultdict[tuple[Key, str], list[Part]] = defaultdict(list)
    admits = query.admitting()
    fewer = weekly.fewer(lambda tags, week: (key_of(query, tags), week), admits)
    for dimensions, parts in weekly.parts.items():
        if admits(dimensions):
            key = key_of(query, dimensions)
            for part in parts:
                rows[key, part.sides[0]].append(part)

    def point(key: Key, week: date, name: str) -> WeekPoint:
        parts = rows.get((key, name), [])
        scores = scores_of(parts)
        counts = tuple(scores[each] for each in key.kind.scores)
        n = sum(counts)
        if n - fewer[key, name] < weekly.enough or not sight.lifts(parts):
            return WeekPoint(week=week, value=None, n=None)
        return WeekPoint(week=week, value=score(key.kind, counts), n=n)

    days = [(week, week.isoformat()) for week in weeks] if weekly.parts else []
    return lambda key: tuple([point(key, *day) for day in days])


def pains(query: Query, named: Naming, program: Program) -> Mapping[Key, Pain]:
    """Return what the customers of each row's low band named most of all that is shown of them.

    What is named is hidden as all counts are: beside everything else it could be told apart by, and beside the same
    of the place's other series, for themes are told of all series together. What the theme's own table hides, by
    band and touchpoint, is nobody's pain either: beside the theme's other bands it would tell them.
    """
    low = [(theme, n) for theme in named.counts if (n := _low(theme))]
    untold = _untold(query, named, low) | _told_by_others(query, named, low)
    untold |= _told_by_bands(query, named, low)
    admits = query.admitting()
    found: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for theme, n in low:
        key = key_of(query, theme.dimensions)
        if admits(theme.dimensions) and (key, theme.theme) not in untold:
            found[key][theme.theme] += n
    themes = (*default_themes(), *program.themes)
    labels = {theme.id: theme.label for theme in themes if theme.label is not None}
    return {key: _worst(program, key, counts, labels) for key, counts in found.items()}


def _untold(query: Query, named: Naming, low: Sequence[Counted]) -> set[tuple[Key, str]]:
    """Return the rows and themes of which some cell is hidden, along the axes that the query names."""
    axes = axes_of(query)
    place = placing(axes, ())
    cells: defaultdict[Group, Counter[Place]] = defaultdict(Counter)
    for theme, n in low:
        cells[_named(theme)][place(theme.dimensions, ())] += n
    weighed = named.weights(
        cells, lambda each: (_named(each), place(each.dimensions, ())) if _is_low(each) else None
    )
    told = veil_of(weighed.groups, axes, place, ANSWERS, weighed.enough)
    return {
        (key_of(query, theme.dimensions), theme.theme)
        for theme, _ in low
        if place(theme.dimensions, ()) not in told.shown[_named(theme)]
    }


def _told_by_others(query: Query, named: Naming, low: Iterable[Counted]) -> set[tuple[Key, str]]:
    """Return the rows and themes that all series of a place less the others would tell."""

    def placed(each: ThemeCount | Named) -> tuple[tuple[object, str], Place]:
        key = key_of(query, each.dimensions)
        return (key.place, each.theme), (key.series,)

    places: defaultdict[tuple[object, str], Counter[Place]] = defaultdict(Counter)
    keys = defaultdict[tuple[object, str], set[Key]](set)
    for theme, n in low:
        group, cell = placed(theme)
        places[group][cell] += n
        keys[group].add(key_of(query, theme.dimensions))
    weighed = named.weights(places, lambda each: placed(each) if _is_low(each) else None)
    told = {
        group: shown(cells, ("series",), weighed.enough) for group, cells in weighed.groups.items()
    }
    return {
        (key, group[1])
        for group, found in keys.items()
        for key in found
        if (key.series,) not in told[group]
    }


def _told_by_bands(query: Query, named: Naming, low: Iterable[Counted]) -> set[tuple[Key, str]]:
    """Return the rows and themes whose low band the theme's own table hides (surveys.results.themes)."""
    tables = {(table.stage, table.theme): table for table in banded(named)}
    by_point = "touchpoint" in axes_of(query)
    return {
        (key_of(query, at), theme.theme)
        for theme, _ in low
        for at in (theme.dimensions,)
        if not tables[at.stage, theme.theme].shows_low(at.touchpoint if by_point else None)
    }


def _low(theme: ThemeCount) -> int:
    kind = instrument(theme.dimensions.instrument)
    return sum(theme.counts[score] for score in kind.scores if kind.band(score) == "low")


def _is_low(each: Named) -> bool:
    return instrument(each.dimensions.instrument).band(each.score) == "low"


def _named(theme: ThemeCount | Named) -> Group:
    """Return a group of its own for each theme of a stage and series."""
    stage, series = group_of(theme.dimensions)
    return stage, f"{series}:{theme.theme}"


def bounds(key: Key, seen: Seen, score: Estimate | None) -> Bounds | None:
    """Return where the score of everybody delivered to lies, whatever the silent ones think."""
    answered, delivered = seen.steps[FunnelStep.ANSWERED], seen.steps[FunnelStep.DELIVERED]
    if score is None or answered is None or not delivered or answered > delivered:
        return None
    ends = NPS_ENDS if key.instrument == "nps" else PERCENT_ENDS
    found = nonresponse_bounds(score.value, answered / delivered, ends)
    return Bounds(low=found.low, high=found.high)


def mix(seen: Seen) -> dict[str, float | None]:
    """Return each channel's part of the answers, 0..1; None of one that is hidden."""
    n = seen.n or 1
    return {name: None if count is None else count / n for name, count in seen.channels.items()}


def _worst(program: Program, key: Key, found: Counter[str], labels: Mapping[str, Texts]) -> Pain:
    most, theme = min((-count, theme) for theme, count in found.items())
    label = labels.get(theme) or _reason_label(program, key, theme)
    return Pain(id=theme, label=label or dict.fromkeys(languages(), theme), count=-most)


def _reason_label(program: Program, key: Key, reason: str) -> Texts | None:
    """Return what a reason is called below low scores: where the row is, else wherever it is asked.

    One id may be called a lack below a low score and a merit below a high one, and something else in another survey.
    """
    stages = {point.id: point.stage for point in program.touchpoints}
    asked = dict.fromkeys(
        each.survey
        for each in program.triggers
        if key.place in ((stages[each.touchpoint], at) for at in (None, each.touchpoint))
    )
    here = [survey for survey in program.surveys if survey.id in asked]
    labels = (
        chip.label
        for surveys in (here, program.surveys)
        for band in _TROUBLED_FIRST
        for survey in surveys
        if (offered := survey.reasons.get(band))
        for chip in offered.chips
        if chip.id == reason
    )
    return next(labels, None)


_TROUBLED_FIRST: Final[tuple[Band, ...]] = ("low", "mid", "high")
