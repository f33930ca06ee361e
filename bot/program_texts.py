"""The sentences of the commands that change a program."""

from typing import Final

from surveys.language.texts import said

CATALOGUE: Final = "program"


def say(language: str, key: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)
