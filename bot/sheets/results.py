"""Results as a file: the rows of the API, one a line."""

from typing import BinaryIO

from bot.sheets.columns import Column, Kind
from bot.sheets.forms import Form, opened
from surveys.results import ResultTable


def _field(name: str, kind: Kind) -> Column:
    return Column(name, kind, lambda row: row[name])


def _fields(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(_field(name, kind) for name in names)


RESULT_COLUMNS = (
    *_fields(Kind.TEXT, "stage", "touchpoint", "instrument", "series", "wording"),
    *_fields(Kind.YES, "wordings_differ"),
    *_fields(Kind.WHOLE, "n", "customers"),
    *_fields(Kind.NUMBER, "score", "ci_low", "ci_high"),
    *_fields(Kind.TEXT, "ci_method"),
    *_fields(Kind.NUMBER, "mean", "mean_ci_low", "mean_ci_high"),
    *_fields(Kind.TEXT, "mean_ci_method"),
    *_fields(Kind.WHOLE, "invited", "delivered", "started", "answered", "completed"),
    *_fields(Kind.NUMBER, "response_rate"),
    *_fields(Kind.PAIRS, "distribution"),
    *_fields(Kind.YES, "suppressed", "indicative", "imprecise"),
    *_fields(Kind.PAIRS, "change", "spark", "pain", "channel_mix", "bounds", "weighted", "recipe"),
)
"""Of a row of results as the API gives it (surveys.results.Row.to_json): suppressed there, so suppressed here."""


def write_results(table: ResultTable, out: BinaryIO, form: Form, *, bom: bool = False) -> int:
    """Write the rows of results, what is hidden hidden; return how many."""
    rows = [row.to_json() for row in (*table.rows, *table.recoveries)]
    file = opened(out, form, RESULT_COLUMNS, "results", bom=bom)
    file.add(rows)
    file.close()
    return len(rows)
