"""What a result is: the one query layer behind the CLI, the API and the console."""

from surveys.results.build import headline, result_table, run
from surveys.results.query import Query, Window, parse_period, parse_query, parse_since
from surveys.results.table import Labels, ResultTable, Row

__all__ = [
    "Labels",
    "Query",
    "ResultTable",
    "Row",
    "Window",
    "headline",
    "parse_period",
    "parse_query",
    "parse_since",
    "result_table",
    "run",
]
