"""Scores, clocks and where a consent came from, as somebody reads them who has never seen a code of ours."""

from datetime import datetime
from typing import Final

from babel.core import get_global
from babel.dates import get_timezone_gmt, get_timezone_location

from bot.console.people_texts import CATALOGUE, say
from surveys.instruments import QUESTIONS
from surveys.language.texts import template
from surveys.model import Channel
from surveys.timing import zone_of

_PROOFS: Final = ("link", "ask", "scan", *map(str, Channel))
"""What a proof of ours begins with, a message's with its channel (surveys.service.ledger)."""
_NOWHERE: Final = "ZZ"
"""CLDR's territory of a zone that is no place, as those of a fixed distance."""


def score_in_words(instrument: str, score: int, language: str) -> str:
    """Return a score with its scale, e.g. ``5 of 1–7``; a word where the scale has words, the bare number of none known."""
    kind = QUESTIONS.get(instrument)
    if kind is None or not kind.valid(score):
        return str(score)
    if kind.words:
        return kind.wording(language).labels[score - kind.low]
    values = {"score": str(score), "low": str(kind.low), "high": str(kind.high)}
    return say(language, "score.of", **values)


def instrument_in_words(instrument: str, language: str) -> str:
    """Return what an instrument is called for short: one that has words is called by what it asks."""
    kind = QUESTIONS.get(instrument)
    if kind is None:
        return instrument
    return say(language, f"instrument.{kind.id}") if kind.words else kind.short


def zone_in_words(name: str, language: str, at: datetime) -> str:
    """Return a time zone by its place and how far it is from UTC then; one that is no place by that alone.

    A name that nobody knows is told as it is.
    """
    zone, unknown = zone_of(name, "UTC")
    if unknown:
        return name
    offset = get_timezone_gmt(at.astimezone(zone), locale="en").replace("GMT", "UTC")
    if get_global("zone_territories").get(zone.key, _NOWHERE) == _NOWHERE:
        return offset
    return f"{get_timezone_location(zone, locale=language)} ({offset})"


def source_in_words(source: str, language: str) -> str:
    """Return where a consent came from; a source that the company named itself is told as such."""
    known = template(language, f"source.{source}", CATALOGUE)
    return known or say(language, "source.company", source=source)


def proof_in_words(proof: str, language: str) -> str:
    """Return what kind of thing shows that she said so; "" for one that the company named itself."""
    kind, _, _ = proof.partition(":")
    return say(language, f"proof.{kind}") if kind in _PROOFS else ""
