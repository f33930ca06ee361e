"""Reads a score as another tool writes it: the number, the number beside its label, or the scale's own words and stars.

Words are read by the reader of typed answers (surveys.replies), which reads exactly one score or none. Never rescaled.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from surveys.importing.causes import BadCell
from surveys.instruments import Instrument
from surveys.replies import Reading
from surveys.replies import read as read_typed

_WHOLE: Final = re.compile(r"(\d{1,4})(?:\.0+|,00?)?")
"""A comma is one of decimals before at most two zeros: ``9,000`` may be nine thousand."""

_LABELLED: Final = re.compile(r"(\d{1,2})(?:\.0+)?\s*(?:점|[-–—:.)(]\s*\D.*)")
_DECIMALS: Final = re.compile(r"(?<=\d)\.0+(?!\d)")
_SIGNED: Final = re.compile(r"\s*[-+−]")  # noqa: RUF001 the minus sign of mathematics, as people type it
_STARS: Final = re.compile(r"([★⭐]+)([☆]*)")
_HOLLOW: Final = "☆"
_LONGEST: Final = 60
"""Characters of a cell that may be the words of a scale; a longer one is a comment."""


@lru_cache(maxsize=4096)
def _read(text: str, kind: Instrument) -> Reading:
    """Read a text once: a column of words says the same few of them a million times."""
    return read_typed(text, kind)


def whole(cell: str) -> int | None:
    """Return a whole number written in digits, ``9.0`` and ``9,0`` too; None for anything else."""
    match = _WHOLE.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    return int(match[1]) if match else None


def read_score(cell: str, kind: Instrument) -> int:
    """Return the score; raises BadCell saying what is wrong with it."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text:
        raise BadCell("empty")
    score = whole(text)
    if score is None:
        score = _labelled(text, kind)
    if score is None:
        score = _worded(text, kind)
    if score is None:
        raise BadCell("whole")
    if not kind.valid(score):
        raise BadCell("scale", low=kind.low, high=kind.high)
    return score


def in_words(cell: str) -> bool:
    """Say whether a score was read from more than its digits."""
    return whole(cell) is None


def _labelled(text: str, kind: Instrument) -> int | None:
    """Return the number before its label; raises BadCell where the label says the other end of the scale."""
    match = _LABELLED.fullmatch(text)
    if match is None:
        return None
    if len(text) <= _LONGEST and _read(text, kind).rule == "contradiction":
        raise BadCell("contradiction")
    return int(match[1])


def _worded(text: str, kind: Instrument) -> int | None:
    """Return the one score that words, a ratio or stars say on the instrument's own scale."""
    if len(text) > _LONGEST or _SIGNED.match(text):
        return None
    reading = _read(_DECIMALS.sub("", text), kind)
    if reading.rule == "contradiction":
        raise BadCell("contradiction")
    return reading.score if _are_of(text, kind) else None


def _are_of(text: str, kind: Instrument) -> bool:
    """Say whether the stars of a text, if it has any, are as many as the scale has: ``★★★☆`` is three of four."""
    if _HOLLOW not in text:
        return True
    stars = _STARS.fullmatch("".join(text.split()))
    return stars is not None and len(stars[1]) + len(stars[2]) == kind.high
