"""What a template is made of, and what every one of them must keep to."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from surveys.journey import Frozen, Label, Message, Slug, Touchpoint
from surveys.program import Survey, Trigger

INDUSTRIES: Final = ("commerce", "saas", "travel", "food", "finance")
STAGES: Final = ("awareness", "consideration", "purchase", "retention", "advocacy")
"""The stages that templates are made for: those of the default program."""

LANGUAGES: Final = ("ko", "en")
PHONE_LABEL: Final = 32
"""Characters on a chip that a phone of 360 px shows in one row, in Latin letters; half as many in Hangul."""


class Template(Frozen):
    """One survey for one moment of a trade. Its texts may name ``{company}``, in Korean with a particle.

    Attributes:
        id: names it on the command line; its trigger has the same id.
        title: what it asks, for whoever chooses.
        purpose: when it is of use, and when it asks.
    """

    id: Slug
    title: Label
    purpose: Message
    touchpoint: Touchpoint
    survey: Survey
    trigger: Trigger

    @property
    def stage(self) -> str:
        """The stage that it is made for."""
        return self.touchpoint.stage

    @property
    def event(self) -> str:
        """The type of the event that starts it."""
        return self.trigger.on or ""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        stated = (self.trigger.id, self.trigger.survey, self.trigger.touchpoint)
        if stated != (self.id, self.survey.id, self.touchpoint.id):
            raise ValueError(
                "the trigger must bear the template's id and name its survey and place"
            )
        if not self.survey.id.startswith(f"{self.id}-"):
            raise ValueError("the survey's id must begin with the template's")
        if self.stage not in STAGES:
            raise ValueError(f"there is no stage {self.stage!r}")
        return self

    @model_validator(mode="after")
    def _asks_properly(self) -> Self:
        """No reward, as KISA's FAQ 1365 asks of what is no advertising; a reason for every band; texts that fit."""
        if self.survey.incentive != "none":
            raise ValueError("a template promises no reward")
        if set(self.survey.reasons) != {"low", "mid", "high"}:
            raise ValueError("a template asks for a reason in every band")
        if not self.event:
            raise ValueError("an event must start it")
        for texts in _texts(self):
            if set(texts) != set(LANGUAGES):
                raise ValueError(f"every text must be there in {', '.join(LANGUAGES)}")
        for label in _chips(self.survey):
            if _width(label) > PHONE_LABEL:
                raise ValueError(f"{label!r} is too wide for a phone")
        return self


class Industry(Frozen):
    """The templates of one trade, in the order of the stages."""

    id: Slug
    label: Label
    templates: Annotated[tuple[Template, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _covers_the_journey(self) -> Self:
        if tuple(each.stage for each in self.templates) != STAGES:
            raise ValueError(f"there must be one template for each of {', '.join(STAGES)}")
        for each in self.templates:
            if not each.id.startswith(f"{self.id}-"):
                raise ValueError(f"{each.id!r} must begin with {self.id!r}")
        return self


def _texts(template: Template) -> Iterator[Mapping[str, str]]:
    survey = template.survey
    yield from (template.title, template.purpose, template.touchpoint.label, survey.about)
    yield from (texts for texts in (survey.question, survey.thanks) if texts is not None)
    for reason in survey.reasons.values():
        yield reason.question
        yield from (chip.label for chip in reason.chips)


def _chips(survey: Survey) -> Iterator[str]:
    for reason in survey.reasons.values():
        yield from (text for chip in reason.chips for text in chip.label.values())


def _width(label: str) -> int:
    """Return the width in Latin letters; a syllable of Hangul is as wide as two."""
    return sum(2 if "\uac00" <= character <= "\ud7a3" else 1 for character in label)
