"""What goes with the relationship score: touchpoints' scores, and the reasons customers chose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from surveys.analyses.beside import NOBODY_BESIDE, Beside, tells_few
from surveys.analyses.columns import Column, Frame, Spot, newest, preceding
from surveys.analyses.labels import chip_label, touchpoint_label
from surveys.analyses.measuring import percent_of_scale
from surveys.analyses.spots import main_spots_of, relationship_spots
from surveys.instruments import Instrument
from surveys.journey import Texts
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.asymmetry import asymmetries
from surveys.statistics.drivers import EXPLORATORY_FROM, Driver, Drivers, DriverTier
from surveys.statistics.drivers import drivers as drivers_of
from surveys.statistics.resampling import seeded
from surveys.statistics.suppression import enough, small

OUTCOME: Final = "nps"
MOST: Final = 10
"""Drivers at once: the subsets of more take too long, and too few customers answered at all of them."""

FEWEST: Final = 2
MOST_CASES: Final = 20_000
"""Customers resampled, the newest: more would take minutes and narrow no interval that a reader could see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that may go with the outcome: a value for each customer of ``known``, in the outcome's order.

    ``bands`` is -1, 0 or 1 for a low, middle or high rating; None where nothing was rated.
    """

    id: str
    stage: str
    touchpoint: str
    chip: str | None
    label: Texts
    known: Column
    values: Column
    bands: Column | None = None
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


def drivers(
    frame: Frame,
    program: Program,
    seed: Sequence[int],
    k: int = HIDDEN_BELOW,
    beside: Beside = NOBODY_BESIDE,
) -> dict[str, Json]:
    """Return the content; ``seed`` makes the intervals the same in every run over the same rows."""
    spots = relationship_spots(frame, OUTCOME)
    outcome = newest(frame.at(spots))
    others = [newest(other.at(spots)) for other in beside.frames]
    wholes = [newest(whole.at(spots)) for whole in beside.wholes]
    is_few = any(tells_few(outcome["ident"], whole["ident"], k) for whole in wholes)
    if not spots or is_few or beside.hides([len(outcome), *map(len, others)], k):
        return {"outcome": None, "sets": [_refused("touchpoints"), _refused("chips")]}
    points, chips = (
        _beside(
            find,
            [(frame, outcome), *zip(beside.frames, others, strict=True)],
            list(zip(beside.wholes, wholes, strict=True)),
            program,
            spots,
            beside,
            k,
        )
        for find in (_touchpoints, _chips)
    )
    return {
        "outcome": {
            "stage": spots[0].stage,
            "instrument": spots[0].instrument,
            "series": spots[0].series,
        },
        "sets": [
            _set("touchpoints", spots[0], outcome, points, seed, k),
            _set("chips", spots[0], outcome, chips, seed, k),
        ],
    }


def _refused(of: str) -> dict[str, Json]:
    tier = DriverTier.NONE.value
    return {"of": of, "n": 0, "tier": tier, "refused": "no_outcome", "r2": None, "drivers": []}


Find = Callable[[Frame, Program, Sequence[Spot], Column], list[Candidate]]


def _beside(
    find: Find,
    apart: Sequence[tuple[Frame, Column]],
    wholes: Sequence[tuple[Frame, Column]],
    program: Program,
    spots: Sequence[Spot],
    beside: Beside,
    k: int,
) -> list[Candidate]:
    """Find candidates over the first rows, and hide what everybody's less that of the others' would tell."""
    mine, *others = (find(frame, program, spots, outcome) for frame, outcome in apart)
    by_id = [{each.id: each for each in found} for found in others]
    few = {
        each.id
        for frame, outcome in wholes
        for each in _of_few(mine, apart[0][1], find(frame, program, spots, outcome), outcome, k)
    }
    return [
        replace(
            each,
            is_hidden=each.id in few
            or _is_told(each, [m[each.id] for m in by_id if each.id in m], beside, k),
        )
        for each in mine
    ]


def _of_few(
    mine: Sequence[Candidate], outcome: Column, wholes: Sequence[Candidate], every: Column, k: int
) -> list[Candidate]:
    """Return those that the whole's less them would tell of few customers; of a chip, who chose it or did not."""
    by_id = {each.id: each for each in wholes}
    return [
        each
        for each in mine
        if each.id in by_id
        and any(
            tells_few(own, whole, k)
            for own, whole in zip(each.groups(outcome), by_id[each.id].groups(every), strict=True)
        )
    ]


def _is_told(mine: Candidate, others: Sequence[Candidate], beside: Beside, k: int) -> bool:
    same = (mine, *others)
    if beside.hides([each.n for each in same], k):
        return True
    return mine.chip is not None and beside.hides_part([each.parts for each in same], k)


def _touchpoints(
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


def _chips(
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
    found = []
    for name in sorted(asking):
        at = [spot for spot in frame.spots if spot.touchpoint == name]
        rows = frame.at(at)
        for chip in sorted({chip for n in np.unique(rows["reasons"]) for chip in frame.reasons[n]}):
            citing = rows[_citing(frame, rows, chip)]
            cited = preceding(outcome, citing) >= 0
            bands = map(at[0].kind.band, citing["score"].tolist())
            found.append(
                Candidate(
                    id=f"{name}/{chip}",
                    stage=at[0].stage,
                    touchpoint=name,
                    chip=chip,
                    label=chip_label(program, name, chip, bands),
                    known=known,
                    values=cited.astype(float),
                )
            )
    return found


def _has_reasons(frame: Frame, number: int) -> bool:
    rows = frame.answers[frame.answers["spot"] == number]
    return any(frame.reasons[each] for each in np.unique(rows["reasons"]))


def _citing(frame: Frame, rows: Column, chip: str) -> Column:
    numbers = [number for number, chips in enumerate(frame.reasons) if chip in chips]
    cites: Column = np.isin(rows["reasons"], numbers)
    return cites


def _set(
    of: str,
    spot: Spot,
    outcome: Column,
    candidates: Sequence[Candidate],
    seed: Sequence[int],
    k: int,
) -> dict[str, Json]:
    scores = percent_of_scale(spot.kind, outcome["score"].astype(float))
    picked, cases = _picked([each for each in candidates if each.tells(k)], len(outcome))
    n = int(cases.sum()) if picked else 0
    few = not picked and any(each.known.any() for each in candidates)
    refused = _refusal(picked, n)
    found = None if refused else _shares(scores, picked, outcome, cases, seed)
    shares = {picked[each.column].id: each for each in found.drivers} if found else {}
    lopsided = _asymmetries(scores, picked, outcome, cases) if found else {}
    order = [*shares, *sorted(each.id for each in candidates if each.id not in shares)]
    ordered = sorted(candidates, key=lambda each: order.index(each.id))
    return {
        "of": of,
        "n": None if few or small(n, k) else n,
        "tier": (found.tier if found else DriverTier.NONE).value,
        "refused": refused,
        "r2": found.r2 if found else None,
        "drivers": [
            {
                **_told(each, shares.get(each.id), found, scores, k),
                "asymmetry": lopsided.get(each.id),
            }
            for each in ordered
        ],
    }


def _picked(candidates: Sequence[Candidate], size: int) -> tuple[list[Candidate], Column]:
    """Take drivers, those that most customers know first, as long as enough customers know all of them."""
    cases, picked = np.ones(size, dtype=bool), list[Candidate]()
    for candidate in sorted(candidates, key=lambda each: (-int(each.known.sum()), each.id))[:MOST]:
        both = cases & candidate.known
        if int(both.sum()) >= EXPLORATORY_FROM or len(picked) < FEWEST:
            cases, picked = both, [*picked, candidate]
    return picked, cases


def _refusal(picked: Sequence[Candidate], n: int) -> str | None:
    if len(picked) < FEWEST:
        return "too_few_drivers"
    return "too_few_cases" if n < EXPLORATORY_FROM else None


def _shares(
    scores: Column,
    picked: Sequence[Candidate],
    outcome: Column,
    cases: Column,
    seed: Sequence[int],
) -> Drivers:
    """Share R2 out among the drivers, by the newest customers where there are very many."""
    places = _newest_of(outcome, cases)
    columns = [each.values[places].tolist() for each in picked]
    return drivers_of(scores[places].tolist(), columns, seeded(seed))


def _newest_of(outcome: Column, cases: Column) -> Column:
    places = np.flatnonzero(cases)
    return places[np.argsort(outcome["at"][places], kind="stable")][-MOST_CASES:]


def _asymmetries(
    scores: Column, picked: Sequence[Candidate], outcome: Column, cases: Column
) -> dict[str, Json]:
    """Return what a low and a high rating go with, beside a middle one, in percent points of the outcome's scale."""
    rated = [(each.id, each.bands) for each in picked if each.bands is not None]
    places = _newest_of(outcome, cases)
    found = asymmetries(scores[places].tolist(), [bands[places].tolist() for _, bands in rated])
    return {
        rated[each.column][0]: {
            "penalty": each.penalty,
            "reward": each.reward,
            "p": each.p,
            "asymmetric": each.asymmetric,
        }
        for each in found
    }


def _sides_of(kind: Instrument) -> Column:
    """Return -1, 0 or 1 by score: its band."""
    sides = {"low": -1, "mid": 0, "high": 1}
    by_score = np.zeros(kind.high + 1, dtype=np.int8)
    for score in kind.scores:
        by_score[score] = sides[kind.band(score)]
    return by_score


def _told(
    candidate: Candidate, share: Driver | None, found: Drivers | None, scores: Column, k: int
) -> dict[str, Json]:
    n = candidate.n
    is_hidden = not candidate.tells(k)
    return {
        "id": candidate.id,
        "stage": candidate.stage,
        "touchpoint": candidate.touchpoint,
        "chip": candidate.chip,
        "label": dict(candidate.label),
        "share": _share_json(share, found.method) if share and found else None,
        "rank": share.rank if share else None,
        "correlation": None if is_hidden else _correlation(candidate, scores),
        "n": None if is_hidden else n,
        "suppressed": is_hidden,
    }


def _share_json(share: Driver, method: str) -> Json:
    values = {"value": share.share, "low": share.low, "high": share.high}
    return {
        **{name: 100 * value for name, value in values.items()},
        "method": f"{method}_bootstrap",
    }


def _correlation(candidate: Candidate, scores: Column) -> float | None:
    """Return Pearson's correlation with the outcome; None where one of the two does not vary."""
    values, outcome = candidate.values[candidate.known], scores[candidate.known]
    if not len(values) or np.ptp(values) == 0 or np.ptp(outcome) == 0:
        return None
    return float(np.corrcoef(values, outcome)[0, 1])
