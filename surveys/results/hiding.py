"""Which figures may be shown, decided on everything that could be asked for beside them.

A figure is a sum of cells: of one stage and series, apart by the axes that the query names (touchpoint, channel,
segment, ...). Whoever may ask for it may ask for every other value of the same axes, and for the sums; so the cells
are hidden together (surveys.statistics.suppression): along a line of one axis, in a table of two. Of three axes
and more nothing is shown where any cell is small. A trigger's cells lie inside its survey's, and these inside its
touchpoint's. Where the inside of a table cannot be shown, empty cells are not told either: beside the sums they would
tell the others. Nor is that of two axes which a third would tell apart (surveys.results.crossing).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from surveys.results.counted import Part
from surveys.results.crossing import APART, FINER, telling
from surveys.results.crowds import ANSWERS, Cells, Crowds, Group, Place, Placing, group_of, placing
from surveys.results.query import Query
from surveys.statistics.suppression import hide_line, hide_table, small
from surveys.statistics.tiers import HIDDEN_BELOW

WEEK = "week"
_TWO = 2


def axes_of(query: Query, *more: str) -> Place:
    """Return what a query's cells are apart by, touchpoint first; ``more`` what it shows apart besides."""
    last = max(
        (n for n, name in enumerate(FINER, 1) if getattr(query, name) is not None), default=0
    )
    finer = FINER[:last]
    by_place = query.by == "touchpoint" or query.touchpoint is not None or finer
    first = ("touchpoint", *finer) if by_place else ()
    apart = tuple(name for name in APART if getattr(query, name) is not None or name in more)
    return (*first, *apart, *query.sides, *(name for name in more if name not in APART))


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """What of one measure is shown, per stage and series; ``place`` says which cell a part belongs to.

    Nothing is hidden of the groups in ``open``: most tables have no other, and these need no second look. Nothing is
    told of those in ``closed``, not even that a cell is empty.
    """

    measure: int
    place: Placing
    shown: Mapping[Group, frozenset[Place]]
    open: frozenset[Group]
    closed: frozenset[Group]

    def lifts(self, parts: Iterable[Part]) -> bool:
        """Say whether all these parts that hold anybody are shown."""
        return all(
            group in self.open
            or not part.amount(self.measure)
            or self.place(part.dimensions, part.sides) in self.shown.get(group, ())
            for part in parts
            for group in (group_of(part.dimensions),)
        )

    def without(self, groups: frozenset[Group]) -> "Veil":
        """Return the veil that tells nothing of these groups."""
        if not groups:
            return self
        told = {group: frozenset[Place]() for group in groups}
        return replace(
            self,
            shown={**self.shown, **told},
            open=self.open - groups,
            closed=self.closed | groups,
        )


def veil(crowds: Crowds, axes: Place, measure: int) -> Veil:
    """Return what is shown of a measure of everybody."""
    return crowds.once(("veil", axes, measure), lambda: _decided(crowds, axes, measure))


def _decided(crowds: Crowds, axes: Place, measure: int) -> Veil:
    place, groups = placing(axes, crowds.attributes), crowds.groups
    if groups <= crowds.sure(measure):
        return Veil(measure=measure, place=place, shown={}, open=groups, closed=frozenset())
    told = veil_of(crowds.cells(axes, measure), axes, place, measure)
    return told.without(beside_thirds(partial(crowds.cells, measure=measure), axes))


def veil_of_steps(crowds: Crowds, axes: Place, measure: int) -> Veil:
    """Return what is shown of how far asks came, by as many customers at most as answered in each cell."""
    return crowds.once(("veil of steps", axes, measure), lambda: _of_steps(crowds, axes, measure))


def _of_steps(crowds: Crowds, axes: Place, measure: int) -> Veil:
    place, groups = placing(axes, crowds.attributes), crowds.groups
    if groups <= crowds.sure(measure) & crowds.sure(ANSWERS):
        return Veil(measure=measure, place=place, shown={}, open=groups, closed=frozenset())
    told = veil_of(answering(crowds, axes, measure), axes, place, measure)
    return told.without(beside_thirds(partial(answering, crowds, measure=measure), axes))


def beside_thirds(
    cells_by: Callable[[Place], Mapping[Group, Cells]], axes: Place
) -> frozenset[Group]:
    """Return the groups that tell nothing along these axes; weeks are of other days than what they stand beside."""
    return frozenset() if WEEK in axes else telling(cells_by, axes, HIDDEN_BELOW)


def answering(crowds: Crowds, axes: Place, measure: int) -> Mapping[Group, Cells]:
    """Return the asks of each cell, at most as many as there are customers whose newest answer lies there.

    A cell of asks is never empty, though nobody's newest answer lies there.
    """
    answered = crowds.cells(axes, ANSWERS)
    return {
        group: {
            place: min(n, answered.get(group, {}).get(place, 0)) or 1 for place, n in cells.items()
        }
        for group, cells in crowds.cells(axes, measure).items()
    }


def veil_of(
    groups: Mapping[Group, Cells], axes: Place, place: Placing, measure: int, k: int = HIDDEN_BELOW
) -> Veil:
    """Return what is shown of cells that are counted already, none of them empty; ``k`` is enough to be shown."""
    told = {group: shown(cells, axes, k) for group, cells in groups.items()}
    whole = (group for group, cells in groups.items() if len(told[group]) == len(cells))
    closed = (group for group, cells in groups.items() if not told[group] and shut(cells, axes, k))
    return Veil(
        measure=measure,
        place=place,
        shown=told,
        open=frozenset(whole),
        closed=frozenset(closed),
    )


def shown(cells: Cells, axes: Place, k: int = HIDDEN_BELOW) -> frozenset[Place]:
    """Return the cells with anybody in them that may be shown; zeros hide nobody and are left out."""
    held = {place: count for place, count in cells.items() if count}
    if not axes:
        return frozenset(place for place, count in held.items() if not small(count, k))
    if not _any_small(held, k):
        return frozenset(held)
    if _are_nested(axes):
        return _nested(held, k)
    return _of_table(held, k) if len(axes) == _TWO else frozenset()


def shut(cells: Cells, axes: Place, k: int = HIDDEN_BELOW) -> bool:
    """Say whether nothing of the inside of a table may be told, not even that a cell is empty."""
    held = {place: count for place, count in cells.items() if count}
    if not axes or _are_nested(axes) or not _any_small(held, k):
        return False
    return len(axes) > _TWO or hide_table(as_table(held)[2], k).dropped


def _any_small(cells: Cells, k: int) -> bool:
    return any(small(count, k) for count in cells.values())


def _are_nested(axes: Place) -> bool:
    return all(axis in FINER for axis in axes[1:])


def _of_line(cells: Cells, k: int) -> frozenset[Place]:
    places = sorted(cells)
    counts = [cells[place] for place in places]
    hidden = hide_line(counts, k, total_published=True).cells
    return frozenset(place for nth, place in enumerate(places) if nth not in hidden)


def _of_table(cells: Cells, k: int) -> frozenset[Place]:
    rows, columns, table = as_table(cells)
    hidden = hide_table(table, k).cells
    return frozenset(
        (row, column)
        for r, row in enumerate(rows)
        for c, column in enumerate(columns)
        if cells.get((row, column)) and (r, c) not in hidden
    )


def as_table(cells: Cells) -> tuple[list[str], list[str], list[list[int]]]:
    """Return cells of two axes as the names of rows and columns, and the counts in them."""
    rows, columns = (sorted({place[axis] for place in cells}) for axis in range(_TWO))
    return rows, columns, [[cells.get((row, column), 0) for column in columns] for row in rows]


def _nested(cells: Cells, k: int, depth: int = 1) -> frozenset[Place]:
    """Return what is shown of cells inside each other: a line of heads, and inside of each that is shown another."""
    heads: Counter[Place] = Counter()
    for place, count in cells.items():
        heads[place[:depth]] += count
    told = _of_line(heads, k)
    if heads.keys() == cells.keys():
        return told
    lines = groupby(sorted(cells), key=lambda place: place[:depth])
    return frozenset(
        cell
        for head, places in lines
        if head in told
        for cell in _nested({place: cells[place] for place in places}, k, depth + 1)
    )


def covered(counts: Sequence[int | None], true: Sequence[int], people: Sequence[int]) -> bool:
    """Say whether a total may be shown beside these counts, of which None are hidden, by how many ``people`` at least."""
    each = zip(counts, true, people, strict=True)
    hidden = [who for told, n, who in each if told is None and n]
    return not hidden or (len(hidden) > 1 and sum(hidden) >= HIDDEN_BELOW)
