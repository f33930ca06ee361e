"""What results are called, in each language: the catalogue ``results``."""

from surveys.language.texts import said
from surveys.results.query import OTHERS
from surveys.results.values import Change

CATALOGUE = "results"


def word(language: str, key: str, **values: str) -> str:
    """Return a sentence with its fields filled in; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)


def verdict_word(change: Change, language: str) -> str:
    """Return what a test allows to say, "" where nothing: better or worse in time, higher or lower than others."""
    kind = "others" if change.against == OTHERS else "verdict"
    return word(language, f"{kind}.{change.verdict}") if change.verdict else ""
