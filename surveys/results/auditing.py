"""Proves of one window that what results show of it tells nobody apart: by linear programming, so by hand.

Every table of two axes that can be asked for is hidden as results hide it, and then attacked: a reader who knows all
shown cells and sums solves for each hidden one (surveys.statistics.suppression_audit).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import combinations
from typing import Any

from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results.crowds import ANSWERS, Cells, Group, Place
from surveys.results.hiding import WEEK, as_table
from surveys.results.query import Query
from surveys.results.reading import Source, read
from surveys.statistics.suppression import HiddenTable, hide_table, small
from surveys.statistics.suppression_audit import audit
from surveys.statistics.tiers import HIDDEN_BELOW
from surveys.timing import day_of

_AXES = ("touchpoint", "channel", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How many tables were attacked, how many of them hide anything, and what of them is told."""

    tables: int
    hiding: int
    told: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the audit as the command line gives it."""
        return {"tables": self.tables, "hiding": self.hiding, "told": list(self.told)}


def audit_window(tx: UnitOfWork, program: Program, query: Query, now: datetime) -> Audit:
    """Attack every table of a query's window: two axes each of touchpoint, channel, language, its sides, the week."""
    source = Source(tx, program)
    material = read(source, query, day_of(now, source.zone))
    crowds, weeks = material.counted.crowds, material.weeks
    tables = [
        *_tables(partial(crowds.cells, measure=ANSWERS), (*_AXES, *crowds.attributes)),
        *_tables(weeks.cells, (*_AXES, WEEK), with_axis=WEEK),
    ]
    hiding = [(name, cells) for name, cells in tables if any(map(small, cells.values()))]
    told = tuple(line for name, cells in hiding for line in attacked(name, cells))
    return Audit(tables=len(tables), hiding=len(hiding), told=told)


def _tables(
    cells_by: Callable[[Place], Mapping[Group, Cells]], axes: Place, with_axis: str = ""
) -> Iterator[tuple[str, Cells]]:
    for pair in combinations(axes, 2):
        if with_axis in ("", *pair):
            for (stage, series), cells in cells_by(pair).items():
                yield f"{stage} {series} by {' and '.join(pair)}", cells


def attacked(name: str, cells: Cells, hidden: HiddenTable | None = None) -> Iterator[str]:
    """Yield what a reader can tell of cells of two axes, hidden as results hide them unless given otherwise."""
    rows, columns, counts = as_table(cells)
    hidden = hidden or hide_table(counts, HIDDEN_BELOW)
    for breach in audit(counts, hidden, HIDDEN_BELOW):
        row, column = rows[breach.row], columns[breach.column]
        place = {"cell": f"{row} {column}", "row": row, "column": column}.get(breach.what, "all")
        yield f"{name}: {place} is {breach.least:g} to {breach.most:g}"
