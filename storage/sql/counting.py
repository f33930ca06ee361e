"""Keeps counts: one wide row for each day and combination of tags, one more for each side of it; the same by month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Table

from storage.sql import numbers
from storage.sql.numbers import dimension_id, side_id
from storage.sql.session import Session
from storage.sql.shapes import insert_into, table_of
from storage.sql.statements import Statement
from storage.tables import cubes
from storage.tables.counting import FunnelRow, HistogramRow
from storage.tables.cubes import RULED, SCORES, STEPS
from surveys.model import Side
from surveys.reports import ScoreChange, StepChange

Change = tuple[tuple[Any, ...], str, int]
"""What names a row, which of its columns changes, by how much."""


class Cube:
    """A table of wide rows, named by ``key``, whose ``columns`` are counts; ``months`` has the same by month."""

    def __init__(
        self,
        table: Table,
        key: tuple[str, ...],
        columns: tuple[str, ...],
        months: Table | None = None,
    ) -> None:
        self.table, self.key, self.columns = table, key, columns
        self.months = None if months is None else Cube(months, key, columns)
        fresh = insert_into(table, (*key, *columns))
        self.add = Statement(
            fresh.on_conflict_do_update(
                index_elements=list(key),
                set_={name: table.c[name] + fresh.excluded[name] for name in columns},
            )
        )

    def write(self, session: Session, changes: Iterable[Change]) -> None:
        """Add to the column of each key; each row is written once, in the order that all writers keep."""
        wanted = list(changes)
        none = dict.fromkeys(self.columns, 0)
        rows: defaultdict[tuple[Any, ...], dict[str, int]] = defaultdict(none.copy)
        for key, column, by in wanted:
            rows[key][column] += by
        written = [
            {**dict(zip(self.key, key, strict=True)), **rows[key]}
            for key in sorted(rows)
            if any(rows[key].values())
        ]
        if written:
            session.run_many(self.add, written)
        if self.months is not None:
            self.months.write(session, self._by_month(wanted))

    def _by_month(self, changes: Iterable[Change]) -> Iterator[Change]:
        place = self.key.index("day")
        for key, column, by in changes:
            day: date = key[place]
            yield (*key[:place], day.replace(day=1), *key[place + 1 :]), column, by


_BY_SIDE: Final = ("side_id", "day", "dimension_id")
HISTOGRAM: Final = Cube(
    table_of(HistogramRow),
    ("rule", "period", "day", "dimension_id"),
    SCORES,
    cubes.HISTOGRAM_MONTH,
)
SIDE_HISTOGRAM: Final = Cube(cubes.SIDE_HISTOGRAM, _BY_SIDE, RULED, cubes.SIDE_HISTOGRAM_MONTH)
FUNNEL: Final = Cube(table_of(FunnelRow), ("day", "dimension_id"), STEPS, cubes.FUNNEL_MONTH)
SIDE_FUNNEL: Final = Cube(cubes.SIDE_FUNNEL, _BY_SIDE, STEPS, cubes.SIDE_FUNNEL_MONTH)


class SqlCounts:
    """See surveys.ports.Counts."""

    def __init__(self, session: Session) -> None:
        self._db = session

    def add_scores(self, changes: Sequence[ScoreChange]) -> None:
        """Add to the buckets of the scores."""
        tagged = [(each, dimension_id(self._db, each.dimensions)) for each in changes]
        HISTOGRAM.write(
            self._db,
            (((c.rule, c.period, c.day, tags), SCORES[c.score], c.by) for c, tags in tagged),
        )
        SIDE_HISTOGRAM.write(
            self._db,
            (
                ((side_id(self._db, side), c.day, tags), f"{c.rule.value}_{SCORES[c.score]}", c.by)
                for c, tags in tagged
                for side in c.sides
            ),
        )

    def add_steps(self, changes: Sequence[StepChange]) -> None:
        """Add to the cohort counts of the steps."""
        tagged = [(each, dimension_id(self._db, each.dimensions)) for each in changes]
        FUNNEL.write(self._db, (((c.day, tags), c.step.value, c.by) for c, tags in tagged))
        SIDE_FUNNEL.write(
            self._db,
            (
                ((side_id(self._db, side), c.day, tags), c.step.value, c.by)
                for c, tags in tagged
                for side in c.sides
            ),
        )

    def segment(self, attribute: str, value: str) -> Side:
        """Return under which value it counts."""
        return numbers.segment(self._db, attribute, value)
