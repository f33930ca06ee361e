"""What a result says in Slack, decided before any block: lines, charts, and the same in plain text.

Every number is one of surveys.results, already suppressed, and is put into words by surveys.results.display.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.slack.team.texts import say
from surveys.instruments import instrument
from surveys.journey import say as choose
from surveys.program import Program
from surveys.results import ResultTable, Row
from surveys.results.display import (
    change_text,
    count_text,
    interval_text,
    leading,
    rate_text,
    score_text,
    spark_text,
)
from surveys.results.query import OTHERS
from surveys.results.words import verdict_word
from surveys.statistics import rounded

MOST_LINES: Final = 100
"""Rows of a Slack table without its header (docs.slack.dev, data table block)."""

UNKNOWN: Final = "–"
_STEPS: Final = "▁▂▃▄▅▆▇█"
_ARROWS: Final = {"better": "▲", "worse": "▼", "same": "="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of results in words. ``change`` is empty unless a test allows a word; ``value`` sorts the score."""

    place: str
    metric: str
    score: str
    interval: str
    n: str
    rate: str
    change: str
    note: str
    weeks: str
    value: float | None

    def told(self) -> str:
        """Return the line as a sentence of its own: its note in place of a score that is not shown."""
        if self.value is None:
            return self.note
        parts = (
            f"{self.score} ({self.interval})",
            f"n={self.n}",
            self.change,
            self.note,
            self.weeks,
        )
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One series of values: ``kind`` is ``bar`` or ``line``."""

    kind: str
    title: str
    name: str
    points: tuple[tuple[str, float], ...]

    def told(self) -> str:
        """Return the chart as text: each label with its bar."""
        bars = bars_of([value for _, value in self.points])
        marks = " ".join(f"{label}{bar}" for (label, _), bar in zip(self.points, bars, strict=True))
        return f"{self.title}: {marks}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A whole result. ``wish`` is what the command asked for, so that it can be asked again; ``url`` may be empty."""

    title: str
    window: str
    lines: tuple[Line, ...]
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]
    wish: str
    url: str
    language: str

    def told(self) -> str:
        """Return everything as plain text, for screen readers, notifications and old clients."""
        lines = (f"{line.place} {line.metric}: {line.told()}" for line in self.lines)
        return "\n".join((f"{self.title} ({self.window})", *lines))


def map_board(program: Program, table: ResultTable, language: str, *, wish: str, url: str) -> Board:
    """Return the journey, a line for each stage and metric."""
    company = choose(program.company.name, language, program.company.language)
    return Board(
        title=say(language, "map.title", company=company),
        window=window_text(table, language),
        lines=_lines(table.rows, language),
        charts=tuple(_by_unit(table.rows, language)),
        notes=_notes(table, language),
        wish=wish,
        url=url,
        language=language,
    )


def place_board(
    title: str, own: ResultTable, below: ResultTable | None, language: str, *, wish: str, url: str
) -> Board:
    """Return one stage with its touchpoints ``below``, or one touchpoint."""
    rows = (*own.rows, *(below.rows if below else ()))
    return Board(
        title=title,
        window=window_text(own, language),
        lines=_lines(rows, language),
        charts=_charts(leading(own.rows), language),
        notes=_notes(own, language),
        wish=wish,
        url=url,
        language=language,
    )


def window_text(table: ResultTable, language: str) -> str:
    """Return which days the figures are of, and how old they are."""
    window = table.window
    as_of = f"{_local(table.as_of, table.zone):%m-%d %H:%M}"
    since, until = window.since.isoformat(), window.until.isoformat()
    return say(language, "window", since=since, until=until, zone=table.zone, as_of=as_of)


def line(row: Row, language: str) -> Line:
    """Return a row in words."""
    kind = instrument(row.instrument)
    labels = row.labels.touchpoint or row.labels.stage
    return Line(
        place=choose(labels, language, language),
        metric=kind.short + (f" · {row.wording}" if row.wordings_differ else ""),
        score=score_text(row),
        interval=interval_text(row),
        n=count_text(row.n),
        rate=rate_text(row.response_rate),
        change=arrow(row, language),
        note=_note(row, language),
        weeks=spark_text(row.instrument, row.spark),
        value=row.score.value if row.score else None,
    )


def arrow(row: Row, language: str) -> str:
    """Return which way the score went, only where the query layer allows a word for it."""
    change = row.change
    if change is None or change.verdict is None:
        return ""
    beside = change.against == OTHERS
    told = verdict_word(change, language) if beside else say(language, f"change.{change.verdict}")
    return f"{_ARROWS[change.verdict]} {change_text(change)} {told}"


def bars_of(values: Sequence[float]) -> str:
    """Return a bar of eight heights for each value, from zero or the least below it, so that small moves look small."""
    low, high = min((*values, 0.0)), max((*values, 0.0))
    span = high - low
    return "".join(_STEPS[round((value - low) / span * 7) if span else 0] for value in values)


def whole(score: float) -> int:
    """Return a score as a chart shows it: rounded as its text is."""
    return int(rounded(score))


def _lines(rows: Iterable[Row], language: str) -> tuple[Line, ...]:
    return tuple(line(row, language) for row in rows)[:MOST_LINES]


def _note(row: Row, language: str) -> str:
    if row.suppressed:
        asked = row.invited or row.answered != 0
        return say(language, "few" if asked else "waiting")
    return say(language, "indicative") if row.indicative else ""


def _notes(table: ResultTable, language: str) -> tuple[str, ...]:
    kinds = {row.instrument for row in table.rows if row.score is not None}
    mixed = (say(language, "mixed"),) if len(kinds) > 1 else ()
    return (say(language, "intervals"), *mixed)


def _by_unit(rows: Sequence[Row], language: str) -> Iterable[Chart]:
    """Chart the stages of one unit side by side: scores of two units have no common axis."""
    for unit, title in ((False, "chart.share"), (True, "chart.nps")):
        points = {
            _label(row, language): whole(row.score.value)
            for row in rows
            if row.score is not None and (row.instrument == "nps") is unit
        }
        if len(points) > 1:
            text = say(language, title)
            yield Chart(kind="bar", title=text, name=text, points=tuple(points.items()))


def _label(row: Row, language: str) -> str:
    """Return what tells a bar from its neighbours."""
    named = choose(row.labels.touchpoint or row.labels.stage, language, language)
    return f"{named} {row.wording}" if row.wordings_differ else named


def _charts(row: Row | None, language: str) -> tuple[Chart, ...]:
    """Return how the answers of one row spread, and its weeks."""
    if row is None or row.distribution is None:
        return ()
    kind = instrument(row.instrument)
    spread = tuple(
        (str(score), count) for score, count in zip(kind.scores, row.distribution, strict=True)
    )
    weeks = tuple(
        (f"{point.week:%m-%d}", whole(point.value))
        for point in row.spark
        if point.value is not None
    )
    answers, trend = say(language, "chart.answers"), say(language, "chart.weeks")
    found = [Chart(kind="bar", title=f"{answers} · {kind.short}", name=answers, points=spread)]
    if len(weeks) > 1:
        found.append(Chart(kind="line", title=f"{trend} · {kind.short}", name=trend, points=weeks))
    return tuple(found)


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))
