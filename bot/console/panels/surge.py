"""Whether unhappy answers pile up at a stage, and how soon that would be noticed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.console.panels.stamp import Stamp, stamp
from bot.console.texts import say as sentence
from bot.console.words import Words
from surveys.model import Json
from surveys.results.display import UNKNOWN, count_text, rate_text
from surveys.statistics import rounded
from surveys.stored_analyses import Analysis
from surveys.timing import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One watched series in sentences; ``level`` 0..1 of the way to an alarm, None while collecting."""

    status: str
    is_alarm: bool
    said: str
    delay: str
    level: float | None
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgePanel:
    """The watch over one series."""

    stamp: Stamp
    watch: Watch


def surge_panel(analysis: Analysis | None, series: str, words: Words) -> SurgePanel | None:
    """Return the watch over a series; None where there is none."""
    if analysis is None:
        return None
    for each in analysis.content["series"]:
        if each["series"] == series:
            return SurgePanel(stamp=stamp(analysis, words.program), watch=_watch(each, words))
    return None


def _watch(each: Mapping[str, Json], words: Words) -> Watch:
    status = each["status"]
    return Watch(
        status=sentence(words.language, f"surge.{status}"),
        is_alarm=status == "alarm",
        said=_said(each, words.language),
        delay=_delay(each["delay"], words.language),
        level=each["level"],
        alarms=tuple(_alarm(alarm, words) for alarm in each["alarms"]),
    )


def _said(each: Mapping[str, Json], language: str) -> str:
    if each["baseline"] is None:
        collected, needed = count_text(each["collected"]), count_text(each["needed"])
        return sentence(language, "surge.collected", collected=collected, needed=needed)
    evidence = each["evidence"]
    if evidence is None:
        return sentence(language, "surge.usual", usual=rate_text(each["baseline"]["share"]))
    return _evidence(evidence, language)


def _evidence(evidence: Mapping[str, Json], language: str) -> str:
    return sentence(
        language,
        "surge.evidence",
        bad=count_text(evidence["bad"]),
        answers=count_text(evidence["answers"]),
        usual=rate_text(evidence["usual"]),
    )


def _alarm(alarm: Mapping[str, Json], words: Words) -> str:
    day = day_of(datetime.fromisoformat(alarm["at"]), ZoneInfo(words.program.company.zone))
    return f"{day} · {_evidence(alarm, words.language)}"


def _delay(delay: Mapping[str, Json] | None, language: str) -> str:
    if delay is None:
        return ""
    return sentence(
        language,
        "surge.delay",
        answers=_about(delay["double_answers"]),
        weeks=_about(delay["double_weeks"]),
    )


def _about(value: float | None) -> str:
    return UNKNOWN if value is None else str(rounded(value))
