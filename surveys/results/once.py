"""What hiding weighs where customers may have answered often: each of them once, where she answered last.

Cells of answers are weighed by the customers who are counted there, so that those of any cells together are at
least as many as their weights: a sum of hidden cells that weighs five is of five customers or more, though one of them
answered in all of these cells. A cell whose customers are all counted elsewhere is not empty: it weighs something, and
so little that no number of such cells comes to one customer. Where nobody reads who answered, five customers become
fifty answers.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from surveys.statistics.tiers import HIDDEN_BELOW

G = TypeVar("G", bound=Hashable)
P = TypeVar("P", bound=Hashable)

ENOUGH_ANSWERS: Final = 50
"""Answers that are shown without a look at who gave them: of four customers one would have given a dozen."""


@dataclass(frozen=True, slots=True)
class Weights(Generic[G, P]):
    """What each cell of each group weighs, and how much of that is enough to be shown."""

    groups: Mapping[G, Mapping[P, int]]
    enough: int


@dataclass(frozen=True, slots=True)
class Placed(Generic[G, P]):
    """Who gave an answer, and the group and the cell it lies in."""

    customer: str
    group: G
    cell: P


def weights(
    groups: Mapping[G, Mapping[P, int]], answers: Iterable[Placed[G, P]] | None
) -> Weights[G, P]:
    """Weigh cells by the answers in them, oldest first, or by their number where nobody read who gave them."""
    if answers is None:
        return Weights(groups, ENOUGH_ANSWERS)
    last = {(each.group, each.customer): each.cell for each in answers}
    own = Counter((group, cell) for (group, _), cell in last.items())
    customer = 1 + max(map(len, groups.values()), default=0)
    weighed = {
        group: {cell: customer * own[group, cell] or 1 for cell, n in cells.items() if n}
        for group, cells in groups.items()
    }
    return Weights(weighed, customer * HIDDEN_BELOW)
