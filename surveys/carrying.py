"""Which analyses carry a filter: those whose rows hold its value (docs/decisions/0063)."""

from collections.abc import Iterable, Mapping
from typing import Final

from surveys.model import HANDLER, SEGMENT, Json
from surveys.program import Program

OF_ANSWERS: Final = ("trend", "paths", "repeat", "drivers", "reasons", "quadrant")
"""Analyses of answers, which hold the value of every filter."""

OF_ONE: Final = ("trend", "repeat")
"""Those of answers that carry one filter at a time: of weeks by two, a third filter would tell the rest apart."""

OF_EVENTS: Final = ("conversion",)
"""Analyses of events, which hold what the source told of the event."""


def carried(program: Program, filters: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of analyses that carry all of these filters."""
    holds, filters = frozenset(held(program)), tuple(filters)
    if len(filters) > 1:
        return tuple(kind for kind in OF_ANSWERS if kind not in OF_ONE)
    return (*OF_ANSWERS, *(OF_EVENTS if holds.issuperset(filters) else ()))


def held(program: Program) -> tuple[str, ...]:
    """Return the filters whose value an event holds: who handled the case, and segments that are a part of its data."""
    segments = (each.id for each in program.segments if each.data_path is not None)
    return (HANDLER, *(f"{SEGMENT}{name}" for name in segments))


def value_held(
    program: Program, name: str, handler: str | None, data: Mapping[str, Json]
) -> str | None:
    """Return an event's value of a filter; None where it holds none."""
    if name == HANDLER:
        return handler
    of_data = {f"{SEGMENT}{each.id}": each for each in program.segments if each.data_path}
    return of_data[name].value({}, data) if name in of_data else None
