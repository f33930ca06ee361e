"""What the page of one stage or touchpoint shows, decided before any markup."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.figures import Figure, figure
from bot.console.moment import Moment, moment
from bot.console.texts import named
from bot.console.texts import say as sentence
from bot.console.words import Place, Words
from surveys.program import Program
from surveys.results import ResultTable, Row
from surveys.results.display import count_text

# No channel of ours tells when a message was read.
_UNKNOWN = {"opened": "funnel.unseen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the funnel; ``share`` 0..1 of the first one, None where it is not known and ``why`` says so."""

    name: str
    count: str
    share: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of the place: its figure with everything a score must be shown with."""

    figure: Figure
    method: str
    funnel: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePage:
    """The whole page's content. ``above`` leads back, ``beside`` are the other places of the same kind."""

    company: str
    place: Place
    above: tuple[Place, ...]
    beside: tuple[Place, ...]
    series: tuple[Series, ...]
    touchpoints: tuple[tuple[Place, Figure], ...]
    rating: str
    moment: Moment


def place_page(
    program: Program,
    place: Place,
    by_stage: ResultTable,
    by_touchpoint: ResultTable,
    rating: str,
    language: str,
) -> PlacePage:
    """Return the page of two tables that are narrowed to the place."""
    words = Words(program, language)
    rows = by_stage.rows if place.kind == "stage" else by_touchpoint.rows
    below = by_touchpoint.rows if place.kind == "stage" else ()
    return PlacePage(
        company=words.company,
        place=place,
        above=_above(program, place, words),
        beside=_beside(program, place, words),
        series=tuple(_series(row, language) for row in rows),
        touchpoints=tuple(
            (words.place("touchpoint", row.touchpoint or ""), figure(row, language))
            for row in below
        ),
        rating=rating,
        moment=moment(by_stage),
    )


def _series(row: Row, language: str) -> Series:
    return Series(
        figure=figure(row, language),
        method=named(language, "method", row.score.method) if row.score else "",
        funnel=_funnel(row, language),
    )


def _funnel(row: Row, language: str) -> tuple[Step, ...]:
    counts = {
        "invited": row.invited,
        "delivered": row.delivered,
        "opened": None,
        "answered": row.answered,
    }
    return tuple(_step(name, count, row, language) for name, count in counts.items())


def _step(name: str, count: int | None, row: Row, language: str) -> Step:
    why = "" if count is not None else sentence(language, _UNKNOWN.get(name, "funnel.hidden"))
    known = count is not None and row.invited > 0
    share = count / row.invited if count is not None and known else None
    return Step(name=name, count=count_text(count), share=share, why=why)


def _above(program: Program, place: Place, words: Words) -> tuple[Place, ...]:
    if place.kind == "stage":
        return ()
    stages = {point.id: point.stage for point in program.touchpoints}
    stage = stages.get(place.id)
    return () if stage is None else (words.place("stage", stage),)


def _beside(program: Program, place: Place, words: Words) -> tuple[Place, ...]:
    stages = {point.id: point.stage for point in program.touchpoints}
    ids: Sequence[str] = (
        [stage.id for stage in program.stages]
        if place.kind == "stage"
        else [point for point, stage in stages.items() if stage == stages.get(place.id)]
    )
    return tuple(words.place(place.kind, other) for other in ids)
