"""Files of answers and of results: which forms there are, and writing one page by page."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, BinaryIO, Final, Protocol

from bot.out.csv_file import CsvFile
from bot.out.flat import ANSWER_COLUMNS, RESULT_COLUMNS, Column
from bot.out.parquet_file import ParquetFile
from bot.out.xlsx_file import XlsxFile
from surveys.errors import InvalidInput
from surveys.ports import Storage
from surveys.reports import AnswerRow, Place
from surveys.results import ResultTable, Window

PAGE: Final = 5000
"""Answers read at once."""


class Form(StrEnum):
    """A file's format."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


MEDIA_TYPES: Final[Mapping[Form, str]] = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.PARQUET: "application/vnd.apache.parquet",
}


class _File(Protocol):
    """A table that is written row by row."""

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""

    def close(self) -> None:
        """Finish it."""


def form_named(name: str) -> Form:
    """Return the format; raises InvalidInput."""
    try:
        return Form(name)
    except ValueError:
        raise InvalidInput("format", f"must be one of {', '.join(Form)}") from None


async def write_answers(
    storage: Storage, window: Window, out: BinaryIO, form: Form, *, bom: bool = False
) -> int:
    """Write the answers of the window's days, oldest first; return how many. A page at a time is in memory."""
    count = 0
    file = _opened(out, form, ANSWER_COLUMNS, "answers", bom=bom)
    async for page in _pages(storage, window):
        await asyncio.to_thread(file.add, page)
        count += len(page)
    await asyncio.to_thread(file.close)
    return count


def write_results(table: ResultTable, out: BinaryIO, form: Form, *, bom: bool = False) -> int:
    """Write the rows of results, what is hidden hidden; return how many."""
    rows = [row.to_json() for row in (*table.rows, *table.recoveries)]
    file = _opened(out, form, RESULT_COLUMNS, "results", bom=bom)
    file.add(rows)
    file.close()
    return len(rows)


def _opened(out: BinaryIO, form: Form, columns: Sequence[Column], name: str, *, bom: bool) -> _File:
    match form:
        case Form.CSV:
            return CsvFile(out, columns, bom=bom)
        case Form.XLSX:
            return XlsxFile(out, columns, name=name)
        case Form.PARQUET:  # pragma: no branch the last form
            return ParquetFile(out, columns)


async def _pages(storage: Storage, window: Window) -> AsyncIterator[tuple[AnswerRow, ...]]:
    page = await _page(storage, window, None)
    while page:
        yield page
        page = await _page(storage, window, page[-1].place)


async def _page(storage: Storage, window: Window, after: Place | None) -> tuple[AnswerRow, ...]:
    days = (window.since, window.until)
    return await storage.read(lambda tx: tx.reports.answer_rows(*days, after, PAGE))
