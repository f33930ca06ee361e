"""What customers write about at each stage, by the band of the score beside it: pain, neither, praise.

A theme is no feeling. What customers named beside a low score is a pain, beside a high one a praise, and nothing
else decides that. Counts are hidden as all others are: per theme and stage, its touchpoints and bands together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from heapq import nlargest
from operator import attrgetter
from typing import Any, Final

from surveys.errors import InvalidInput
from surveys.instruments import QUESTIONS, Band, instrument
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.model import Side
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.reports import AnswerRow
from surveys.results.banded import BANDS, BY_TOUCHPOINT, Axes, Banded, banded
from surveys.results.naming import MOST_NAMED, Naming, naming
from surveys.results.query import Query, one_of
from surveys.results.reading import Source, check_side
from surveys.results.windows import Window
from surveys.themes import Dictionary
from surveys.timing import day_of, zone_of
from surveys.verbatims import Wanted

TAGS: Final = ("survey", "trigger", "instrument", "channel", "language")
FILTERS: Final = frozenset({"stage", "touchpoint", *TAGS})
"""By what themes are counted apart, besides by sides where these are few."""


class ManyNamed(InvalidInput):
    """Themes by a segment or a handler, in days with too many answers to read whose each is."""

    def __init__(self, where: str) -> None:
        super().__init__(where, f"themes are told by it of at most {MOST_NAMED}; choose fewer days")


_NAMING: Final[tuple[Band, ...]] = ("low", "high", "mid")
MOST_EXAMPLES: Final = 50

Told = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRow:
    """One theme of a stage, or of one of its touchpoints. None is a hidden count: somebody, but too few to show.

    Attributes:
        n: answers that have the theme. bands: of those, by low, mid and high score.
    """

    stage: str
    touchpoint: str | None
    theme: str
    label: Texts
    n: int | None
    bands: Told

    def to_json(self) -> dict[str, Any]:
        """Return the row as the API gives it."""
        low, mid, high = self.bands
        place = {"stage": self.stage, "touchpoint": self.touchpoint}
        counts = {"n": self.n, "low": low, "mid": mid, "high": high}
        hidden = None in (self.n, *self.bands)
        return {
            **place,
            "theme": self.theme,
            "label": dict(self.label),
            **counts,
            "suppressed": hidden,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeTable:
    """Themes in journey order, in each place those of most low scores first; what is hidden comes last, by id."""

    rows: tuple[ThemeRow, ...]
    query: Query
    window: Window
    as_of: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the table as the API gives it."""
        return {
            "by": self.query.by,
            "filters": self.query.filters,
            "window": {**self.window.to_json(), "rule": "all"},
            "as_of": self.as_of.isoformat(),
            "themes": [row.to_json() for row in self.rows],
        }


def theme_table(
    tx: UnitOfWork,
    program: Program,
    words: Dictionary,
    query: Query,
    now: datetime,
    *,
    most: int = MOST_NAMED,
) -> ThemeTable:
    """Return the themes of a query's days, in which every answer counts.

    Numerators and what they are beside carry the same filters. Raises InvalidInput for what does not apply, and
    ManyNamed for a segment or a handler where more than ``most`` answers name anything: too many to tell whose they are.
    """
    window, axes = _window(program, query, now), _axes(query)
    for attribute, value in query.sides.items():
        check_side(Source(tx, program), Side(attribute, value))
    named = _named(tx, query, window, axes, most)
    labels = labels_of(program, words)
    tables = banded(named, query.stage, axes if axes.names else BY_TOUCHPOINT)
    rows = [row for place in tables for row in _rows(place, query, axes, labels)]
    order = _journey(program)
    rows.sort(key=lambda row: (order(row.stage, row.touchpoint), *_pressing(row)))
    return ThemeTable(rows=tuple(rows), query=query, window=window, as_of=now)


def _named(tx: UnitOfWork, query: Query, window: Window, axes: Axes, most: int) -> Naming:
    apart = "channel" in axes.tags or "language" in axes.tags
    named = naming(tx.themes, window.since, window.until, apart=apart, most=most)
    if axes.sides and named.answers is None:
        raise ManyNamed(next(name for name in query.filters if name not in FILTERS))
    return named


def labels_of(program: Program, words: Dictionary) -> Mapping[str, Texts]:
    """Return what themes are called; one that is only a reason is called as the reason is.

    A reason offered below several bands of scores is called as below the middle one, which neither blames nor
    praises, else as below the high one; in whatever order the program names them.
    """
    tapped = {
        words.of_chip(survey.id, chip.id): chip.label
        for survey in program.surveys
        for band in _NAMING
        if (reason := survey.reasons.get(band))
        for chip in reason.chips
    }
    known = {theme: label for theme in words.themes if (label := words.label(theme))}
    return {**tapped, **known}


def theme_examples(
    tx: UnitOfWork,
    program: Program,
    query: Query,
    now: datetime,
    *,
    theme: str = "",
    band: str = "",
    limit: int = 20,
) -> tuple[AnswerRow, ...]:
    """Return customers' own words about a theme ("" for any or none), newest first: for who may read answers.

    ``band`` is low, mid, high or "" for any. Raises InvalidInput.
    """
    if not 1 <= limit <= MOST_EXAMPLES:
        raise InvalidInput("limit", f"must be 1 to {MOST_EXAMPLES}")
    if band:
        one_of("band", band, BANDS)
    window = _window(program, query, now)
    place = {name: value for name, value in query.filters.items() if name in FILTERS}
    sides = tuple(Side(attribute, value) for attribute, value in query.sides.items())
    wanted = Wanted(since=window.since, until=window.until, tags=place, theme=theme, sides=sides)
    each = _banded(wanted, band) if band else (wanted,)
    found = (row for words in each for row in tx.verbatims.newest(words, limit))
    return tuple(nlargest(limit, found, key=attrgetter("answered_at", "id")))


def _banded(wanted: Wanted, band: str) -> Iterable[Wanted]:
    """Yield what is wanted of each instrument: which scores are in a band depends on it."""
    for name in QUESTIONS:
        if wanted.tags.get("instrument", name) != name:
            continue
        kind = instrument(name)
        scores = [score for score in kind.scores if kind.band(score) == band]
        tags = {**wanted.tags, "instrument": name}
        yield replace(wanted, tags=tags, low=min(scores), high=max(scores))


def _window(program: Program, query: Query, now: datetime) -> Window:
    unknown = [name for name in ("compare", "weights") if getattr(query, name)]
    if unknown:
        raise InvalidInput(unknown[0], "does not apply to themes")
    zone, _ = zone_of(program.company.zone, "UTC")
    today: date = day_of(now, zone)
    return query.window(today)


def _axes(query: Query) -> Axes:
    """Return what a query's themes are apart by: nothing where they are of whole stages."""
    by_point = query.by == "touchpoint" or query.touchpoint is not None
    tags = tuple(name for name in TAGS if getattr(query, name) is not None)
    return Axes((*(("touchpoint",) if by_point else ()), *tags), tuple(query.sides))


def _rows(
    place: Banded, query: Query, axes: Axes, labels: Mapping[str, Texts]
) -> Iterable[ThemeRow]:
    hidden = place.hidden
    label = labels.get(place.theme) or dict.fromkeys(languages(), place.theme)
    shared: dict[str, Any] = {"stage": place.stage, "theme": place.theme, "label": label}
    if not axes.names:
        sums = [sum(column) for column in zip(*place.points.values(), strict=True)]
        told = _told(sums, [band in hidden.columns for band in range(len(BANDS))])
        n = None if hidden.total else sum(sums)
        yield ThemeRow(**shared, touchpoint=None, n=n, bands=told)
        return
    is_narrow = axes != BY_TOUCHPOINT
    for row, (point, counts) in enumerate(place.points.items()):
        at = dict(zip(axes.names, point, strict=True))
        if _wanted(query, at) and any(counts) and not (is_narrow and hidden.dropped):
            told = _told(counts, [(row, band) in hidden.cells for band in range(len(BANDS))])
            n = None if row in hidden.rows else sum(counts)
            yield ThemeRow(**shared, touchpoint=at.get("touchpoint"), n=n, bands=told)


def _wanted(query: Query, at: Mapping[str, str]) -> bool:
    """Say whether a row has the values that the query names."""
    wanted = {**query.filters, **query.sides}
    return all(wanted.get(name, value) == value for name, value in at.items())


def _told(counts: Iterable[int], hidden: Iterable[bool]) -> Told:
    low, mid, high = (None if hide else n for n, hide in zip(counts, hidden, strict=True))
    return low, mid, high


def _pressing(row: ThemeRow) -> tuple[bool, int, bool, int, str]:
    low, n = row.bands[0], row.n
    return low is None, -(low or 0), n is None, -(n or 0), row.theme


def _journey(program: Program) -> Any:
    stages = {stage.id: n for n, stage in enumerate(program.stages)}
    points = {point.id: n for n, point in enumerate(program.touchpoints)}

    def order(stage: str, touchpoint: str | None) -> tuple[int, str, int, str]:
        point = touchpoint or ""
        return stages.get(stage, len(stages)), stage, points.get(point, len(points)), point

    return order
