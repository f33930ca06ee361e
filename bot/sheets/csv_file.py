"""CSV after RFC 4180: UTF-8, a header, one line for each row, whatever is in it quoted as needed.

LibreOffice parts an unquoted cell at ``;`` and tabs too, and would run ``=1+1`` behind them: such rows are quoted throughout.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

from bot.sheets.cells import cell_of
from bot.sheets.columns import Column, Kind

_PARTS: Final = re.compile(r"[;\t]")
"""What other programs take for the end of a cell."""


class CsvFile:
    """Writes rows as they come. ``bom`` marks the file as UTF-8, which Excel does not guess."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column], *, bom: bool) -> None:
        self._cells = [_printed(column) for column in columns]
        self._text = TextIOWrapper(out, "utf-8-sig" if bom else "utf-8", newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._quoting = csv.writer(self._text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        self._writer.writerow([column.name for column in columns])

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""
        for row in rows:
            cells = [cell(row) for cell in self._cells]
            parted = any(isinstance(cell, str) and _PARTS.search(cell) for cell in cells)
            (self._quoting if parted else self._writer).writerow(cells)

    def close(self) -> None:
        """Write what is left; the file stays its owner's to close."""
        self._text.flush()
        self._text.detach()


_PRINTED: Final[Mapping[Kind, Callable[[Any], str | int | float]]] = {
    Kind.YES: lambda value: "true" if value else "false",
    Kind.DAY: date.isoformat,
    Kind.INSTANT: datetime.isoformat,
}


def _printed(column: Column) -> Callable[[Any], Any]:
    """Return what reads this column's cell as CSV has it; nothing for what is unknown."""
    read, show = cell_of(column), _PRINTED.get(column.kind)
    if show is None:
        return read

    def printed(row: Any) -> str | int | float:
        value = read(row)
        return "" if value is None else show(value)

    return printed
