"""What every panel says first: when its numbers were worked out."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.console.moment import local
from surveys.model import Json
from surveys.program import Program
from surveys.stored_analyses import Analysis

Found = Mapping[tuple[str, str], Analysis]
"""Stored analyses by kind and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a panel's numbers are from; ``answers`` were read."""

    as_of: str
    as_of_utc: str
    since: str
    until: str


def stamp(analysis: Analysis, program: Program) -> Stamp:
    """Return when the analysis was worked out, in the company's zone, and of which days."""
    recipe: Mapping[str, Json] = analysis.content["recipe"]
    return Stamp(
        as_of=local(analysis.as_of, program.company.zone),
        as_of_utc=analysis.as_of.isoformat(timespec="minutes"),
        since=recipe["since"],
        until=recipe["until"],
    )


def places_of(line: Mapping[str, Json]) -> tuple[str | None, ...]:
    """Return the places whose line this is: a touchpoint, or the whole stage (None) with its only touchpoint."""
    return (None, line["only"]) if line["touchpoint"] is None else (line["touchpoint"],)
