"""What a result is: the one query layer behind the CLI, the API and the console."""

from surveys.results.build import result_table, run, run_all
from surveys.results.query import Query, parse_query
from surveys.results.rows import headline
from surveys.results.table import Labels, ResultTable, Row
from surveys.results.values import (
    Bounds,
    Change,
    FunnelCell,
    Pain,
    Recipe,
    Totals,
    WeekPoint,
    Weighted,
)
from surveys.results.windows import Window, parse_period, parse_since

__all__ = [
    "Bounds",
    "Change",
    "FunnelCell",
    "Labels",
    "Pain",
    "Query",
    "Recipe",
    "ResultTable",
    "Row",
    "Totals",
    "WeekPoint",
    "Weighted",
    "Window",
    "headline",
    "parse_period",
    "parse_query",
    "parse_since",
    "result_table",
    "run",
    "run_all",
]
