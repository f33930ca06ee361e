"""Who knows all drivers of a set at once, and whether a filter's set may be told beside everybody's.

A set's number and its R2 are of the customers who know each of its drivers: others than know any one of them. So they
are held against everybody's and against other values' by themselves: of the drivers that this set has, as those sets
could have them, too, and of those that each picks for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from surveys.analyses.beside import Beside, tells_few
from surveys.analyses.candidates import Candidate
from surveys.analyses.columns import Column
from surveys.statistics.drivers import EXPLORATORY_FROM

MOST: Final = 10
"""Drivers at once: the subsets of more take too long, and too few customers answered at all of them."""

FEWEST: Final = 2

_MIXING: Final = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that no two keys fall together by it (Knuth's multiplicative hashing)."""


@dataclass(frozen=True, slots=True)
class Among:
    """Customers with an outcome, and what may go with it of each."""

    outcome: Column
    candidates: Sequence[Candidate]

    def picks(self, k: int) -> tuple[list[Candidate], Column]:
        """Return the drivers of the set and who knows them all.

        Drivers that most customers know come first, as long as enough customers know all of them.
        """
        cases, picked = np.ones(len(self.outcome), dtype=bool), list[Candidate]()
        telling = [each for each in self.candidates if each.tells(k)]
        for candidate in sorted(telling, key=lambda each: (-each.n, each.id))[:MOST]:
            both = cases & candidate.known
            if int(both.sum()) >= EXPLORATORY_FROM or len(picked) < FEWEST:
                cases, picked = both, [*picked, candidate]
        return picked, cases

    def knowing(self, drivers: Sequence[str]) -> Column:
        """Return a key of each customer who knows all these drivers: of her outcome and of what she said of each."""
        by_id = {each.id: each for each in self.candidates}
        keys, cases = self.outcome["ident"], np.ones(len(self.outcome), dtype=bool)
        for driver in drivers:
            if driver not in by_id:
                return keys[:0]
            keys = keys * _MIXING ^ by_id[driver].values.view(np.uint64)
            cases = cases & by_id[driver].known
        found: Column = keys[cases]
        return found

    def own(self, k: int) -> Column:
        """Return whose outcomes the set is of that it picks for itself."""
        picked, cases = self.picks(k)
        idents: Column = self.outcome["ident"][cases]
        return idents if picked else idents[:0]


def hides_set(
    mine: Among, others: Sequence[Among], wholes: Sequence[Among], beside: Beside, k: int
) -> bool:
    """Say whether a set must not be told: everybody's less it, or less those of other values, is of few customers."""
    drivers = [each.id for each in mine.picks(k)[0]]
    if not drivers:
        return False
    same, own = mine.knowing(drivers), mine.own(k)
    few = any(
        tells_few(same, whole.knowing(drivers), k) or tells_few(own, whole.own(k), k)
        for whole in wholes
    )
    lines = (
        [len(same), *(len(other.knowing(drivers)) for other in others)],
        [len(own), *(len(other.own(k)) for other in others)],
    )
    return few or any(beside.hides(line, k) for line in lines)
