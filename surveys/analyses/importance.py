"""What goes with the relationship score: touchpoints' scores, and the reasons customers chose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from surveys.analyses.beside import NOBODY_BESIDE, Beside, tells_few
from surveys.analyses.candidates import Candidate, touchpoints
from surveys.analyses.candidates import chips as chips_of
from surveys.analyses.columns import Column, Frame, Spot, newest
from surveys.analyses.complete import FEWEST, Among, hides_set
from surveys.analyses.measuring import percent_of_scale
from surveys.analyses.spots import relationship_spots
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW
from surveys.statistics.asymmetry import asymmetries
from surveys.statistics.drivers import EXPLORATORY_FROM, Driver, Drivers, DriverTier
from surveys.statistics.drivers import drivers as drivers_of
from surveys.statistics.resampling import seeded
from surveys.statistics.suppression import small

OUTCOME: Final = "nps"
MOST_CASES: Final = 20_000
"""Customers resampled, the newest: more would take minutes and narrow no interval that a reader could see."""


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
        _found(
            [
                Among(rows, find(each, program, spots, rows))
                for each, rows in [
                    (frame, outcome),
                    *zip(beside.frames, others, strict=True),
                    *zip(beside.wholes, wholes, strict=True),
                ]
            ],
            beside,
            k,
        )
        for find in (touchpoints, chips_of)
    )
    return {
        "outcome": {
            "stage": spots[0].stage,
            "instrument": spots[0].instrument,
            "series": spots[0].series,
        },
        "sets": [
            _set("touchpoints", spots[0], points, seed, k),
            _set("chips", spots[0], chips, seed, k),
        ],
    }


def _refused(of: str) -> dict[str, Json]:
    tier = DriverTier.NONE.value
    return {"of": of, "n": 0, "tier": tier, "refused": "no_outcome", "r2": None, "drivers": []}


@dataclass(frozen=True, slots=True)
class _Found:
    """What may go with the outcome, each hidden as it must be; ``is_hidden`` where all of it together is."""

    among: Among
    is_hidden: bool


def _found(every: Sequence[Among], beside: Beside, k: int) -> _Found:
    """Hide of the first what everybody's less that of the others' would tell: these come behind it, wholes last."""
    mine, *rest = every
    others, wholes = rest[: len(beside.frames)], rest[len(beside.frames) :]
    by_id = [{each.id: each for each in other.candidates} for other in others]
    few = {each.id for whole in wholes for each in _of_few(mine, whole, k)}
    candidates = [
        replace(
            each,
            is_hidden=each.id in few
            or _is_told(each, [m[each.id] for m in by_id if each.id in m], beside, k),
        )
        for each in mine.candidates
    ]
    told = Among(mine.outcome, candidates)
    return _Found(told, hides_set(told, others, wholes, beside, k))


def _of_few(mine: Among, every: Among, k: int) -> list[Candidate]:
    """Return those that the whole's less them would tell of few customers; of a chip, who chose it or did not."""
    by_id = {each.id: each.groups(every.outcome) for each in every.candidates}
    return [
        each
        for each in mine.candidates
        if each.id in by_id
        and any(
            tells_few(own, whole, k)
            for own, whole in zip(each.groups(mine.outcome), by_id[each.id], strict=True)
        )
    ]


def _is_told(mine: Candidate, others: Sequence[Candidate], beside: Beside, k: int) -> bool:
    same = (mine, *others)
    if beside.hides([each.n for each in same], k):
        return True
    return mine.chip is not None and beside.hides_part([each.parts for each in same], k)


def _set(of: str, spot: Spot, told: _Found, seed: Sequence[int], k: int) -> dict[str, Json]:
    outcome, candidates = told.among.outcome, told.among.candidates
    scores = percent_of_scale(spot.kind, outcome["score"].astype(float))
    picked, cases = told.among.picks(k)
    n = int(cases.sum()) if picked else 0
    few = not picked and any(each.known.any() for each in candidates)
    refused = "hidden" if told.is_hidden else _refusal(picked, n)
    found = None if refused else _shares(scores, picked, outcome, cases, seed)
    shares = {picked[each.column].id: each for each in found.drivers} if found else {}
    lopsided = _asymmetries(scores, picked, outcome, cases) if found else {}
    order = [*shares, *sorted(each.id for each in candidates if each.id not in shares)]
    ordered = sorted(candidates, key=lambda each: order.index(each.id))
    return {
        "of": of,
        "n": None if told.is_hidden or few or small(n, k) else n,
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
        "bands": list(candidate.read_in) or None,
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
