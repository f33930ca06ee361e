"""How a company writes down what its customers write about: a theme, its label and its words."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from surveys.journey import SLUG, Frozen, Label, Slug
from surveys.themes.phrases import fault_of

MOST_THEMES = 60
MOST_WORDS = 200


def _sound(words: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for language, phrases in words.items():
        if len(phrases) > MOST_WORDS:
            raise ValueError(
                f"{language!r} has {len(phrases)} words; at most {MOST_WORDS} are kept"
            )
        for phrase in phrases:
            problem = fault_of(phrase, language)
            if problem:
                raise ValueError(f"the word {phrase!r} for {language!r} {problem}")
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
