"""What a digest says: results in words and in one language, before any platform's form."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.digests.plan import Digest
from surveys.instruments import instrument
from surveys.journey import say as pick_text
from surveys.language.texts import said
from surveys.program import Program
from surveys.results import Change, ResultTable, Row, Window
from surveys.results.comparable import told
from surveys.results.display import (
    change_interval_text,
    change_text,
    count_text,
    interval_text,
    rate_text,
    score_text,
    spark_text,
)
from surveys.results.query import OTHERS

CATALOGUE = "digest"


class Tone(StrEnum):
    """Which way a change points; said in a word and a sign, never by colour alone."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the results. ``note`` stands in place of the figures where there are none to show."""

    place: str
    name: str
    score: str
    interval: str
    answers: str
    rate: str
    hint: str
    note: str
    spark: str
    change: str
    tone: Tone
    pain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A digest in one language. ``notice`` says that it comes late, or "". ``link`` opens the console, or ""."""

    language: str
    title: str
    company: str
    period: str
    compared: str
    notice: str
    lines: tuple[Line, ...]
    foot: str
    link: str

    def say(self, key: str, **values: str) -> str:
        """Return one of the digest's own sentences."""
        return say(self.language, key, **values)


def say(language: str, key: str, **values: str) -> str:
    """Return a sentence, its fields filled in; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)


def content_of(
    digest: Digest, table: ResultTable, program: Program, *, late: datetime | None, link: str
) -> Content:
    """Put the results into words; ``late`` is when it should have been sent, where that was well before."""
    language, zone = digest.language, ZoneInfo(digest.zone)
    wanted = [row for row in table.rows if not digest.stages or row.stage in digest.stages]
    return Content(
        language=language,
        title=digest.title or say(language, "title"),
        company=pick_text(program.company.name, language, program.company.language),
        period=_span(language, table.window),
        compared=_compared(language, table.compared),
        notice="" if late is None else say(language, "late", at=_moment(late, zone)),
        lines=tuple(_line(row, language) for row in wanted if _is_asked(row)),
        foot=say(language, "foot", at=_moment(table.as_of, zone)),
        link=link,
    )


def _compared(language: str, window: Window | None) -> str:
    return "" if window is None else say(language, "compared", span=_span(language, window))


def _spark(row: Row) -> str:
    """Return the weeks as bars; "" where fewer than two of them are shown, since one tells nothing."""
    shown = [point for point in row.spark if point.value is not None]
    return spark_text(row.instrument, row.spark) if len(shown) > 1 else ""


def _is_asked(row: Row) -> bool:
    """Say whether anybody was asked: a row of plans alone is no news."""
    return row.n is not None or bool(row.invited) or row.answered != 0


def _line(row: Row, language: str) -> Line:
    kind = instrument(row.instrument)
    label = row.labels.touchpoint or row.labels.stage
    shown = row.n is not None
    return Line(
        place=pick_text(label, language, language),
        name=kind.short + (f" · {row.wording}" if row.wordings_differ else ""),
        score=score_text(row),
        interval=interval_text(row) if shown else "",
        answers=say(language, "answers", n=count_text(row.n)) if shown else "",
        rate=say(language, "rate", rate=rate_text(row.response_rate)) if shown else "",
        hint=say(language, "hint") if row.indicative else "",
        note="" if shown else say(language, "waiting" if row.answered == 0 else "few"),
        spark=_spark(row),
        change=_change(row, language),
        tone=_tone(row.change),
        pain=_pain(row, language),
    )


def _pain(row: Row, language: str) -> str:
    if row.pain is None:
        return ""
    reason = pick_text(row.pain.label, language, language)
    return say(language, "pain", reason=reason, count=count_text(row.pain.count))


def _change(row: Row, language: str) -> str:
    change = row.change
    if change is None or row.n is None:
        return ""
    if change.refused:
        causes = (told(code, language) for code in change.refused)
        return say(language, "refused", causes=" ".join(causes))
    if change.difference is None:
        return ""
    word = change.verdict or ("look" if change.look else "plain")
    notes = (told(code, language) for code in change.notes)
    kind = "others" if change.against == OTHERS and word != "look" else "change"
    return " · ".join([say(language, f"{kind}.{word}", change=_difference(change)), *notes])


def _difference(change: Change) -> str:
    """Return ``+5 (-2 – +12)``: points of the score's own unit."""
    interval = "" if change.low is None else f" ({change_interval_text(change)})"
    return f"{change_text(change)}{interval}"


def _tone(change: Change | None) -> Tone:
    if change is None or change.verdict is None:
        return Tone.NONE
    return Tone(change.verdict)


def _span(language: str, window: Window) -> str:
    return say(language, "span", since=str(window.since), until=str(window.until))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
