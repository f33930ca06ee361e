"""Which counts of a table must not be shown, so that no small group of customers can be told from the rest.

The rule is STATISTICS.md, section 4: a cell of 1 to k-1 customers is hidden; then, while a total tells the
sum, the smallest of what is left, until at least two cells with at least k customers between them are hidden.
A zero is known to be one: it is shown, and protects nothing. ``surveys.statistics.suppression_audit`` proves
the outcome by linear programming; what runs decides by the same bounds, found as flows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from surveys.statistics.flows import Network
from surveys.statistics.tiers import HIDDEN_BELOW

LEAST_K = 3
_CACHED = 4096

Cell = tuple[int, int]
Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HiddenLine:
    """The hidden places of a line, ascending, and whether its total is hidden, too."""

    cells: tuple[int, ...]
    total: bool


@dataclass(frozen=True, slots=True)
class HiddenTable:
    """What is hidden of a table with its margins.

    ``dropped`` says that no cell inside may be shown, zeros neither: only the margins are.
    """

    cells: frozenset[Cell]
    rows: frozenset[int]
    columns: frozenset[int]
    total: bool
    dropped: bool


def small(count: int, k: int = HIDDEN_BELOW) -> bool:
    """Say whether so few customers are too few to be shown and too many to be nobody."""
    return 0 < count < k


def enough(part: int, whole: int, k: int = HIDDEN_BELOW) -> bool:
    """Say whether a filter's figures may be shown beside the whole's: the query-size rule.

    Both the part and what is left of the whole without it must be nobody or at least ``k``.
    """
    return part >= k and (whole == part or whole - part >= k)


def hide(
    counts: Sequence[int], k: int = HIDDEN_BELOW, *, total_published: bool = True
) -> tuple[int, ...]:
    """Return the hidden places of a line of counts, ascending."""
    return hide_line(counts, k, total_published=total_published).cells


def hide_line(counts: Sequence[int], k: int = HIDDEN_BELOW, *, total_published: bool) -> HiddenLine:
    """Return what is hidden of a line; raises ValueError for a ``k`` below three.

    Of equal counts the first is hidden. Where too few are left to hide behind, the total is hidden, too.
    """
    _check(k)
    hidden = {place for place, count in enumerate(counts) if small(count, k)}
    if not hidden or not total_published:
        return HiddenLine(tuple(sorted(hidden)), total=False)
    rest = iter(sorted((n, place) for place, n in enumerate(counts) if n >= k))
    while not _covered([counts[place] for place in hidden], k):
        _, place = next(rest, (0, None))
        if place is None:
            return HiddenLine(tuple(sorted(hidden)), total=True)
        hidden.add(place)
    return HiddenLine(tuple(sorted(hidden)), total=False)


def attacker_bounds(
    counts: Sequence[int], hidden: HiddenLine, *, total_published: bool
) -> tuple[tuple[int, int | None], ...]:
    """Return the least and the most that each hidden count may be to a reader; None without a limit."""
    if hidden.total or not total_published:
        return ((0, None),) * len(hidden.cells)
    residue = sum(counts[place] for place in hidden.cells)
    least = residue if len(hidden.cells) == 1 else 0
    return ((least, residue),) * len(hidden.cells)


def hide_table(counts: Sequence[Sequence[int]], k: int = HIDDEN_BELOW) -> HiddenTable:
    """Return what is hidden of a table whose rows, columns and sum may be asked for, too.

    The margins are decided first, each as a line of its own, as they are where nobody asks for the table. A
    hidden margin hides its cells. Every cell hidden is left at least ``k`` wide to a reader who knows all
    that is shown; where hiding the next smallest does not get there, the inside is dropped.
    """
    _check(k)
    return _hide_table(tuple(tuple(row) for row in counts), k)


@lru_cache(_CACHED)
def _hide_table(counts: tuple[Counts, ...], k: int) -> HiddenTable:
    rows = hide_line([sum(row) for row in counts], k, total_published=True)
    columns = hide_line(
        [sum(column) for column in zip(*counts, strict=True)], k, total_published=True
    )
    hidden = {
        (r, c)
        for r, c, count in _cells(counts)
        if count and (count < k or r in rows.cells or c in columns.cells)
    }
    search = _Search(counts, frozenset(rows.cells), frozenset(columns.cells), rows.total, k)
    safe = search.complete(hidden)
    return HiddenTable(
        cells=frozenset(hidden if safe else ((r, c) for r, c, _ in _cells(counts))),
        rows=search.rows,
        columns=search.columns,
        total=rows.total,
        dropped=not safe,
    )


@dataclass(frozen=True, slots=True)
class _Search:
    counts: tuple[Counts, ...]
    rows: frozenset[int]
    columns: frozenset[int]
    total: bool
    k: int

    def complete(self, hidden: set[Cell]) -> bool:
        """Add cells until every hidden one is wide enough; False where no cell is left to add."""
        while hidden and (near := self._weak(hidden)):
            more = self._smallest(near, hidden)
            if more is None:
                return False
            hidden.add(more)
        return True

    def _weak(self, hidden: set[Cell]) -> Sequence[Cell]:
        """Return the cells among which another must be hidden, or none.

        They are those of a line that gives a hidden cell away, else of the lines of a cell that the table does.
        """
        for line in self._totalled():
            inside = [cell for cell in line if cell in hidden]
            if inside and not _covered([self._at(cell) for cell in inside], self.k):
                return line
        edges = self._edges(hidden)
        network = Network([(start, end, value) for start, end, value, _ in edges])
        for start, end, _, (row, column) in edges:
            if network.width(start, end, self.k) < self.k:
                return [(r, c) for r, c, _ in _cells(self.counts) if r == row or c == column]
        return ()

    def _smallest(self, near: Sequence[Cell], hidden: set[Cell]) -> Cell | None:
        """Return the smallest cell that is shown, of these if there is one."""
        shown = (
            ((row, column) not in near, count, (row, column))
            for row, column, count in _cells(self.counts)
            if count and (row, column) not in hidden
        )
        best = min(shown, default=None)
        return None if best is None else best[2]

    def _at(self, cell: Cell) -> int:
        return self.counts[cell[0]][cell[1]]

    def _totalled(self) -> Iterator[list[Cell]]:
        """Yield the lines whose total is shown."""
        rows, columns = range(len(self.counts)), range(len(self.counts[0]))
        yield from ([(r, c) for c in columns] for r in rows if r not in self.rows)
        yield from ([(r, c) for r in rows] for c in columns if c not in self.columns)

    def _edges(self, hidden: set[Cell]) -> list[tuple[int, int, int, Cell]]:
        """Return what is hidden as flows from rows to columns, each with a cell that stands for it.

        A row's total flows into the row, its cells out of it and into the columns, and so on: what a
        reader knows of the sums is that whatever flows into a node flows out again.
        """
        first = len(self.counts)
        by_rows, by_columns = first + len(self.counts[0]), first + len(self.counts[0]) + 1
        sums = [sum(column) for column in zip(*self.counts, strict=True)]
        return [
            *((r, first + c, self._at((r, c)), (r, c)) for r, c in sorted(hidden)),
            *((by_rows, r, sum(self.counts[r]), (r, 0)) for r in sorted(self.rows)),
            *((first + c, by_columns, sums[c], (0, c)) for c in sorted(self.columns)),
            *([(by_columns, by_rows, sum(sums), (0, 0))] if self.total else []),
        ]


def _cells(counts: tuple[Counts, ...]) -> Iterator[tuple[int, int, int]]:
    return ((r, c, n) for r, row in enumerate(counts) for c, n in enumerate(row))


def _covered(hidden: Sequence[int], k: int) -> bool:
    """Say whether hidden counts whose sum is known hide each other."""
    return len(hidden) > 1 and sum(hidden) >= k


def _check(k: int) -> None:
    if k < LEAST_K:
        raise ValueError(f"k must be at least {LEAST_K}")
