"""The score over weeks or months, with its intervals and where the program changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.console.amounts import Amount, Scale, amount, scale_of
from bot.console.asking import Grain
from bot.console.charts import Reading, Trend, trend
from bot.console.moment import local
from bot.console.panels.stamp import Stamp, places_of, stamp
from bot.console.texts import named
from bot.console.texts import say as sentence
from bot.console.words import Words
from surveys.model import Json
from surveys.results.display import count_text
from surveys.stored_analyses import Analysis

SHOWN: Mapping[Grain, int] = {"weeks": 26, "months": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A week or month as a row of the table; ``note`` says why there is a dash, or that it is a hint."""

    start: str
    until: str
    score: Amount
    n: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The program at one moment: what changed in it."""

    number: int
    at: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPanel:
    """One series over time; ``chart`` is None where no period has a score."""

    stamp: Stamp
    grain: Grain
    chart: Trend | None
    periods: tuple[Period, ...]
    changes: tuple[Changed, ...]


def trend_panel(
    analysis: Analysis | None, series: str, touchpoint: str | None, grain: Grain, words: Words
) -> TrendPanel | None:
    """Return a series' newest periods; None where the analysis has not met it yet."""
    found = None if analysis is None else _found(analysis, series, touchpoint)
    if analysis is None or found is None:
        return None
    points: Sequence[Mapping[str, Json]] = found[grain][-SHOWN[grain] :]
    scale = scale_of(found["instrument"])
    first = date.fromisoformat(points[0]["start"]) if points else date.max
    days = [(_day(mark["at"], words), mark) for mark in analysis.content["markers"]]
    shown = [(day, mark) for day, mark in days if day >= first]
    return TrendPanel(
        stamp=stamp(analysis, words.program),
        grain=grain,
        chart=_chart(points, [day for day, _ in shown], scale, words.language),
        periods=tuple(_period(point, scale, words.language) for point in reversed(points)),
        changes=tuple(
            _changed(number, mark, words) for number, (_, mark) in enumerate(shown, start=1)
        ),
    )


def _found(analysis: Analysis, series: str, touchpoint: str | None) -> Mapping[str, Json] | None:
    return next(
        (
            each
            for each in analysis.content["series"]
            if each["series"] == series and touchpoint in places_of(each)
        ),
        None,
    )


def _chart(
    points: Sequence[Mapping[str, Json]], marks: Sequence[date], scale: Scale, language: str
) -> Trend | None:
    readings = [_reading(point, scale, language) for point in points]
    if all(reading.value is None for reading in readings):
        return None
    return trend(readings, marks, scale)


def _reading(point: Mapping[str, Json], scale: Scale, language: str) -> Reading:
    start = date.fromisoformat(point["start"])
    score = point["score"]
    if score is None:
        return Reading(start=start, label="")
    told = amount(score, scale, language)
    return Reading(
        start=start,
        label=f"{start} {told.value} ({told.interval}) n {count_text(point['n'])}",
        value=score["value"],
        low=score["low"],
        high=score["high"],
        smooth=point["smooth"],
        faint=point["indicative"],
    )


def _period(point: Mapping[str, Json], scale: Scale, language: str) -> Period:
    note = ""
    if point["suppressed"]:
        note = sentence(language, "few")
    elif point["indicative"] and point["n"]:
        note = sentence(language, "hint")
    return Period(
        start=point["start"],
        until=point["until"],
        score=amount(point["score"], scale, language),
        n=count_text(point["n"]),
        note=note,
    )


def _changed(number: int, mark: Mapping[str, Json], words: Words) -> Changed:
    at = datetime.fromisoformat(mark["at"])
    what: dict[str, list[str]] = {}
    for change in mark["changes"]:
        places = what.setdefault(named(words.language, "change", change["what"]), [])
        places += [change["id"]] if change["id"] else []
    return Changed(
        number=number,
        at=local(at, words.program.company.zone),
        what=tuple(f"{name}: {', '.join(ids)}" if ids else name for name, ids in what.items()),
    )


def _day(at: str, words: Words) -> date:
    return date.fromisoformat(local(datetime.fromisoformat(at), words.program.company.zone)[:10])
