"""How a company writes down what its customers write about: a theme, its label and its words."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from surveys.journey import SLUG, Frozen, Label, Slug
from surveys.themes.phrases import LANGUAGES, fault_of

MOST_THEMES = 60
MOST_WORDS = 200


def _phrase_in(language: str) -> AfterValidator:
    def sound(phrase: str) -> str:
        problem = fault_of(phrase, language)
        if problem:
            raise ValueError(f"{phrase!r} {problem}")
        return phrase

    return AfterValidator(sound)


class _Phrases(Frozen):
    ko: tuple[Annotated[str, _phrase_in("ko")], ...] = ()
    en: tuple[Annotated[str, _phrase_in("en")], ...] = ()


def _sound(words: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return the words; each that is wrong is an error at its own place."""
    for language, phrases in words.items():
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise ValueError(f"there is no language {language!r}; there are: {known}")
        if len(phrases) > MOST_WORDS:
            raise ValueError(
                f"{language!r} has {len(phrases)} words; at most {MOST_WORDS} are kept"
            )
    _Phrases.model_validate(words)
    return words


Words = Annotated[Mapping[str, tuple[str, ...]], AfterValidator(_sound)]
ChipName = Annotated[str, Field(pattern=SLUG[:-1] + r"(/[a-z0-9][a-z0-9-]*)?$", max_length=96)]


class Theme(Frozen):
    """Something customers write about. One with the id of a built-in theme adds to that theme.

    Attributes:
        words: phrases by language, see surveys.themes.phrases.
        chips: reasons that mean the same, ``reason`` or ``survey/reason``.
        trouble: it names something that went wrong: said not to have happened, it isn't meant.
        instead: these words stand in place of the built-in ones; with none, the theme is off.
    """

    id: Slug
    label: Label | None = None
    words: Words = Field(default_factory=dict)
    chips: tuple[ChipName, ...] = ()
    trouble: bool | None = None
    instead: bool = False
