"""How many of those who liked it, and of those who did not, came back to buy."""

from typing import Final

from surveys.analyses.ages import HORIZONS
from surveys.analyses.ages import judged as judged_over
from surveys.analyses.columns import Column, Frame, Spot, first, within
from surveys.analyses.measuring import BANDS, blanked, in_band, indicative, rate_json
from surveys.analyses.spots import series_of
from surveys.instruments import Instrument
from surveys.language.texts import languages
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.suppression import hide_line

REPEAT_DAYS: Final = HORIZONS[-1]


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
    kind = spots[0].kind
    found = judged_over(frame, first(frame.at(spots)), REPEAT_DAYS, k)
    judged = {band: in_band(kind, found.rows, band) for band in BANDS}
    hidden = hide_line([len(rows) for rows in judged.values()], k, total_published=True)
    return {
        "instrument": kind.id,
        "series": spots[0].series,
        "too_recent": found.too_recent,
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
