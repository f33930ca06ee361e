"""How one file is to be imported: what its columns mean, and what the file itself doesn't say."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from surveys.errors import InvalidInput, NotFound
from surveys.importing.columns import Column
from surveys.importing.instants import Order
from surveys.instruments import INSTRUMENTS, Instrument
from surveys.journey import Touchpoint
from surveys.model import Dimensions
from surveys.program import Program
from surveys.program.schema import STANDARD_WORDING

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
IMPORT: Final = "import"
"""The trigger, the survey and the channel of an imported answer where nothing else is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one import needs to know.

    Attributes:
        wording: names the series that the answers form.
        touchpoint: where all rows belong that name no place themselves; None where each must.
        zone: of times that name none. order: of dates whose year is last; None where it must show itself.
        serials: whether times are a spreadsheet's numbers of days.
        places: touchpoints by what a cell may call them: an id, a label, the id or label of a stage that has only one.
    """

    instrument: Instrument
    wording: str
    touchpoint: Touchpoint | None
    columns: tuple[Column, ...]
    zone: tzinfo
    order: Order | None
    places: Mapping[str, Touchpoint]
    serials: bool = False

    def dimensions(self, place: Touchpoint, channel: str, language: str) -> Dimensions:
        """Return the tags of an answer: imported ones are never mixed with ours, for their wording differs."""
        return Dimensions(
            trigger=IMPORT,
            survey=IMPORT,
            touchpoint=place.id,
            stage=place.stage,
            instrument=self.instrument.id,
            scale=self.instrument.scale,
            polarity=self.instrument.polarity,
            wording=self.wording,
            channel=channel,
            language=language,
        )


def places_of(program: Program) -> Mapping[str, Touchpoint]:
    """Return the touchpoints by every name that means one of them alone, without case."""
    found: dict[str, Touchpoint | None] = {}

    def name(text: str, point: Touchpoint) -> None:
        key = text.strip().casefold()
        found[key] = point if found.get(key, point) == point else None

    for stage in program.stages:
        points = [point for point in program.touchpoints if point.stage == stage.id]
        for point in points if len(points) == 1 else ():
            for text in (stage.id, *stage.label.values()):
                name(text, point)
    for point in program.touchpoints:
        for text in (point.id, *point.label.values()):
            name(text, point)
    return {text: point for text, point in found.items() if point is not None}


def checked_instrument(instrument_id: str | None, scale: str | None) -> Instrument:
    """Return the instrument; raises InvalidInput where none is named or the stated scale is another."""
    if instrument_id is None or instrument_id not in INSTRUMENTS:
        raise InvalidInput("instrument", f"must be one of {', '.join(INSTRUMENTS)}")
    kind = INSTRUMENTS[instrument_id]
    if scale is not None and scale != kind.scale:
        problem = f"{kind.id} is asked on {kind.scale}; answers on {scale} are none of it, and are never rescaled"
        raise InvalidInput("scale", problem)
    return kind


def checked_wording(wording: str | None, program: Program) -> str:
    """Return the wording; raises InvalidInput where it is missing, no name, or one that we ask in ourselves."""
    ours = {STANDARD_WORDING, *(each for survey in program.surveys for each in survey.wordings)}
    if not wording:
        raise InvalidInput(
            "wording", "name the wording of the question, e.g. --wording delighted-2024"
        )
    if wording in ours:
        raise InvalidInput(
            "wording", f"{wording!r} is a wording we ask in; imported answers need their own"
        )
    if not _SLUG.fullmatch(wording):
        raise InvalidInput("wording", "must be lower-case letters, digits and hyphens, at most 64")
    return wording


def checked_touchpoint(touchpoint: str | None, program: Program) -> Touchpoint | None:
    """Return the touchpoint of all rows, if one is named; raises InvalidInput for one that isn't there."""
    if touchpoint is None:
        return None
    try:
        return program.touchpoint(touchpoint)
    except NotFound as exc:
        known = ", ".join(point.id for point in program.touchpoints)
        raise InvalidInput("touchpoint", f"there is no {touchpoint!r}; there are: {known}") from exc


def missing_ends(kind: Instrument, seen: Collection[int]) -> bool:
    """Say whether the scores seen leave open which scale they are on: one of its ends never occurs."""
    return not {kind.low, kind.high} <= set(seen)
