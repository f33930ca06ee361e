"""The sentences of the commands that set things up."""

from typing import Final

from surveys.language.texts import said

CATALOGUE: Final = "setup"


def say(language: str, key: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)
