"""Which events a condition would have let through lately: counted on those stored, as a rehearsal counts them.

Both count events that were received in so many whole days, and both take a value that is not there for one that does
not meet its comparison; ``gaps`` say where that is so, and of how many events nobody knows what they said.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from pydantic import TypeAdapter, ValidationError

from surveys.conditions import Condition, Evaluation, Gap, Gaps, evaluate, paths
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.seen_events import SeenEvent, SeenField, SeenType, fields_of
from surveys.service.context import Context
from surveys.service.stored_fields import stored_fields
from surveys.timing import begin_of

LATELY: Final = 30
"""Whole days, ending with today."""
LOOKED_AT: Final = 2_000
"""Events of a type that are looked at, the newest; their data take some 20 us each."""

_CONDITION: Final[TypeAdapter[Condition]] = TypeAdapter(Condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """How many events a condition lets through.

    Attributes:
        of: how many were looked at, of those received from ``since`` up to ``until``.
        is_all: whether these were all; otherwise the newest.
        gaps: fields that some of them lack, or that were not stored when they came.
        unfit: comparisons that met values of another type, as they are told.
    """

    since: datetime
    until: datetime
    matched: int
    of: int
    is_all: bool
    gaps: tuple[Gap, ...] = ()
    unfit: tuple[str, ...] = ()


def seen_types(tx: UnitOfWork, ctx: Context) -> tuple[SeenType, ...]:
    """Return the types of events that came lately."""
    return tx.seen_events.types(_since(ctx))


def lately(tx: UnitOfWork, ctx: Context, event_type: str) -> tuple[SeenEvent, ...]:
    """Return the newest events of a type, one more than are looked at where there are more."""
    return tx.seen_events.newest(event_type, _since(ctx), LOOKED_AT + 1)


def seen_fields(came: Sequence[SeenEvent]) -> tuple[SeenField, ...]:
    """Return the fields of these events."""
    return fields_of([each.data for each in came[:LOOKED_AT]])


def sound(raw: Json) -> Condition | None:
    """Return the condition that is written so; None for one that has faults."""
    try:
        return _CONDITION.validate_json(json.dumps(raw))
    except ValidationError:
        return None


def count(
    tx: UnitOfWork, ctx: Context, came: Sequence[SeenEvent], condition: Condition | None
) -> Matches:
    """Return how many of the events a condition lets through: all of them where there is none."""
    looked_at = came[:LOOKED_AT]
    verdicts = [evaluate(condition, each.data) for each in looked_at] if condition else []
    unfit = dict.fromkeys(warning for verdict in verdicts for warning in verdict.warnings)
    return Matches(
        since=_since(ctx),
        until=ctx.now(),
        matched=sum(each.holds for each in verdicts) if condition else len(looked_at),
        of=len(looked_at),
        is_all=len(came) <= LOOKED_AT,
        gaps=_gaps(tx, ctx, condition, looked_at, verdicts) if condition else (),
        unfit=tuple(unfit)[:3],
    )


def _since(ctx: Context) -> datetime:
    return begin_of(LATELY, ctx.now(), ctx.program.company.zone)


def _gaps(
    tx: UnitOfWork,
    ctx: Context,
    condition: Condition,
    came: Sequence[SeenEvent],
    verdicts: Sequence[Evaluation],
) -> tuple[Gap, ...]:
    """Return what is to be known of fields that are not there; most conditions' fields are."""
    if not any(value is None for verdict in verdicts for value in verdict.seen.values()):
        return ()
    stored = stored_fields(tx, ctx, _since(ctx))
    gaps, fields = Gaps(), paths(condition)
    for event, verdict in zip(came, verdicts, strict=True):
        gaps.look(fields, verdict.seen, partial(stored.had, event.received_at))
    return gaps.told()
