"""The same people from stage to stage, who went on, who came back, and how that goes with what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.console.amounts import MEAN, PERCENT, POINTS, Amount, amount
from bot.console.panels.stamp import Stamp, stamp
from bot.console.texts import say as sentence
from bot.console.words import Words
from surveys.journey import say
from surveys.model import Json
from surveys.results.display import UNKNOWN, count_text
from surveys.stored_analyses import Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of the customers of one band within some days; ``steps``: counts in the order of FATES."""

    days: str
    band: str
    customers: str
    counts: tuple[str, ...]
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """The same people at two stages; ``mixed`` where the stages measure differently.

    ``fates`` are only those within days that are over for somebody.
    """

    title: str
    customers: str
    before: str
    after: str
    change: Amount
    mixed: bool
    note: str
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPanel:
    """The steps of the journey."""

    stamp: Stamp
    steps: tuple[PathStep, ...]


FATES = ("answered", "silent", "unasked", "gone")


def path_panel(analysis: Analysis | None, stage: str | None, words: Words) -> PathPanel | None:
    """Return the steps to and from a stage, or all of them."""
    if analysis is None:
        return None
    steps = analysis.content["steps"]
    return PathPanel(
        stamp=stamp(analysis, words.program),
        steps=tuple(_step(step, words) for step in steps if _touches(step, stage)),
    )


def _touches(step: Mapping[str, Json], stage: str | None) -> bool:
    return stage is None or stage in (step["from"], step["to"])


def _step(step: Mapping[str, Json], words: Words) -> PathStep:
    return PathStep(
        title=_title(step, words),
        customers=count_text(step["customers"]),
        before=_mean(step["before"]),
        after=_mean(step["after"]),
        change=amount(step["change"], POINTS, words.language),
        mixed=not step["same_instrument"],
        note=_paired(step, words.language),
        fates=tuple(
            _fate(fate["days"], band, words.language)
            for fate in step["fates"]
            if fate["bands"][0]["customers"] != 0
            for band in fate["bands"]
        ),
    )


def _paired(step: Mapping[str, Json], language: str) -> str:
    """Say of whom there is no change: of those who answered at both stages, whoever else the fates are about."""
    if step["customers"] == 0 and not step["suppressed"]:
        return sentence(language, "paths.nobody")
    return _note(step, language)


def _fate(days: int, band: Mapping[str, Json], language: str) -> Fate:
    name = "fate.everybody" if band["band"] == "all" else f"rating.{band['band']}"
    return Fate(
        days=str(days),
        band=sentence(language, name),
        customers=count_text(band["customers"]),
        counts=tuple(count_text(band[fate]) for fate in FATES),
        hidden=band["suppressed"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of customers who did something, with how many could have."""

    label: str
    days: str
    customers: str
    did: str
    rate: Amount
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesPanel:
    """Rates under one stamp; ``after`` are those of customers who came again, where they stand apart."""

    stamp: Stamp
    rates: tuple[Rate, ...]
    after: tuple[Rate, ...] = ()


def conversion_panel(
    analysis: Analysis | None, stage: str | None, words: Words
) -> RatesPanel | None:
    """Return who went on to the next stage, and who came back to the same one."""
    if analysis is None:
        return None
    content = analysis.content
    return RatesPanel(
        stamp=stamp(analysis, words.program),
        rates=tuple(
            _rate(_title(step, words), step, step["converted"], step["days"], words.language)
            for step in content["steps"]
            if _touches(step, stage)
        ),
        after=tuple(
            _rate(
                words.label("stage", kept["stage"]),
                kept,
                kept["returned"],
                kept["days"],
                words.language,
            )
            for kept in content["retention"]
            if stage in (None, kept["stage"])
        ),
    )


def repeat_panel(analysis: Analysis | None, series: str, words: Words) -> RatesPanel | None:
    """Return how many of each band bought again; None where the analysis has not met the series yet."""
    if analysis is None:
        return None
    content, default = analysis.content, words.program.company.language
    for each in content["series"]:
        if each["series"] == series:
            return RatesPanel(
                stamp=stamp(analysis, words.program),
                rates=tuple(
                    _rate(
                        say(band["label"], words.language, default),
                        {**band, "too_recent": each["too_recent"]},
                        band["returned"],
                        content["days"],
                        words.language,
                    )
                    for band in each["bands"]
                ),
            )
    return None


def _rate(label: str, cell: Mapping[str, Json], did: int | None, days: int, language: str) -> Rate:
    return Rate(
        label=label,
        days=str(days),
        customers=count_text(cell["customers"]),
        did=count_text(did),
        rate=amount(cell["rate"], PERCENT, language),
        note=_note(cell, language),
    )


def _title(step: Mapping[str, Json], words: Words) -> str:
    return f"{words.label('stage', step['from'])} → {words.label('stage', step['to'])}"


def _mean(value: float | None) -> str:
    return UNKNOWN if value is None else MEAN.text(value)


def _note(cell: Mapping[str, Json], language: str) -> str:
    """Say why there is a dash, or that a number is a hint."""
    if cell["suppressed"]:
        return sentence(language, "few")
    if cell["customers"] == 0:
        return sentence(language, "too_recent" if cell.get("too_recent") else "nobody")
    return sentence(language, "hint") if cell["indicative"] else ""
