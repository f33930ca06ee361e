"""What staff read in Slack."""

from typing import Final

from surveys.language.texts import said

CATALOGUE: Final = "team"


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence, its ``{name}`` fields filled in; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)
