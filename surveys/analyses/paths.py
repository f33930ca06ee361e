"""The same people from one stage to the next: how their scores change, and where they leave."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from surveys.analyses.ages import HORIZONS, judged
from surveys.analyses.beside import NOBODY_BESIDE, Beside, tells_few
from surveys.analyses.columns import (
    DAY,
    Column,
    Frame,
    Spot,
    first,
    newest,
    preceding,
    within,
)
from surveys.analyses.going import started_by
from surveys.analyses.measuring import (
    BANDS,
    bare,
    blanked,
    estimate_json,
    in_band,
    indicative,
    percent_of_scale,
)
from surveys.analyses.spots import main_spots
from surveys.instruments import Instrument
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW, Estimate
from surveys.statistics.clustering import FEWEST_CUSTOMERS
from surveys.statistics.distributions import critical_t
from surveys.statistics.suppression import hide_table, small

_Asked = tuple[str, tuple[Spot, ...]]
"""A stage, and where it is asked."""

FATES: Final = ("answered", "silent", "unasked", "gone")


def paths(
    frame: Frame, program: Program, k: int = HIDDEN_BELOW, beside: Beside = NOBODY_BESIDE
) -> dict[str, Json]:
    """Return the content: one step for each two neighbouring stages where the same kind of thing is asked.

    Under a filter there are no fates: whoever came to the next stage came there under no filter. Of two filters the
    steps are everybody's: a step that is not there would tell that nobody has both values.
    """
    of_two = beside.wholes[: int(beside.crossed)]
    spots = {
        stage.id: next(filter(None, (main_spots(each, stage.id) for each in (frame, *of_two))), ())
        for stage in program.stages
    }
    return {
        "steps": [
            _step(frame, program, before, after, k, beside)
            for before, after in pairwise(spots.items())
            if before[1] and after[1]
        ]
    }


def _step(
    frame: Frame, program: Program, left: _Asked, came: _Asked, k: int, beside: Beside
) -> dict[str, Json]:
    (before, old), (after, new) = left, came
    pairs_old, pairs_new = _pairs(frame, old, new)
    sizes = [len(pairs_new), *(len(_pairs(other, old, new)[1]) for other in beside.frames)]
    own = pairs_old["ident"] ^ pairs_new["ident"]
    wholes = [_pairs(whole, old, new) for whole in beside.wholes]
    is_few = any(tells_few(own, was["ident"] ^ then["ident"], k) for was, then in wholes)
    is_hidden = small(sizes[0], k) or beside.hides(sizes, k) or is_few
    changed = _changed(old[0].kind, new[0].kind, pairs_old, pairs_new)
    fates = () if beside.narrows else HORIZONS
    firsts = first(frame.at(old))
    return {
        "from": before,
        "to": after,
        "from_instrument": old[0].instrument,
        "to_instrument": new[0].instrument,
        "same_instrument": old[0].series == new[0].series,
        **blanked(changed, hidden=is_hidden, keep=()),
        "fates": [_fates(frame, program, firsts, old[0].kind, after, days, k) for days in fates],
    }


def _pairs(frame: Frame, old: Sequence[Spot], new: Sequence[Spot]) -> tuple[Column, Column]:
    """Return each customer's newest answer at a stage, behind her last one at the stage before, within 90 days."""
    earlier, latest = frame.at(old), newest(frame.at(new))
    places = preceding(latest, earlier)
    met = places >= 0
    before, after = earlier[places[met]], latest[met]
    soon = after["at"] - before["at"] <= HORIZONS[-1] * DAY
    return before[soon], after[soon]


def _changed(old: Instrument, new: Instrument, before: Column, after: Column) -> dict[str, Json]:
    was = percent_of_scale(old, before["score"])
    came = percent_of_scale(new, after["score"])
    n = len(came)
    change = paired(came - was)
    return {
        "customers": n,
        "before": float(np.mean(was)) if n else None,
        "after": float(np.mean(came)) if n else None,
        "change": estimate_json(change) or (bare(float(np.mean(came - was))) if n else None),
        "indicative": indicative(n),
    }


def paired(differences: Column) -> Estimate | None:
    """Return the mean of one difference per customer with Student's t interval.

    None of fewer than eight, and where all are the same: nothing says then how much they could differ.
    """
    n = len(differences)
    if n < FEWEST_CUSTOMERS or np.ptp(differences) == 0:
        return None
    mean = float(np.mean(differences))
    half = critical_t(0.95, n - 1) * float(np.std(differences, ddof=1)) / np.sqrt(n)
    return Estimate(value=mean, low=float(mean - half), high=float(mean + half), method="paired_t")


def _fates(
    frame: Frame, program: Program, firsts: Column, kind: Instrument, after: str, days: int, k: int
) -> dict[str, Json]:
    """Say what became of everybody within so many days of her first answer, in the bands of that answer."""
    found = judged(frame, firsts, days, k)
    table = [_row(frame, program, in_band(kind, found.rows, band), after, days) for band in BANDS]
    hidden = hide_table(table, k)
    total = [sum(column) for column in zip(*table, strict=True)]
    rows = [
        _shown(
            band,
            counts,
            {c for r, c in hidden.cells if r == place},
            found.is_hidden or place in hidden.rows,
        )
        for place, (band, counts) in enumerate(zip(BANDS, table, strict=True))
    ]
    whole = _shown("all", total, set(hidden.columns), found.is_hidden or hidden.total)
    return {"days": days, "too_recent": found.too_recent, "bands": [whole, *rows]}


def _row(frame: Frame, program: Program, rows: Column, after: str, days: int) -> tuple[int, ...]:
    answers = frame.at([spot for spot in frame.spots if spot.stage == after])
    answered = within(rows, answers, days)
    asked = within(rows, frame.asked(after), days)
    came = within(rows, started_by(frame, program, after), days)
    fates = (answered, asked & ~answered, came & ~asked & ~answered, ~came & ~asked & ~answered)
    return tuple(int(fate.sum()) for fate in fates)


def _shown(band: str, counts: Sequence[int], hidden: set[int], is_hidden: bool) -> dict[str, Json]:
    cells = {
        fate: None if is_hidden or place in hidden else count
        for place, (fate, count) in enumerate(zip(FATES, counts, strict=True))
    }
    return {
        "band": band,
        "customers": None if is_hidden else sum(counts),
        **cells,
        "suppressed": is_hidden or bool(hidden),
    }
