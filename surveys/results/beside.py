"""What stands beside a row's score: its last weeks, what troubles its customers, what the silent may think."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from surveys.instruments import Instrument, instrument
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.model import FunnelStep
from surveys.program import Program
from surveys.results.banded import banded
from surveys.results.counted import Part, scores_of
from surveys.results.crowds import ANSWERS, Group, Place, group_of, placing
from surveys.results.hiding import WEEK, axes_of, shown, veil_of
from surveys.results.query import Query
from surveys.results.seeing import Key, Seen, key_of
from surveys.results.values import Bounds, Pain, WeekPoint
from surveys.results.weeks import Weeks
from surveys.statistics import Estimate
from surveys.statistics.response import NPS_ENDS, PERCENT_ENDS, nonresponse_bounds
from surveys.statistics.tiers import HIDDEN_BELOW
from surveys.themes import default_themes
from surveys.themes.tags import ThemeCount

Score = Callable[[Instrument, tuple[int, ...]], float | None]


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
        if n - fewer[key, name] < HIDDEN_BELOW or not sight.lifts(parts):
            return WeekPoint(week=week, value=None, n=None)
        return WeekPoint(week=week, value=score(key.kind, counts), n=n)

    days = [(week, week.isoformat()) for week in weeks] if weekly.parts else []
    return lambda key: tuple([point(key, *day) for day in days])


def pains(query: Query, counted: Iterable[ThemeCount], program: Program) -> Mapping[Key, Pain]:
    """Return what the customers of each row's low band named most of all that is shown of them.

    What is named is hidden as all counts are: beside everything else it could be told apart by, and beside the same
    of the place's other series, for themes are told of all series together. What the theme's own table hides, by
    band and touchpoint, is nobody's pain either: beside the theme's other bands it would tell them.
    """
    counted = tuple(counted)
    low = [(theme, n) for theme in counted if (n := _low(theme))]
    axes = axes_of(query)
    place = placing(axes, ())
    cells: defaultdict[Group, Counter[Place]] = defaultdict(Counter)
    named: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for theme, n in low:
        cells[_named(theme)][place(theme.dimensions, ())] += n
    told = veil_of(cells, axes, place, ANSWERS)
    hidden = {
        (key_of(query, theme.dimensions), theme.theme)
        for theme, _ in low
        if place(theme.dimensions, ()) not in told.shown[_named(theme)]
    } | _told_by_others(query, low)
    hidden |= _told_by_bands(query, counted, low)
    admits = query.admitting()
    for theme, n in low:
        key = key_of(query, theme.dimensions)
        if admits(theme.dimensions) and (key, theme.theme) not in hidden:
            named[key][theme.theme] += n
    labels = _labels(program)
    return {key: _worst(found, labels) for key, found in named.items()}


def _told_by_others(query: Query, low: Iterable[tuple[ThemeCount, int]]) -> set[tuple[Key, str]]:
    """Return the rows and themes that all series of a place less the others would tell."""
    places: defaultdict[tuple[object, str], Counter[Place]] = defaultdict(Counter)
    keys = defaultdict[tuple[object, str], set[Key]](set)
    for theme, n in low:
        key = key_of(query, theme.dimensions)
        places[key.place, theme.theme][key.series,] += n
        keys[key.place, theme.theme].add(key)
    told = {place: shown(counts, ("series",)) for place, counts in places.items()}
    return {
        (key, place[1])
        for place, found in keys.items()
        for key in found
        if (key.series,) not in told[place]
    }


def _told_by_bands(
    query: Query, counted: Iterable[ThemeCount], low: Iterable[tuple[ThemeCount, int]]
) -> set[tuple[Key, str]]:
    """Return the rows and themes whose low band the theme's own table hides (surveys.results.themes)."""
    tables = {(table.stage, table.theme): table for table in banded(counted)}
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


def _named(theme: ThemeCount) -> Group:
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


def _worst(found: Counter[str], labels: Mapping[str, Texts]) -> Pain:
    most, theme = min((-count, theme) for theme, count in found.items())
    label = labels.get(theme) or dict.fromkeys(languages(), theme)
    return Pain(id=theme, label=label, count=-most)


def _labels(program: Program) -> dict[str, Texts]:
    """Return what themes are called: the company's own label first, then ours, then the reason's."""
    chips = {
        chip.id: chip.label
        for survey in program.surveys
        for reason in survey.reasons.values()
        for chip in reason.chips
    }
    ours = {theme.id: theme.label for theme in default_themes()}
    own = {theme.id: theme.label for theme in program.themes}
    return {
        theme: label
        for labels in (chips, ours, own)
        for theme, label in labels.items()
        if label is not None
    }
