"""Tables of counts by side, and of every count by month, so that a long window reads few rows.

A row by month has the first of its month for a day. Rows by side say by all four rules at once: most of them count one
answer, and have it in several. Nothing deletes sides and tags, so no row is checked to point at them: on PostgreSQL that
took half the time of a recount.
"""

from sqlalchemy import Column, Date, Integer, PrimaryKeyConstraint
from sqlalchemy import Table as CoreTable
from sqlmodel import AutoString

from storage.tables.columns import Number, Table, Word
from surveys.model import CountRule, FunnelStep

SCORES = tuple(f"s{score}" for score in range(11))
STEPS = tuple(step.value for step in FunnelStep)
RULED = tuple(f"{rule.value}_{score}" for rule in CountRule for score in SCORES)
"""Columns of a histogram by side: ``newest_s4`` is how many answers of score 4 count by the rule ``newest``."""


def _table(name: str, key: tuple[str, ...], counts: tuple[str, ...]) -> CoreTable:
    kinds = {
        "rule": Word(CountRule),
        "period": AutoString(),
        "side_id": Number,
        "day": Date(),
        "dimension_id": Number,
    }
    return CoreTable(
        name,
        Table.metadata,
        *(Column(each, kinds[each], nullable=False) for each in key),
        *(Column(each, Integer(), nullable=False) for each in counts),
        PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


SIDE_HISTOGRAM = _table("side_histogram", ("side_id", "day", "dimension_id"), RULED)
SIDE_FUNNEL = _table("side_funnel", ("side_id", "day", "dimension_id"), STEPS)
HISTOGRAM_MONTH = _table("histogram_month", ("rule", "period", "day", "dimension_id"), SCORES)
FUNNEL_MONTH = _table("funnel_month", ("day", "dimension_id"), STEPS)
SIDE_HISTOGRAM_MONTH = _table("side_histogram_month", ("side_id", "day", "dimension_id"), RULED)
SIDE_FUNNEL_MONTH = _table("side_funnel_month", ("side_id", "day", "dimension_id"), STEPS)
