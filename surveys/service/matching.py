"""Which events a condition would have let through lately: counted on those stored, and unknown where they cannot tell."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from surveys.conditions import Condition, evaluate, paths
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.seen_events import SeenField, SeenType, fields_of

LATELY: Final = timedelta(days=30)
LOOKED_AT: Final = 2_000
"""Events of a type that are looked at, the newest; their data take some 20 us each."""

_CONDITION: Final[TypeAdapter[Condition]] = TypeAdapter(Condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """How many events a condition lets through.

    Attributes:
        of: how many were looked at, of ``LATELY``.
        is_all: whether these were all; otherwise the newest.
        unkept: fields of the condition that the program in force does not keep, so that nothing can be told of them.
        unfit: comparisons that met values of another type, as they are told.
    """

    matched: int
    of: int
    is_all: bool
    unkept: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


def seen_types(tx: UnitOfWork, now: datetime) -> tuple[SeenType, ...]:
    """Return the types of events that came lately."""
    return tx.seen_events.types(now - LATELY)


def lately(tx: UnitOfWork, event_type: str, now: datetime) -> tuple[Mapping[str, Json], ...]:
    """Return the data of the newest events of a type, one more than are looked at where there are more."""
    return tx.seen_events.data(event_type, now - LATELY, LOOKED_AT + 1)


def seen_fields(data: Sequence[Mapping[str, Json]]) -> tuple[SeenField, ...]:
    """Return the fields of these events."""
    return fields_of(data[:LOOKED_AT])


def count(program: Program, data: Sequence[Mapping[str, Json]], condition: Json) -> Matches | None:
    """Return how many of the events a condition lets through; None for one that has faults."""
    try:
        sound = _CONDITION.validate_json(json.dumps(condition)) if condition is not None else None
    except ValidationError:
        return None
    looked_at = data[:LOOKED_AT]
    verdicts = [evaluate(sound, each) for each in looked_at] if sound else []
    unfit = dict.fromkeys(warning for verdict in verdicts for warning in verdict.warnings)
    return Matches(
        matched=sum(verdict.holds for verdict in verdicts) if sound else len(looked_at),
        of=len(looked_at),
        is_all=len(data) <= LOOKED_AT,
        unkept=unkept(program, sound) if sound else (),
        unfit=tuple(unfit)[:3],
    )


def unkept(program: Program, condition: Condition) -> tuple[str, ...]:
    """Return the fields of a condition that the program does not keep."""
    return tuple(".".join(path) for path in paths(condition) if not _keeps(program, path))


def _keeps(program: Program, path: tuple[str, ...]) -> bool:
    """Say whether events are stored with what stands at a path."""
    data: Json = True
    for name in reversed(path):
        data = {name: data}
    return bool(program.kept(data))
