"""What the journey map shows, decided before any markup."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.beside import Beside
from bot.console.drawing import Curve, Mark, Plane, curve, position
from bot.console.figures import Figure, FigureState, figure, measure, state_of
from bot.console.moment import Moment, moment
from bot.console.narrowing import Narrowing, narrowing_of
from bot.console.panels.drivers import DriversPanel, QuadrantPanel, drivers_panel, quadrant_panel
from bot.console.panels.going import PathPanel, RatesPanel, conversion_panel, path_panel
from bot.console.panels.surge import surge_panel
from bot.console.texts import say as sentence
from bot.console.words import Place, Words
from surveys.program import Program
from surveys.results import ResultTable, Row
from surveys.results.display import (
    UNKNOWN,
    count_text,
    leading_first,
    rate_text,
    score_text,
)
from surveys.results.query import Query
from surveys.results.rows import planned_by
from surveys.service.narrowing import where_of
from surveys.stored_analyses import Analysis

_STEP_HEIGHT = 58
_REACHED = ("delivered", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCard:
    """A stage with its figures, the curve's first, and its touchpoints'.

    ``events`` are what starts its asks; ``alarm`` says that low scores pile up there, "" where none do.
    """

    number: int
    place: Place
    figures: tuple[Figure, ...]
    touchpoints: tuple[tuple[Place, Figure], ...]
    events: tuple[str, ...]
    alarm: str

    @property
    def waiting(self) -> bool:
        """Whether nobody was asked at this stage in the window."""
        return all(figure.state is FigureState.WAITING for figure in self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Cohort sums; ``note`` says what they leave out, "" where nothing.

    Once a stage hides what was answered there, the sum of all would give it away. Then what the stages show is summed:
    whoever reads them can do so too (docs/decisions/0035).
    """

    invited: str
    delivered: str
    answered: str
    rate: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyMap:
    """The whole page's content.

    Attributes:
        mixed: whether the points of the curve are of several measures.
        several: whether a stage has more measures than the one that is its point.
        empty: whether nothing was asked; ``chosen`` that it is so of a period or filters that were chosen, and
            perhaps not otherwise. ``few``: answers there are, and too few to be shown.
        of_stage: "": its figures are of no single stage, as those of a place's page are.
    """

    company: str
    stages: tuple[StageCard, ...]
    totals: Totals
    wide: Curve
    tall: Curve
    mixed: bool
    several: bool
    empty: bool
    chosen: bool
    few: bool
    paths: PathPanel | None
    conversion: RatesPanel | None
    drivers: DriversPanel | None
    quadrant: QuadrantPanel | None
    narrowed: bool
    narrowing: Narrowing | None
    own: frozenset[str]
    moment: Moment
    of_stage: str = ""


def journey_map(
    words: Words, by_stage: ResultTable, by_touchpoint: ResultTable, found: Beside
) -> JourneyMap:
    """Return the map of two tables of one window, and of what was analysed of the journey as a whole."""
    language, analyses = words.language, found.analyses
    stages = _stages(words.program, by_stage)
    rows = {
        stage: leading_first([r for r in by_stage.rows if r.stage == stage]) for stage in stages
    }
    marks = [_mark(words.label("stage", stage), rows[stage], language) for stage in stages]
    scored = {own[0].instrument for own in rows.values() if own and own[0].score is not None}
    cards = tuple(
        _card(number, stage, rows[stage], by_touchpoint, analyses.get(("surge", stage)), words)
        for number, stage in enumerate(stages, start=1)
    )
    return JourneyMap(
        company=words.company,
        stages=cards,
        totals=_totals(by_stage, words),
        wide=curve(marks, _wide(len(marks))),
        tall=curve(marks, _tall(len(marks))),
        mixed=len(scored) > 1,
        several=any(len(own) > 1 for own in rows.values()),
        empty=all(card.waiting for card in cards),
        chosen=_is_chosen(by_stage.query),
        few=_has_unplanned(words.program, by_stage),
        paths=path_panel(analyses.get(("paths", "")), None, words),
        conversion=conversion_panel(analyses.get(("conversion", "")), None, words),
        drivers=drivers_panel(analyses.get(("drivers", "")), None, words),
        quadrant=quadrant_panel(analyses.get(("quadrant", "")), None, words),
        narrowed=bool(by_stage.query.filters),
        narrowing=narrowing_of(where_of(by_stage.query), found, words),
        own=found.own,
        moment=moment(by_stage),
    )


def _is_chosen(query: Query) -> bool:
    return bool(query.period or query.days or query.filters)


def _has_unplanned(program: Program, table: ResultTable) -> bool:
    """Say whether a row is there for its answers alone: of an import, say."""
    planned = {(each.stage, each.series) for each in planned_by(program)}
    return any((row.stage, row.series) not in planned for row in table.rows)


def _wide(steps: int) -> Plane:
    return Plane(steps=steps, width=1000, height=230, start=34, end=200)


def _tall(steps: int) -> Plane:
    height = _STEP_HEIGHT * steps
    return Plane(steps=steps, width=320, height=height, start=104, end=306, downwards=True)


def _stages(program: Program, table: ResultTable) -> tuple[str, ...]:
    """Return the program's stages in order, then those that it no longer names."""
    planned = (stage.id for stage in program.stages)
    return tuple(dict.fromkeys((*planned, *(row.stage for row in table.rows))))


def _card(
    number: int,
    stage: str,
    rows: Sequence[Row],
    by_touchpoint: ResultTable,
    surge: Analysis | None,
    words: Words,
) -> StageCard:
    program, language = words.program, words.language
    points = {point.id for point in program.touchpoints if point.stage == stage}
    here = (trigger for trigger in program.triggers if trigger.touchpoint in points)
    watched = (surge_panel(surge, row.series, words) for row in rows)
    alarms = (panel.watch.status for panel in watched if panel and panel.watch.is_alarm)
    return StageCard(
        number=number,
        place=words.place("stage", stage),
        figures=tuple(figure(row, language) for row in rows),
        touchpoints=tuple(
            (words.place("touchpoint", row.touchpoint or ""), figure(row, language))
            for row in by_touchpoint.rows
            if row.stage == stage
        ),
        events=tuple(dict.fromkeys(t.on for t in here if t.on is not None)),
        alarm=next(alarms, ""),
    )


def _mark(label: str, rows: Sequence[Row], language: str) -> Mark:
    """Return a stage's point: of its first row, that its card begins with."""
    row = rows[0] if rows else None
    if row is None or row.score is None:
        asked = row is not None and state_of(row) is FigureState.FEW
        return Mark(label=label, score=sentence(language, "few" if asked else "waiting"))
    return Mark(
        label=label,
        score=score_text(row),
        measure=measure(row),
        value=position(row, row.score.value),
        low=position(row, row.score.low),
        high=position(row, row.score.high),
        indicative=row.indicative,
    )


def _totals(table: ResultTable, words: Words) -> Totals:
    sums = table.totals
    if sums is None:
        return Totals(invited=UNKNOWN, delivered=UNKNOWN, answered=UNKNOWN, rate=UNKNOWN, note="")
    invited, delivered = count_text(sums.invited), count_text(sums.delivered)
    if sums.answered is None:
        return _of_the_shown(table.rows, invited, delivered, words)
    answered, rate = count_text(sums.answered), rate_text(sums.response_rate)
    return Totals(invited=invited, delivered=delivered, answered=answered, rate=rate, note="")


def _of_the_shown(rows: Sequence[Row], invited: str, delivered: str, words: Words) -> Totals:
    """Return the sums over the rows that show what was answered, and which do not."""
    shown = [row for row in rows if row.answered is not None]
    reached, answered = (sum(getattr(r, step) or 0 for r in shown) for step in _REACHED)
    left = dict.fromkeys(_named(row, words) for row in rows if row.answered is None)
    return Totals(
        invited=invited,
        delivered=delivered,
        answered=_least(answered, words.language),
        rate=rate_text(answered / reached if answered and reached else None),
        note=_note(tuple(left), words.language, is_shown=answered > 0),
    )


def _least(answered: int, language: str) -> str:
    return sentence(language, "totals.least", n=f"{answered:,}") if answered else UNKNOWN


def _note(left: Sequence[str], language: str, *, is_shown: bool) -> str:
    if not is_shown:
        return sentence(language, "totals.hidden")
    if not left:
        return sentence(language, "totals.filtered")
    return sentence(language, "totals.without", stages=", ".join(left))


def _named(row: Row, words: Words) -> str:
    return f"{words.label('stage', row.stage)} {words.value('instrument', row.instrument)}"
