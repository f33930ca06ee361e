"""One cell: a value as spreadsheets take it, and text that none of them may take for a formula."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from bot.sheets.columns import Column, Kind

GUARD: Final = "'"
_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 the full-width ones begin formulas in East Asian Excel
"""With these a cell begins that spreadsheets run (OWASP, CSV injection)."""

Cell = str | int | float | bool | date | datetime | None


def guarded(text: str) -> str:
    """Return the text, with an apostrophe before it where a spreadsheet might run it."""
    return GUARD + text if text.lstrip(" \u00a0\u3000\ufeff")[:1] in _STARTS else text


def packed(value: Any) -> str:
    """Return what one cell can't hold as it is, as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_WRITTEN: Final[Mapping[Kind, Callable[[Any], Cell]]] = {
    Kind.TEXT: lambda value: guarded(str(value)),
    Kind.WORDS: lambda value: guarded("|".join(value)),
    Kind.PAIRS: lambda value: guarded(packed(value)),
}
"""How what is no number, day or instant becomes text."""


def cell_of(column: Column) -> Callable[[Any], Cell]:
    """Return what reads this column's cell of a row; numbers, days and instants as they are, text guarded."""
    read, write = column.read, _WRITTEN.get(column.kind)
    if write is None:
        return read

    def written(row: Any) -> Cell:
        value = read(row)
        return None if value is None else write(value)

    return written
