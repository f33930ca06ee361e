"""Events: who comes to which stage, who goes on to the next, and who comes back."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from surveys.analyses.ages import HORIZONS, judged, judged_beside
from surveys.analyses.columns import Column, Frame, first, within
from surveys.analyses.cut import Cut
from surveys.analyses.measuring import blanked, indicative, rate_json
from surveys.model import Json
from surveys.program import Program, Trigger
from surveys.statistics import HIDDEN_BELOW


def conversion(
    frame: Frame, program: Program, k: int = HIDDEN_BELOW, cut: Cut | None = None
) -> dict[str, Json]:
    """Return the content: steps from stage to stage, and coming back to each.

    With a cut it is of those whose first event at the stage is of its part; what they come to is of any.
    """
    events = {stage.id: started_by(frame, program, stage.id) for stage in program.stages}
    told = [stage for stage, rows in events.items() if len(rows)]
    return {
        "steps": [
            _share(frame, events[before], events[after], days, k, cut, converted=(before, after))
            for before, after in pairwise(told)
            for days in HORIZONS
        ],
        "retention": [
            _share(frame, events[stage], events[stage], days, k, cut, returned=stage)
            for stage in told
            for days in HORIZONS
        ],
    }


def started_by(frame: Frame, program: Program, stage: str) -> Column:
    """Return the events by which a stage's asks are started, each occasion of a customer once, oldest first."""
    points = {point.id for point in program.touchpoints if point.stage == stage}
    at_stage = [trigger for trigger in program.triggers if trigger.touchpoint in points]
    picked = np.zeros(len(frame.events), dtype=bool)
    for trigger in at_stage:
        picked |= _starting(frame, trigger)
    return _once_per_occasion(frame.events[picked])


def _starting(frame: Frame, trigger: Trigger) -> Column:
    """Mark the events that start a trigger; with ``occurrence`` only a customer's n-th occasion of the type."""
    held = [number for number, names in enumerate(frame.held) if trigger.id in names]
    marked: Column = np.isin(frame.events["held"], held)
    if trigger.occurrence is None or not marked.any():
        return marked
    marked &= _ordinals(frame, trigger.on or "") == trigger.occurrence
    return marked


def _ordinals(frame: Frame, kind: str) -> Column:
    """Number each customer's distinct occasions of a type from 1, in time; 0 for other types and for repeats."""
    ordinals = np.zeros(len(frame.events), dtype=int)
    of_type = np.flatnonzero(frame.events["type"] == frame.types.index(kind))
    rows = frame.events[of_type]
    _, earliest = np.unique(rows[["subject", "occasion"]], return_index=True)
    earliest.sort()
    subjects = rows["subject"][earliest]
    order = np.argsort(subjects, kind="stable")
    sorted_subjects = subjects[order]
    starts = np.searchsorted(sorted_subjects, sorted_subjects)
    ranks = np.empty(len(order), dtype=int)
    ranks[order] = np.arange(len(order)) - starts + 1
    ordinals[of_type[earliest]] = ranks
    return ordinals


def _once_per_occasion(rows: Column) -> Column:
    _, places = np.unique(rows[["subject", "occasion"]], return_index=True)
    once: Column = rows[np.sort(places)]
    return once


def _share(
    frame: Frame,
    before: Column,
    after: Column,
    days: int,
    k: int,
    cut: Cut | None,
    *,
    converted: Sequence[str] = (),
    returned: str = "",
) -> dict[str, Json]:
    """Say how many customers come within the days after their first event, of those whose days are over."""
    firsts = first(before)
    found = judged_beside(frame, firsts, days, k, cut) if cut else judged(frame, firsts, days, k)
    n, hits = len(found.rows), int(within(found.rows, after, days).sum())
    step = {"from": converted[0], "to": converted[1]} if converted else {"stage": returned}
    cell = {
        "customers": n,
        "converted" if converted else "returned": hits,
        "rate": rate_json(hits, n),
        "indicative": indicative(n),
    }
    return {
        **step,
        "days": days,
        "too_recent": found.too_recent,
        **blanked(cell, hidden=found.is_hidden, keep=()),
    }
