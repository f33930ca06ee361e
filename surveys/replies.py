"""Typed answers: reads a rating out of a short text, and never guesses.

A bare number on the scale counts, with the everyday endings of both languages (``9``, ``9점이요``, ``9/10``,
``9 out of 10``) and full-width digits. A number off the scale, or over another maximum, is *unsure*; any
other text is *none*.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from surveys.instruments import Instrument

_RATING = re.compile(
    r"(?P<score>\d{1,4})\s*(?:점\s*(?:이요|이에요|입니다|요)?|(?:/|out of)\s*(?P<of>\d{1,4})\s*점?)?[\s.!~]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says: ``score`` is set only for ``rated``."""

    kind: Literal["rated", "unsure", "none"]
    score: int | None = None


def read(text: str, instrument: Instrument) -> Reading:
    """Return the rating that a typed text states on the instrument's scale."""
    match = _RATING.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return Reading(kind="none")
    score, of = int(match["score"]), match["of"]
    if not instrument.valid(score) or (of is not None and int(of) != instrument.high):
        return Reading(kind="unsure")
    return Reading(kind="rated", score=score)
