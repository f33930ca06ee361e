"""What results are called, in each language: the catalogue ``results``."""

from surveys.language.texts import said

CATALOGUE = "results"


def word(language: str, key: str, **values: str) -> str:
    """Return a sentence with its fields filled in; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)
