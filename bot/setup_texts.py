"""The sentences of the commands that set things up."""

from typing import Final

from surveys.language.josa import fill
from surveys.language.texts import template

CATALOGUE: Final = "setup"


def say(language: str, key: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    sentence = template(language, key, CATALOGUE)
    if sentence is None:
        raise KeyError(key)
    return fill(sentence, **values)
