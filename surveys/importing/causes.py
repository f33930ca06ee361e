"""Why something of a file can't be taken in: by key, so that each language says it in words of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from surveys.language.josa import fill
from surveys.language.texts import template

CATALOGUE: Final = "text"
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause; its text is English, for scripts and logs, unless a language is asked for."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str) -> str:
        """Return the cause in a language; raises KeyError where the catalogue lacks it."""
        sentence = template(language, f"import.cause.{self.key}", CATALOGUE)
        if sentence is None:
            raise KeyError(self.key)
        return fill(sentence, **self.values)

    def __str__(self) -> str:
        return self.said(ENGLISH)


class BadCell(ValueError):
    """A cell says nothing that we can store."""

    def __init__(self, key: str, **values: object) -> None:
        self.cause = Cause(key, {name: str(value) for name, value in values.items()})
        super().__init__(key)

    def __str__(self) -> str:
        return str(self.cause)
