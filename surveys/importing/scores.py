"""Reads a score as another tool writes it: the number itself, or the number before its label. Never rescaled."""

import re
import unicodedata
from typing import Final

from surveys.importing.causes import BadCell

_WHOLE: Final = re.compile(r"(\d{1,4})(?:\.0+)?")
_LABELLED: Final = re.compile(r"(\d{1,2})(?:\.0+)?\s*(?:점|[-–—:.)(]\s*\D.*)")
_OF: Final = re.compile(r"(\d{1,2})\s*/\s*(\d{1,3})")


def whole(cell: str) -> int | None:
    """Return a whole number written in digits, ``9.0`` too; None for anything else."""
    match = _WHOLE.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    return int(match[1]) if match else None


def read_score(cell: str, low: int, high: int) -> int:
    """Return the score; raises BadCell saying what is wrong with it."""
    text = unicodedata.normalize("NFKC", cell).strip()
    score = whole(text)
    fraction, labelled = _OF.fullmatch(text), _LABELLED.fullmatch(text)
    if fraction and int(fraction[2]) == high:
        score = int(fraction[1])
    elif labelled:
        score = int(labelled[1])
    if not text:
        raise BadCell("empty")
    if score is None:
        raise BadCell("whole")
    if not low <= score <= high:
        raise BadCell("scale", low=low, high=high)
    return score
