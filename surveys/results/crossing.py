"""Which tables of two filters a third would tell apart: three tables of two axes each hold more than any of them.

Of a channel, a language and a segment nobody may ask where any cell of the three is small (surveys.results.hiding). But
who holds all three tables of two of them can often solve for the cell. Two of these tables alone tell nothing: within
each value of the axis they share, every customer's other two values could be anybody's. So of three axes the last two
are told together only where no cell of all three is small, and whoever asks for more axes has asked for these, too.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Final

from surveys.results.crowds import Cells, Group, Place
from surveys.statistics.suppression import small

PLACE: Final = ("touchpoint", "survey", "trigger")
"""Lie inside each other, and so are one axis."""

FINER: Final = PLACE[1:]
"""Of these, values lie inside another's, which may be asked for as well."""

APART: Final = ("channel", "language")
"""Come after the place, and before whatever no tag tells: segments and the handler."""


def telling(
    cells_by: Callable[[Place], Mapping[Group, Cells]], axes: Place, k: int
) -> frozenset[Group]:
    """Return the groups of which no cell along these axes may be told beside tables of other two axes."""
    return frozenset(
        group
        for third in _thirds(axes)
        for group, cells in cells_by(third).items()
        if any(small(count, k) for count in cells.values()) and _are_three(cells)
    )


def _thirds(axes: Place) -> Iterator[Place]:
    """Yield each two of the axes that are no place, behind a third that comes before both."""
    for first, second in combinations([axis for axis in axes if axis not in PLACE], 2):
        yield (*PLACE, first, second)
        earlier = APART[: APART.index(first)] if first in APART else APART
        yield from ((axis, first, second) for axis in earlier)


def _are_three(cells: Cells) -> bool:
    """Say whether there is more than one value on each axis; of fewer, the table is one of two."""
    heads = {place[:-2] for place in cells}
    firsts, seconds = ({place[nth] for place in cells} for nth in (-2, -1))
    return min(len(heads), len(firsts), len(seconds)) > 1
