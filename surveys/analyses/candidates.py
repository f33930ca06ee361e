"""What may go with the relationship score: touchpoints' scores before it, and the reasons customers chose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surveys.analyses.columns import Column, Frame, Spot, preceding
from surveys.analyses.labels import Reason, Wordings, touchpoint_label
from surveys.analyses.measuring import BANDS, band_places, percent_of_scale
from surveys.analyses.spots import main_spots_of
from surveys.instruments import Band, Instrument
from surveys.journey import Texts
from surveys.program import Program
from surveys.statistics.suppression import enough, small


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that may go with the outcome: a value for each customer of ``known``, in the outcome's order.

    ``bands`` is -1, 0 or 1 for a low, middle or high rating; None where nothing was rated.
    ``read_in`` are the bands below which a chip reads as its label; none where it reads alike below every score.
    """

    id: str
    stage: str
    touchpoint: str
    chip: str | None
    label: Texts
    known: Column
    values: Column
    bands: Column | None = None
    read_in: tuple[Band, ...] = ()
    is_hidden: bool = False

    @property
    def n(self) -> int:
        """How many customers it is known of."""
        return int(self.known.sum())

    @property
    def parts(self) -> tuple[int, int]:
        """How many of them chose the chip, and how many did not."""
        chose = int(self.values[self.known].sum())
        return chose, self.n - chose

    def groups(self, outcome: Column) -> list[Column]:
        """Return keys of customers and their values: of all, or of who chose the chip and of who did not."""
        keys = outcome["ident"] ^ self.values.view(np.uint64)
        if self.chip is None:
            return [keys[self.known]]
        chose = self.values > 0
        return [keys[self.known & chose], keys[self.known & ~chose]]

    def tells(self, k: int) -> bool:
        """Say whether it rests on enough customers: a chip on enough who chose it, and who did not.

        The correlation of a chip that one customer chose tells what she answered.
        """
        n = self.n
        if self.is_hidden:
            return False
        if self.chip is None or not n:
            return not small(n, k)
        return enough(self.parts[0], n, k)


Find = Callable[[Frame, Program, Sequence[Spot], Column], list[Candidate]]


def touchpoints(
    frame: Frame, program: Program, spots: Sequence[Spot], outcome: Column
) -> list[Candidate]:
    """Return each other touchpoint's score: the customer's last one before her outcome."""
    own = {spot.touchpoint for spot in spots}
    found = []
    for name in sorted({spot.touchpoint for spot in frame.spots} - own):
        at = main_spots_of(frame, name)
        rows = frame.at(at)
        places = preceding(outcome, rows)
        scores = percent_of_scale(at[0].kind, rows["score"][places].astype(float))
        found.append(
            Candidate(
                id=name,
                stage=at[0].stage,
                touchpoint=name,
                chip=None,
                label=touchpoint_label(program, name),
                known=places >= 0,
                values=scores,
                bands=_sides_of(at[0].kind)[rows["score"][places]],
            )
        )
    return found


def chips(
    frame: Frame, program: Program, spots: Sequence[Spot], outcome: Column
) -> list[Candidate]:
    """Return each reason at another touchpoint as 0 or 1 of whoever answered at any of them before her outcome."""
    own = {spot.touchpoint for spot in spots}
    asking = {
        spot.touchpoint
        for number, spot in enumerate(frame.spots)
        if spot.touchpoint not in own and _has_reasons(frame, number)
    }
    elsewhere = frame.at([spot for spot in frame.spots if spot.touchpoint in asking])
    known = preceding(outcome, elsewhere) >= 0
    wordings, found = Wordings(program), []
    for name in sorted(asking):
        at = [spot for spot in frame.spots if spot.touchpoint == name]
        rows = frame.at(at)
        for reason in _chosen(frame, wordings, rows):
            cited = preceding(outcome, rows[_citing(frame, rows, reason)]) >= 0
            found.append(
                Candidate(
                    id=reason.key,
                    stage=at[0].stage,
                    touchpoint=name,
                    chip=reason.chip,
                    label=reason.label,
                    known=known,
                    values=cited.astype(float),
                    read_in=reason.bands,
                )
            )
    return found


def _chosen(frame: Frame, wordings: Wordings, rows: Column) -> list[Reason]:
    """Return the reasons that any of the rows names, as they read below their scores."""
    places = _bands(frame, rows)
    met = {
        wordings.read(frame.spots[spot].touchpoint, chip, BANDS[band])
        for spot, chips, band in set(
            zip(rows["spot"].tolist(), rows["reasons"].tolist(), places.tolist(), strict=True)
        )
        for chip in frame.reasons[chips]
    }
    return sorted(met, key=lambda reason: reason.key)


def _has_reasons(frame: Frame, number: int) -> bool:
    rows = frame.answers[frame.answers["spot"] == number]
    return any(frame.reasons[each] for each in np.unique(rows["reasons"]))


def _citing(frame: Frame, rows: Column, reason: Reason) -> Column:
    numbers = [number for number, chips in enumerate(frame.reasons) if reason.chip in chips]
    cites: Column = np.isin(rows["reasons"], numbers)
    if not reason.bands:
        return cites
    return cites & np.isin(_bands(frame, rows), [BANDS.index(band) for band in reason.bands])


def _bands(frame: Frame, rows: Column) -> Column:
    """Return the place in BANDS of each row's score, by the instrument of its own spot."""
    places = np.zeros(len(rows), dtype=np.int8)
    for number in np.unique(rows["spot"]):
        here = rows["spot"] == number
        places[here] = band_places(frame.spots[number].kind, rows["score"][here])
    return places


def _sides_of(kind: Instrument) -> Column:
    """Return -1, 0 or 1 by score: its band."""
    sides = {"low": -1, "mid": 0, "high": 1}
    by_score = np.zeros(kind.high + 1, dtype=np.int8)
    for score in kind.scores:
        by_score[score] = sides[kind.band(score)]
    return by_score
