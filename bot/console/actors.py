"""Who did something, as the audit trail names them, in words: a person by her name, a part of the system as what it is."""

from collections.abc import Mapping
from typing import Final

from surveys.language.texts import said, template

CATALOGUE: Final = "deeds"
_PREFIX: Final = "actor."
SYSTEMS: Final = ("start", "console", "aftertouch", "nobody", "customer")
"""Whom the trail names by a word of its own."""


def actor_in_words(language: str, by: str, names: Mapping[str, str] | None = None) -> str:
    """Return who it was; ``names`` has what members of the staff are called, by what the trail calls them.

    Whom we have no words for is told as the trail does.
    """
    if names and by in names:
        return names[by]
    kind, _, name = by.partition(":")
    if not name:
        return template(language, f"{_PREFIX}{by}", CATALOGUE) or by
    known = template(language, f"{_PREFIX}of.{kind}", CATALOGUE) is not None
    return said(CATALOGUE, language, f"{_PREFIX}of.{kind}", name=name) if known else by
