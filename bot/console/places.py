"""What the page of one stage or touchpoint shows, decided before any markup."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.asking import Choice
from bot.console.beside import Beside
from bot.console.figures import Figure, figure
from bot.console.moment import Moment, moment
from bot.console.narrowing import Narrowing, narrowing_of
from bot.console.panels.drivers import DriversPanel, QuadrantPanel, drivers_panel, quadrant_panel
from bot.console.panels.going import (
    PathPanel,
    RatesPanel,
    conversion_panel,
    path_panel,
    repeat_panel,
)
from bot.console.panels.reasons import ReasonsPanel, reasons_panel
from bot.console.panels.surge import SurgePanel, surge_panel
from bot.console.panels.themes import ThemesPanel, themes_panel
from bot.console.panels.trend import TrendPanel, trend_panel
from bot.console.series import Step, funnel
from bot.console.split import Split
from bot.console.texts import named
from bot.console.verbatims import Verbatim, verbatim
from bot.console.words import Place, Words
from surveys.program import Program
from surveys.results import ResultTable, Row
from surveys.results.display import leading_first
from surveys.service.narrowing import where_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a page is made of: the place's table, and its touchpoints' where it is a stage."""

    whole: ResultTable
    points: ResultTable | None
    split: Split
    beside: Beside
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of the place: its figure with everything a score must be shown with. None: not analysed yet."""

    figure: Figure
    method: str
    funnel: tuple[Step, ...]
    trend: TrendPanel | None
    reasons: ReasonsPanel | None
    repeat: RatesPanel | None
    surge: SurgePanel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePage:
    """The whole page's content. ``above`` leads back, ``beside`` are the other places of the same kind.

    ``words`` is None for who may not read answers; other panels are None where nothing was analysed yet.
    ``narrowed`` where filters are on, which analyses of the kinds in ``own`` carry, and all others know nothing of.
    """

    company: str
    place: Place
    above: tuple[Place, ...]
    beside: tuple[Place, ...]
    series: tuple[Series, ...]
    touchpoints: tuple[tuple[Place, Figure], ...]
    split: Split
    themes: ThemesPanel | None
    paths: PathPanel | None
    conversion: RatesPanel | None
    drivers: DriversPanel | None
    quadrant: QuadrantPanel | None
    words: tuple[Verbatim, ...] | None
    choice: Choice
    narrowed: bool
    narrowing: Narrowing | None
    own: frozenset[str]
    moment: Moment

    @property
    def of_stage(self) -> str:
        """The stage of which some panels tell on a touchpoint's page; "" on a stage's own."""
        return next((place.label for place in self.above), "")


def place_page(place: Place, material: Material, words: Words) -> PlacePage:
    """Return the page."""
    stage = stage_of(words.program, place)
    whole, points = material.whole, material.points
    found = material.beside.analyses
    paths, conversion, drivers, quadrant = (
        found.get((kind, "")) for kind in ("paths", "conversion", "drivers", "quadrant")
    )
    said = material.beside.words
    where = where_of(whole.query, place.kind)
    return PlacePage(
        company=words.company,
        place=place,
        above=() if place.kind == "stage" or not stage else (words.place("stage", stage),),
        beside=_beside(words, place, stage),
        series=tuple(_series(row, stage, material, words) for row in leading_first(whole.rows)),
        touchpoints=tuple(_point(row, words) for row in points.rows) if points else (),
        split=material.split,
        themes=themes_panel(material.beside.themes, whole.query, words),
        paths=path_panel(paths, stage, words),
        conversion=conversion_panel(conversion, stage, words),
        drivers=drivers_panel(drivers, stage, words),
        quadrant=quadrant_panel(quadrant, stage, words),
        words=None if said is None else tuple(verbatim(row, words) for row in said),
        choice=material.choice,
        narrowed=bool(where),
        narrowing=narrowing_of(where, material.beside, words),
        own=material.beside.own,
        moment=moment(whole),
    )


def stage_of(program: Program, place: Place) -> str:
    """Return the stage's id; "" of a touchpoint that the program no longer names."""
    if place.kind == "stage":
        return place.id
    return {point.id: point.stage for point in program.touchpoints}.get(place.id, "")


def _series(row: Row, stage: str, material: Material, words: Words) -> Series:
    trend, reasons, repeat, surge = (
        material.beside.analyses.get((kind, stage))
        for kind in ("trend", "reasons", "repeat", "surge")
    )
    where, grain = row.touchpoint, material.choice.grain
    return Series(
        figure=figure(row, words.language),
        method=named(words.language, "method", row.score.method) if row.score else "",
        funnel=funnel(row, words.language),
        trend=trend_panel(trend, row.series, where, grain, words),
        reasons=reasons_panel(reasons, row.series, where, words),
        repeat=repeat_panel(repeat, row.series, words),
        surge=surge_panel(surge, row.series, words),
    )


def _point(row: Row, words: Words) -> tuple[Place, Figure]:
    return words.place("touchpoint", row.touchpoint or ""), figure(row, words.language)


def _beside(words: Words, place: Place, stage: str) -> tuple[Place, ...]:
    ids: Sequence[str] = (
        [each.id for each in words.program.stages]
        if place.kind == "stage"
        else [point.id for point in words.program.touchpoints if point.stage == stage]
    )
    return tuple(words.place(place.kind, other) for other in ids)
