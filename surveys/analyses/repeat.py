"""How many of those who liked it, and of those who did not, came back to buy."""

from typing import Final

from surveys.analyses.columns import DAY, Column, Frame, Spot, first, micros, within
from surveys.analyses.measuring import BANDS, blanked, in_band, indicative, rate_json
from surveys.analyses.spots import series_of
from surveys.instruments import Instrument
from surveys.language.texts import languages
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.suppression import hide_line, small

REPEAT_DAYS: Final = 90


def repeat(frame: Frame, program: Program, stage: str, k: int = HIDDEN_BELOW) -> dict[str, Json]:
    """Return the content of a stage."""
    bought = frame.of_types(program.purchases)
    return {
        "days": REPEAT_DAYS,
        "purchases": list(program.purchases),
        "series": [_series(frame, spots, bought, k) for spots in series_of(frame, stage).values()],
    }


def _series(frame: Frame, spots: tuple[Spot, ...], bought: Column, k: int) -> dict[str, Json]:
    """Take each customer's first answer, of those whose ninety days are over."""
    kind, firsts = spots[0].kind, first(frame.at(spots))
    is_over = firsts["at"] + REPEAT_DAYS * DAY <= micros(frame.as_of)
    judged = {band: in_band(kind, firsts[is_over], band) for band in BANDS}
    hidden = hide_line([len(rows) for rows in judged.values()], k, total_published=True)
    recent = int((~is_over).sum())
    return {
        "instrument": kind.id,
        "series": spots[0].series,
        "too_recent": None if small(recent, k) else recent,
        "bands": [
            _band(kind, band, judged[band], bought, is_hidden=place in hidden.cells)
            for place, band in enumerate(BANDS)
        ],
    }


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
