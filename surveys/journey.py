"""The customer journey: ordered stages, the touchpoints inside them, and texts per language."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Texts = Mapping[str, str]
"""One sentence in several languages, keyed by language, e.g. ``ko``."""

BUTTON_LABEL = 75
"""Characters on a button: Slack's limit for button texts; Telegram cuts longer ones on a phone."""
MESSAGE_TEXT = 1000
"""Characters of one sentence: Telegram takes 4096 and Slack 3000 a message, with room for the frame."""
SMALL_PRINT = 200
"""Characters of a line below a question."""


class Frozen(BaseModel):
    """Base of everything in the program file: immutable, no unknown keys, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _written(limit: int) -> AfterValidator:
    def check(texts: Texts) -> Texts:
        for language, text in texts.items():
            if not text.strip():
                raise ValueError(f"the text for {language!r} is empty")
            if len(text) > limit:
                raise ValueError(
                    f"the text for {language!r} has {len(text)} characters; at most {limit} fit"
                )
        return texts

    return AfterValidator(check)


Label = Annotated[Texts, _written(BUTTON_LABEL)]
Message = Annotated[Texts, _written(MESSAGE_TEXT)]
SmallPrint = Annotated[Texts, _written(SMALL_PRINT)]
SLUG = r"^[a-z0-9][a-z0-9-]*$"
Slug = Annotated[str, Field(pattern=SLUG, max_length=64)]


def say(texts: Texts, language: str, default: str) -> str:
    """Return the text in ``language``, else in ``default``, else in whatever language there is."""
    for wanted in (language, default):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()), "")


class Stage(Frozen):
    """A step of the journey. Its id never changes; a rename is a new label."""

    id: Slug
    label: Label


class Touchpoint(Frozen):
    """A moment inside a stage. Its id never changes; a rename is a new label."""

    id: Slug
    stage: Slug
    label: Label
