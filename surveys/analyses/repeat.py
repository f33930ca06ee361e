"""How many of those who liked it, and of those who did not, came back to buy."""

from dataclasses import replace
from typing import Final

import numpy as np

from surveys.analyses.ages import HORIZONS, Judged
from surveys.analyses.ages import judged as judged_over
from surveys.analyses.columns import Column, Frame, Spot, first, within
from surveys.analyses.cut import Cut
from surveys.analyses.measuring import BANDS, band_places, blanked, in_band, indicative, rate_json
from surveys.analyses.spots import series_of
from surveys.instruments import Instrument
from surveys.language.texts import languages
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.suppression import hide_line

REPEAT_DAYS: Final = HORIZONS[-1]
_RECENT: Final = len(BANDS)
"""Where those stand whose days are not over, behind the bands."""


def repeat(
    frame: Frame, program: Program, stage: str, k: int = HIDDEN_BELOW, cut: Cut | None = None
) -> dict[str, Json]:
    """Return the content of a stage, of everybody or of those whose first answer is of the part a cut is of."""
    bought = frame.of_types(program.purchases)
    return {
        "days": REPEAT_DAYS,
        "purchases": list(program.purchases),
        "series": [
            _series(frame, spots, bought, k, cut)
            for spots in series_of(frame, stage).values()
            if cut is None or len(cut.mine(first(frame.at(spots))))
        ],
    }


def _series(
    frame: Frame, spots: tuple[Spot, ...], bought: Column, k: int, cut: Cut | None
) -> dict[str, Json]:
    """Take each customer's first answer, of those whose ninety days are over."""
    kind, firsts = spots[0].kind, first(frame.at(spots))
    found = judged_over(frame, firsts, REPEAT_DAYS, k)
    hidden = _hidden(kind, found.rows, k)
    if cut is not None:
        hidden |= _hidden_beside(kind, firsts, found, cut, k)
        found = _cut(firsts, found, cut, tells=_RECENT not in hidden)
    return {
        "instrument": kind.id,
        "series": spots[0].series,
        "too_recent": found.too_recent,
        "bands": [
            _band(kind, band, in_band(kind, found.rows, band), bought, is_hidden=place in hidden)
            for place, band in enumerate(BANDS)
        ],
    }


def _hidden(kind: Instrument, rows: Column, k: int) -> frozenset[int]:
    counts = [len(in_band(kind, rows, band)) for band in BANDS]
    return frozenset(hide_line(counts, k, total_published=True).cells)


def _hidden_beside(
    kind: Instrument, firsts: Column, found: Judged, cut: Cut, k: int
) -> frozenset[int]:
    """Return which bands of a part are hidden, and whether those are whose days are not over."""
    is_over = np.isin(firsts["ident"], found.rows["ident"])
    columns = np.where(is_over, band_places(kind, firsts["score"]), _RECENT)
    return cut.hidden(firsts, columns, _RECENT + 1, k)


def _cut(firsts: Column, found: Judged, cut: Cut, *, tells: bool) -> Judged:
    rows = cut.mine(found.rows)
    is_told = tells and found.too_recent is not None
    return replace(
        found, rows=rows, too_recent=len(cut.mine(firsts)) - len(rows) if is_told else None
    )


def _band(
    kind: Instrument, band: str, rows: Column, bought: Column, *, is_hidden: bool
) -> dict[str, Json]:
    n, hits = len(rows), int(within(rows, bought, REPEAT_DAYS).sum())
    cell = {
        "band": band,
        "label": {language: kind.wording(language).bands[band] for language in languages()},  # type: ignore[index]  # one of BANDS
        "customers": n,
        "returned": hits,
        "rate": rate_json(hits, n),
        "indicative": indicative(n),
    }
    return blanked(cell, hidden=is_hidden, keep=("band", "label"))
