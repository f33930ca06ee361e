"""What the program's parts and a filter's values are called in one language."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.console.asking import RATING
from bot.console.texts import named
from bot.console.texts import say as sentence
from surveys.instruments import QUESTIONS
from surveys.journey import say
from surveys.model import SEGMENT
from surveys.program import Program

SHEET = "/console/results.csv"
Kind = Literal["stage", "touchpoint"]
PATHS: dict[Kind, str] = {"stage": "/console/stages/", "touchpoint": "/console/touchpoints/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stage or touchpoint to go to."""

    kind: Kind
    id: str
    label: str

    @property
    def path(self) -> str:
        """Where its page is."""
        return PATHS[self.kind] + self.id


@dataclass(frozen=True, slots=True)
class Words:
    """Says what a filter's values are called in one language."""

    program: Program
    language: str

    @property
    def company(self) -> str:
        """Return the company's name."""
        return say(self.program.company.name, self.language, self.program.company.language)

    def name(self, name: str) -> str:
        """Return what the parameter is called."""
        segments = {f"{SEGMENT}{segment.id}": segment.label for segment in self.program.segments}
        if name in segments:
            return say(segments[name], self.language, self.program.company.language)
        return named(self.language, "filter", name)

    def value(self, name: str, value: str) -> str:
        """Return what a value of the parameter is called; an id that nothing names is itself."""
        if name in ("stage", "touchpoint"):
            return self.label(name, value)
        if name == "instrument":
            return QUESTIONS[value].short if value in QUESTIONS else value
        if name.startswith(SEGMENT) or name == "handler":
            return value or sentence(self.language, "unknown")
        if name == RATING and value.isdigit():
            return sentence(self.language, "rating.score", score=value)
        return named(self.language, name, value)

    def label(self, kind: str, place_id: str) -> str:
        """Return what a stage or touchpoint is called; one that the program no longer names is its id."""
        places = self.program.stages if kind == "stage" else self.program.touchpoints
        labels = {place.id: place.label for place in places}
        default = self.program.company.language
        return say(labels.get(place_id, {}), self.language, default) or place_id

    def chip(self, survey: str, reason: str, band: str = "") -> str:
        """Return what a reason of a survey is called below a score of the band.

        One id may be a lack below a low score and a merit below a high one. One that the band does not offer, as
        after a score was changed, is called as elsewhere in the survey; one that nothing offers is itself.
        """
        asked = [
            (name, asks)
            for each in self.program.surveys
            if each.id == survey
            for name, asks in each.reasons.items()
        ]
        own_last = sorted(asked, key=lambda each: each[0] == band)
        labels = {chip.id: chip.label for _, asks in own_last for chip in asks.chips}
        return say(labels.get(reason, {}), self.language, self.program.company.language) or reason

    def ratings(self, bands: Iterable[str]) -> str:
        """Return below which scores something reads as it does; "" where no bands are told apart."""
        return " · ".join(sentence(self.language, f"rating.{band}") for band in bands)

    def place(self, kind: Kind, place_id: str) -> Place:
        """Return a stage or touchpoint to go to."""
        return Place(kind=kind, id=place_id, label=self.label(kind, place_id))
