"""Whom an analysis can judge over some days, and what is told of it: never a few of one age.

Who came in the last thirty days is judged over no horizon yet, who came before them over the first one only. The
figures of both horizons are told side by side, so whatever they differ by is told with them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from surveys.analyses.columns import DAY, Column, Frame, micros
from surveys.analyses.cut import Cut
from surveys.statistics.suppression import small

HORIZONS: Final = (30, 90)
"""Days in which somebody may go on or come back."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Those whose days are over; ``too_recent`` are the others, None where hidden.

    ``is_hidden`` says that nothing about so many days may be told.
    """

    rows: Column
    too_recent: int | None
    is_hidden: bool


def judged(frame: Frame, firsts: Column, days: int, k: int) -> Judged:
    """Judge over one of the horizons; where it is hidden by the other, it is the shorter one that goes."""
    age = micros(frame.as_of) - firsts["at"]
    recent, all_recent = (int((age < horizon * DAY).sum()) for horizon in HORIZONS)
    between, old = all_recent - recent, len(firsts) - all_recent
    rows = firsts[age >= days * DAY]
    if days == HORIZONS[0]:
        hides = small(between, k) or small(len(rows), k)
        is_open = not small(between, k) and not small(recent, k)
        return Judged(rows, recent if is_open else None, hides)
    is_open = small(between, k) or not (small(recent, k) or small(old, k))
    shows = is_open and not small(all_recent, k)
    return Judged(rows, all_recent if shows else None, small(old, k))


def judged_beside(frame: Frame, firsts: Column, days: int, k: int, cut: Cut) -> Judged:
    """Judge those of a part, from everybody's rows; ages are hidden by part, and with whatever is hidden of everybody."""
    every = judged(frame, firsts, days, k)
    bounds = [horizon * DAY for horizon in HORIZONS]
    ages = np.searchsorted(bounds, micros(frame.as_of) - firsts["at"], side="right")
    hidden = cut.hidden_apart(firsts, ages, len(bounds) + 1, k)
    first_over = 1 + HORIZONS.index(days)
    rows = cut.mine(every.rows)
    is_told = every.too_recent is not None and not any(age < first_over for age in hidden)
    return Judged(
        rows,
        len(cut.mine(firsts)) - len(rows) if is_told else None,
        every.is_hidden or any(age >= first_over for age in hidden),
    )
