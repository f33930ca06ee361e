"""The part of some rows that has a filter's value, and what of it must not be told beside all other parts.

Every row is of exactly one part, so the parts add up to everybody's, and whoever may ask for one may ask for all. What is
hidden is decided on all parts together (docs/decisions/0063), whichever is asked for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveys.analyses.columns import Column
from surveys.results.crossing import FINER, PLACE
from surveys.statistics.suppression import HiddenTable, hide, hide_table

Where = tuple[tuple[str, str], ...]
"""Filters and their values, sorted."""

Groups = tuple[tuple[str, ...], ...]
"""Values by the number of a group, each in the order of the frame's axes."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows apart by the values of a filter: ``numbers`` is the part of each group of values.

    Attributes:
        own: the part that is asked for; ``count`` is how many parts there are.
        is_of_place: whether a part may be all of a touchpoint; ``is_finer`` whether several may be.
    """

    numbers: Column
    own: int
    count: int
    is_of_place: bool = False
    is_finer: bool = False

    @classmethod
    def of(cls, axes: Sequence[str], groups: Groups, where: Where) -> "Cut":
        """Return the cut of groups along the axes; a value that nobody has is a part without rows."""
        places = [axes.index(name) for name, _ in where]
        own = tuple(value for _, value in where)
        values = [tuple(group[place] for place in places) for group in groups]
        parts = {value: part for part, value in enumerate(sorted({own, *values}))}
        return cls(
            np.array([parts[value] for value in values], dtype=int),
            parts[own],
            len(parts),
            any(name in PLACE for name, _ in where),
            any(name in FINER for name, _ in where),
        )

    def mine(self, rows: Column) -> Column:
        """Return the rows of the part that is asked for."""
        own: Column = rows[self.parts(rows) == self.own]
        return own

    def parts(self, rows: Column) -> Column:
        """Return the part of each row."""
        found: Column = self.numbers[rows["group"]]
        return found

    def hidden(self, rows: Column, columns: Column, width: int, k: int) -> frozenset[int]:
        """Return the columns of which the own part tells nothing; ``columns`` is that of each row, oldest first."""
        if self.is_finer:
            return self.mixed(rows, columns, width, k)
        cells = _table(self, rows, columns, width, k).cells
        return frozenset(column for part, column in cells if part == self.own)

    def hidden_apart(self, rows: Column, columns: Column, width: int, k: int) -> frozenset[int]:
        """Return likewise, where what a part's columns come to is told nowhere."""
        weighed = once(self.parts(rows), columns, rows["subject"], (self.count, width))
        if self.is_finer:
            return frozenset(weighed.small(k))
        lines = (hide(line, k * weighed.customer) for line in weighed.cells.T.tolist())
        return frozenset(column for column, gone in enumerate(lines) if self.own in gone)

    def mixed(
        self,
        rows: Column,
        columns: Column,
        width: int,
        k: int,
        *,
        spots: Column | None = None,
        gone: Collection[int] = (),
    ) -> frozenset[int]:
        """Return the columns of which no part tells anything: told is only one without a small cell.

        With ``spots``, the place of each row, cells are by part and place. ``gone`` are columns of which something is
        hidden otherwise.
        """
        places = np.zeros(len(rows), dtype=int) if spots is None else spots
        several = 1 + int(places.max(initial=0))
        codes = self.parts(rows) * several + places
        weighed = once(codes, columns, rows["subject"], (self.count * several, width))
        hidden = {column for _, column in _table(self, rows, columns, width, k).cells}
        return weighed.covered(weighed.small(k) | set(gone) | hidden, k)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Cells by code and column, and what one customer weighs in them.

    Each counts once in a column, by her last row there. A cell whose customers all count elsewhere is not empty: it
    weighs something, and so little that no number of such cells comes to one customer.
    """

    cells: Column
    customer: int

    def small(self, k: int) -> set[int]:
        """Return the columns with a cell of few customers."""
        few = (self.cells > 0) & (self.cells < k * self.customer)
        return set(np.flatnonzero(few.any(axis=0)).tolist())

    def covered(self, gone: set[int], k: int) -> frozenset[int]:
        """Return these columns, and the smallest others until the hidden cells of each code hide each other."""
        totals = self.cells.sum(axis=0).tolist()
        rest = sorted((n, column) for column, n in enumerate(totals) if n and column not in gone)
        for _, column in rest:
            if self._is_covered(self.cells[:, sorted(gone)], k):
                break
            gone = {*gone, column}
        return frozenset(gone)

    def _is_covered(self, hidden: Column, k: int) -> bool:
        sums, cells = hidden.sum(axis=1), (hidden > 0).sum(axis=1)
        return bool(((sums == 0) | ((cells > 1) & (sums >= k * self.customer))).all())


def once(codes: Column, columns: Column, subjects: Column, shape: tuple[int, int]) -> Weighed:
    """Weigh rows, oldest first, by code and column."""
    known, who = np.unique(subjects, return_inverse=True)
    _, last = np.unique((columns * len(known) + who)[::-1], return_index=True)
    customer = 1 + shape[0] * shape[1]
    weights = np.zeros(shape, dtype=int)
    np.add.at(weights, (codes[::-1][last], columns[::-1][last]), customer)
    met = np.zeros(shape, dtype=bool)
    met[codes, columns] = True
    return Weighed(np.maximum(weights, met), customer)


def _table(cut: Cut, rows: Column, columns: Column, width: int, k: int) -> HiddenTable:
    weighed = once(cut.parts(rows), columns, rows["subject"], (cut.count, width))
    return hidden_of(weighed, k)


def hidden_of(weighed: Weighed, k: int) -> HiddenTable:
    """Return what is hidden of a table, and of each column by itself: so results of one month hide their line."""
    least = k * weighed.customer
    table = hide_table(weighed.cells.tolist(), least)
    lines = enumerate(weighed.cells.T.tolist())
    alone = {(place, column) for column, line in lines for place in hide(line, least)}
    return replace(table, cells=table.cells | alone)
