"""Keeps counts: one wide row for each day and combination of tags, and one more for each side of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Table

from storage.sql import numbers
from storage.sql.numbers import dimension_id, side_id
from storage.sql.session import Session
from storage.sql.shapes import insert_into, table_of
from storage.sql.statements import Statement
from storage.tables.counting import (
    FunnelRow,
    HistogramRow,
    SideFunnelRow,
    SideHistogramRow,
)
from surveys.model import FunnelStep, Side
from surveys.reports import ScoreChange, StepChange

SCORES: Final = tuple(f"s{score}" for score in range(11))
STEPS: Final = tuple(step.value for step in FunnelStep)


class Cube:
    """A table of wide rows, named by ``key``, whose ``columns`` are counts."""

    def __init__(self, table: Table, key: tuple[str, ...], columns: tuple[str, ...]) -> None:
        self.table, self.key, self.columns = table, key, columns
        fresh = insert_into(table, (*key, *columns))
        self.add = Statement(
            fresh.on_conflict_do_update(
                index_elements=list(key),
                set_={name: table.c[name] + fresh.excluded[name] for name in columns},
            )
        )

    def write(self, session: Session, changes: Iterable[tuple[tuple[Any, ...], str, int]]) -> None:
        """Add to the column of each key; each row is written once, in the order that all writers keep."""
        none = dict.fromkeys(self.columns, 0)
        rows: defaultdict[tuple[Any, ...], dict[str, int]] = defaultdict(none.copy)
        for key, column, by in changes:
            rows[key][column] += by
        written = [
            {**dict(zip(self.key, key, strict=True)), **rows[key]}
            for key in sorted(rows)
            if any(rows[key].values())
        ]
        if written:
            session.run_many(self.add, written)


HISTOGRAM: Final = Cube(table_of(HistogramRow), ("rule", "period", "day", "dimension_id"), SCORES)
SIDE_HISTOGRAM: Final = Cube(
    table_of(SideHistogramRow), ("rule", "period", "side_id", "day", "dimension_id"), SCORES
)
FUNNEL: Final = Cube(table_of(FunnelRow), ("day", "dimension_id"), STEPS)
SIDE_FUNNEL: Final = Cube(table_of(SideFunnelRow), ("side_id", "day", "dimension_id"), STEPS)


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
                ((c.rule, c.period, side_id(self._db, side), c.day, tags), SCORES[c.score], c.by)
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
