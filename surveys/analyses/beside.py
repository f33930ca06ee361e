"""What a filter's figures would tell of the rest: decided on every value of the filter, whichever is asked for.

Whoever may order one channel's reasons may order every other's, and sees everybody's without an order. So a figure of
one value is hidden as a cell among all values' (docs/decisions/0035): along a line of one filter, in a table of one
filter and one thing more; of more than two axes only what has no small cell is shown.

A customer may have several values of a filter, by one channel today and by another before: values don't add up to
everybody, and what is decided on them alone does not cover everybody less one of them. That is compared by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from surveys.analyses.columns import Column, Frame
from surveys.statistics.suppression import hide_line, hide_table, small


@dataclass(frozen=True, slots=True)
class Beside:
    """The rows of all other values of a filter; ``crossed`` where it is several filters at once.

    ``wholes`` are what the value is a part of: everybody, and of several filters each of them alone. ``narrows`` is
    False where there is no filter at all.
    """

    frames: tuple[Frame, ...] = ()
    wholes: tuple[Frame, ...] = ()
    crossed: bool = False
    narrows: bool = True

    def hides(self, counts: Sequence[int], k: int) -> bool:
        """Say whether the first of these customers by value must not be told."""
        if self.crossed:
            return any(small(count, k) for count in counts)
        return bool(self.frames) and 0 in hide_line(counts, k, total_published=True).cells

    def hides_part(
        self, parts: Sequence[tuple[int, int]], k: int, *, crossed: bool = False
    ) -> bool:
        """Say whether the first of these pairs by value, who did something and who did not, must not be told."""
        if not self.frames:
            return False
        if self.crossed or crossed:
            return any(small(count, k) for pair in parts for count in pair)
        return any(row == 0 for row, _ in hide_table(parts, k).cells)

    def hidden_columns(self, table: Sequence[Sequence[int]], k: int) -> frozenset[int]:
        """Return where the first row must not be told, of customers by value and by one thing more."""
        if not self.frames:
            return frozenset()
        if self.crossed:
            is_small = any(small(count, k) for row in table for count in row)
            return frozenset(range(len(table[0]) if is_small else 0))
        return frozenset(column for row, column in hide_table(table, k).cells if row == 0)


def tells_few(own: Column, whole: Column, k: int) -> bool:
    """Say whether a whole less its part would tell of few customers; each has one key in either, her answer's.

    Few may be in the whole alone, with another answer there among them, or the two may differ by few in number.
    """
    return small(len(np.setdiff1d(whole, own)), k) or small(abs(len(whole) - len(own)), k)


NOBODY_BESIDE: Final = Beside(narrows=False)
