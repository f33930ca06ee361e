"""CSV after RFC 4180: UTF-8, a header, one line for each row, whatever is in it quoted as needed."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import TextIOWrapper
from typing import Any, BinaryIO

from bot.sheets.cells import Cell, cell
from bot.sheets.columns import Column


class CsvFile:
    """Writes rows as they come. ``bom`` marks the file as UTF-8, which Excel does not guess."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column], *, bom: bool) -> None:
        self._columns = columns
        self._text = TextIOWrapper(out, "utf-8-sig" if bom else "utf-8", newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow([column.name for column in columns])

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""
        self._writer.writerows(
            [_printed(cell(column, row)) for column in self._columns] for row in rows
        )

    def close(self) -> None:
        """Write what is left; the file stays its owner's to close."""
        self._text.flush()
        self._text.detach()


def _printed(value: Cell) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case _:
            return value
