"""The messages of a customer's way through a survey, as one channel shows them in one language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.preview.screens import Picture, picture
from bot.preview.warnings import Flaw, Warned, flaws
from surveys.errors import InvalidInput
from surveys.model import Channel, Prompt
from surveys.program import Program, Survey
from surveys.rendering import Page, render

TOKEN: Final = "preview-preview-12345"  # noqa: S105 as long as a real one; opens nothing


class Step(StrEnum):
    """A message on the way: the question, the reason asked of each band, the end."""

    QUESTION = "question"
    LOW = "low"
    MID = "mid"
    HIGH = "high"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message.

    Attributes:
        picture: what is seen, with the payload; None for what the channel refuses to send.
        heading, hint: how many of the first and of the last lines are small print.
    """

    step: Step
    channel: Channel
    language: str
    picture: Picture | None
    heading: int
    hint: int
    warnings: tuple[Warned, ...]


def preview(program: Program, survey: Survey, language: str, channel: Channel) -> tuple[Shown, ...]:
    """Return the messages in the order of the way; a band that is asked for no reason has none.

    The survey need not be one of the program's, whose company asks and whose language it falls back on.
    """
    page = Page(program=program, survey=survey, language=language, token=TOKEN)
    return tuple(_shown(step, channel, prompt) for step, prompt in _prompts(page))


def opening(program: Program, survey: Survey, language: str, channel: Channel) -> Shown:
    """Return the question alone."""
    page = Page(program=program, survey=survey, language=language, token=TOKEN)
    return _shown(Step.QUESTION, channel, render(page, "question", {}))


def _prompts(page: Page) -> Iterator[tuple[Step, Prompt]]:
    yield Step.QUESTION, render(page, "question", {})
    for step, score in _scores(page).items():
        if step.value in page.survey.reasons:
            yield step, render(page, "reason", {"score": score})
    yield Step.THANKS, render(page, "thanks", {})


def _scores(page: Page) -> Mapping[Step, int]:
    """Return a score of each band."""
    scale = page.instrument
    return {Step(scale.band(score)): score for score in scale.scores}


def _shown(step: Step, channel: Channel, prompt: Prompt) -> Shown:
    drawn, warned = _drawn(channel, prompt)
    return Shown(
        step=step,
        channel=channel,
        language=prompt.language,
        picture=drawn,
        heading=1 if prompt.heading else 0,
        hint=len(prompt.hint.split("\n")) if prompt.hint else 0,
        warnings=warned,
    )


def _drawn(channel: Channel, prompt: Prompt) -> tuple[Picture | None, tuple[Warned, ...]]:
    try:
        drawn = picture(channel, prompt)
    except InvalidInput as refusal:
        return None, (Warned(flaw=Flaw.UNSENDABLE, what=str(refusal)),)
    return drawn, tuple(flaws(channel, drawn))
