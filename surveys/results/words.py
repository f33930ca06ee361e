"""What results are called, in each language: the catalogue ``results``."""

from surveys.language.josa import fill
from surveys.language.texts import template

CATALOGUE = "results"


def word(language: str, key: str, **values: str) -> str:
    """Return a sentence with its fields filled in; raises KeyError for an unknown key."""
    sentence = template(language, key, CATALOGUE)
    if sentence is None:
        raise KeyError(key)
    return fill(sentence, **values)
