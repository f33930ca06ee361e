"""What staff read in Slack."""

from typing import Final

from surveys.language.josa import fill
from surveys.language.texts import template

CATALOGUE: Final = "team"


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence, its ``{name}`` fields filled in; raises KeyError for an unknown key."""
    sentence = template(language, key, CATALOGUE)
    if sentence is None:
        raise KeyError(key)
    return fill(sentence, **values)
