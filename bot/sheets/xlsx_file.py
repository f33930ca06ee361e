"""XLSX: numbers are numbers, days are days, text is text; one row at a time, whatever their number."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from bot.sheets.cells import Cell, cell_of
from bot.sheets.columns import Column, Kind

MOST_ROWS = 1_048_576
"""Of one sheet, the header among them; a longer table goes on in the next one."""

LONGEST_TEXT = 32_767
"""Characters of one cell."""

_WIDTHS = {
    Kind.TEXT: 18,
    Kind.ID: 24,
    Kind.INSTANT: 24,
    Kind.DAY: 12,
    Kind.WORDS: 24,
    Kind.PAIRS: 24,
}


class XlsxFile:
    """Writes rows as they come; nothing but the current row is kept in memory.

    A sheet has no time zones: instants stand in it in UTC, and their cells say so.
    """

    def __init__(
        self, out: BinaryIO, columns: Sequence[Column], *, name: str, most_rows: int = MOST_ROWS
    ) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = Workbook(out, options)
        self._columns = columns
        self._cells = [(column, cell_of(column)) for column in columns]
        self._name = name
        self._most_rows = most_rows
        self._head = self._book.add_format({"bold": True})
        self._formats = {
            Kind.DAY: self._book.add_format({"num_format": "yyyy-mm-dd"}),
            Kind.INSTANT: self._book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss "UTC"'}),
        }
        self._sheets = 0
        self._sheet, self._row = self._new_sheet()

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""
        for row in rows:
            if self._row == self._most_rows:
                self._sheet, self._row = self._new_sheet()
            for place, (column, cell) in enumerate(self._cells):
                self._write(place, column, cell(row))
            self._row += 1

    def close(self) -> None:
        """Finish the file; it stays its owner's to close."""
        self._book.close()

    def _new_sheet(self) -> tuple[Worksheet, int]:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            sheet.set_column(place, place, _WIDTHS.get(column.kind, 10))
            sheet.write_string(0, place, column.name, self._head)
        return sheet, 1

    def _write(self, place: int, column: Column, value: Cell) -> None:
        sheet, row = self._sheet, self._row
        match value:
            case None:
                return
            case bool():
                sheet.write_boolean(row, place, value)
            case int() | float():
                sheet.write_number(row, place, value)
            case datetime():
                naive = value.astimezone(UTC).replace(tzinfo=None)
                sheet.write_datetime(row, place, naive, self._formats[column.kind])
            case date():
                sheet.write_datetime(row, place, value, self._formats[column.kind])
            case str():  # pragma: no branch the last kind
                sheet.write_string(row, place, value[:LONGEST_TEXT])
