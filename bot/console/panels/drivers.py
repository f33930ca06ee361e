"""What goes along with the outcome, and where each place lies between performance and importance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.console.amounts import MEAN, PERCENT, Amount, amount
from bot.console.charts import Box, Square, square
from bot.console.panels.stamp import Stamp, stamp
from bot.console.texts import named
from bot.console.texts import say as sentence
from bot.console.words import Words
from surveys.journey import say
from surveys.model import Json
from surveys.results.display import count_text
from surveys.statistics import nps_text
from surveys.stored_analyses import Analysis

_TEN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One driver; ``rank`` only where the differences are clear; ``here`` at the page's own place.

    ``rating`` says below which scores a reason reads as its label, "" where it reads alike below all.
    ``lopsided`` says by how much a low rating costs and a high one wins, where a test tells the two apart.
    """

    label: str
    share: Amount
    rank: str
    n: str
    here: bool
    rating: str = ""
    lopsided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSet:
    """Drivers of one kind: ``tier`` none, exploratory or full; ``refused`` says why there is no chart."""

    of: str
    n: str
    tier: str
    refused: str
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriversPanel:
    """What goes along with the outcome, which is the measure of a stage."""

    stamp: Stamp
    outcome: str
    sets: tuple[DriverSet, ...]


def drivers_panel(
    analysis: Analysis | None, stage: str | None, words: Words
) -> DriversPanel | None:
    """Return the journey's drivers, those at the stage marked."""
    if analysis is None:
        return None
    outcome = analysis.content["outcome"]
    return DriversPanel(
        stamp=stamp(analysis, words.program),
        outcome=""
        if outcome is None
        else f"{words.label('stage', outcome['stage'])} {words.value('instrument', outcome['instrument'])}",
        sets=tuple(_set(each, stage, words) for each in analysis.content["sets"]),
    )


def _set(each: Mapping[str, Json], stage: str | None, words: Words) -> DriverSet:
    refused = each["refused"]
    return DriverSet(
        of=sentence(words.language, f"drivers.{each['of']}"),
        n=count_text(each["n"]),
        tier=each["tier"],
        refused=_refused(refused, each["n"], words.language) if refused else "",
        drivers=tuple(_driver(driver, stage, words) for driver in each["drivers"]),
    )


def _refused(cause: str, n: int | None, language: str) -> str:
    nobody = cause == "too_few_cases" and n == 0
    return sentence(language, "drivers.nobody" if nobody else f"drivers.refused.{cause}")


def _empty(content: Mapping[str, Json], language: str) -> str:
    """Say how few answered all of it; a hidden number is only below what it takes, or would tell of others."""
    n = content["n"]
    if n:
        return sentence(language, "quadrant.few", n=count_text(n))
    is_hidden = content.get("refused") == "hidden"
    return _refused("hidden" if is_hidden else "too_few_cases", n, language)


def _driver(driver: Mapping[str, Json], stage: str | None, words: Words) -> Driver:
    rank = driver["rank"]
    return Driver(
        label=say(driver["label"], words.language, words.program.company.language) or driver["id"],
        share=amount(driver["share"], PERCENT, words.language),
        rank="" if rank is None else sentence(words.language, "drivers.rank", rank=str(rank)),
        n=count_text(driver["n"]),
        here=driver["stage"] == stage,
        rating=words.ratings(driver.get("bands") or ()),
        lopsided=_lopsided(driver.get("asymmetry"), words.language),
    )


def _lopsided(found: Mapping[str, Json] | None, language: str) -> str:
    if not found or not found["asymmetric"]:
        return ""
    sides = {name: nps_text(found[name]) for name in ("penalty", "reward")}
    return sentence(language, "drivers.lopsided", **sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A point of the quadrant in words, by its number."""

    number: str
    label: str
    performance: Amount
    importance: Amount
    box: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadrantPanel:
    """The quadrant; ``chart`` is None where too few answered for it, as ``empty`` says. ``corners``: names by box."""

    stamp: Stamp
    empty: str
    tier: str
    chart: Square | None
    standings: tuple[Standing, ...]
    corners: Mapping[str, str]


def quadrant_panel(
    analysis: Analysis | None, stage: str | None, words: Words
) -> QuadrantPanel | None:
    """Return the journey's quadrant, the points at the stage marked."""
    if analysis is None:
        return None
    content = analysis.content
    points: Sequence[Mapping[str, Json]] = content["points"]
    default = words.program.company.language
    corners = {box: say(texts, words.language, default) for box, texts in content["boxes"].items()}
    return QuadrantPanel(
        stamp=stamp(analysis, words.program),
        empty=_empty(content, words.language),
        tier=content["tier"],
        chart=_square([p for p in points if _drawn(p)], content["lines"]),
        standings=tuple(
            Standing(
                number=number,
                label=say(point["label"], words.language, default),
                performance=amount(point["performance"], MEAN, words.language),
                importance=amount(point["importance"], PERCENT, words.language),
                box=corners.get(str(point["box"])) or named(words.language, "box", point["box"]),
                here=point["stage"] == stage,
            )
            for number, point in _numbered(points)
        ),
        corners=corners,
    )


def _numbered(points: Sequence[Mapping[str, Json]]) -> list[tuple[str, Mapping[str, Json]]]:
    drawn = [point for point in points if _drawn(point)]
    rest = [point for point in points if not _drawn(point)]
    return [
        *((str(number), p) for number, p in enumerate(drawn, start=1)),
        *(("", p) for p in rest),
    ]


def _drawn(point: Mapping[str, Json]) -> bool:
    return all(_box(point[side]) is not None for side in ("performance", "importance"))


def _box(estimate: Mapping[str, Json] | None) -> Box | None:
    if estimate is None or estimate["low"] is None:
        return None
    return estimate["value"], estimate["low"], estimate["high"]


def _square(points: Sequence[Mapping[str, Json]], lines: Mapping[str, Json]) -> Square | None:
    boxes = [(_box(point["performance"]), _box(point["importance"])) for point in points]
    pairs = [(x, y) for x, y in boxes if x is not None and y is not None]
    if not pairs or lines["performance"] is None or lines["importance"] is None:
        return None
    most = max(high for _, (_, _, high) in pairs)
    return square(pairs, lines["performance"], lines["importance"], _TEN * (most // _TEN + 1))
