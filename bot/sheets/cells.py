"""One cell: a value as spreadsheets take it, and text that none of them may take for a formula."""

import json
from datetime import date, datetime
from typing import Any

from bot.sheets.columns import Column, Kind

GUARD = "'"
_STARTS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 the full-width ones begin formulas in East Asian Excel
"""With these a cell begins that spreadsheets run (OWASP, CSV injection)."""

Cell = str | int | float | bool | date | datetime | None


def cell(column: Column, row: Any) -> Cell:
    """Return what stands in the cell; numbers, days and instants as they are, text guarded."""
    value = column.read(row)
    if value is None:
        return None
    match column.kind:
        case Kind.TEXT:
            return guarded(str(value))
        case Kind.WORDS:
            return guarded("|".join(value))
        case Kind.PAIRS:
            return guarded(packed(value))
        case _:
            plain: Cell = value
            return plain


def guarded(text: str) -> str:
    """Return the text, with an apostrophe before it where a spreadsheet might run it."""
    return GUARD + text if text.lstrip(" \u00a0\u3000\ufeff")[:1] in _STARTS else text


def packed(value: Any) -> str:
    """Return what one cell can't hold as it is, as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
