"""Which forms a table may be written in, and which one a request wants."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, BinaryIO, Final, Protocol

from bot.sheets.columns import Column
from bot.sheets.csv_file import CsvFile
from bot.sheets.parquet_file import ParquetFile
from bot.sheets.xlsx_file import XlsxFile
from surveys.errors import InvalidInput


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


class TableFile(Protocol):
    """A table that is written row by row."""

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""

    def close(self) -> None:
        """Finish it; the file below stays its owner's to close."""


def form_named(name: str) -> Form:
    """Return the format; raises InvalidInput."""
    try:
        return Form(name)
    except ValueError:
        raise InvalidInput("format", f"must be one of {', '.join(Form)}") from None


def opened(
    out: BinaryIO, form: Form, columns: Sequence[Column], name: str, *, bom: bool = False
) -> TableFile:
    """Begin a table in a file. Raises InvalidInput for Parquet where its extra is not installed."""
    match form:
        case Form.CSV:
            return CsvFile(out, columns, bom=bom)
        case Form.XLSX:
            return XlsxFile(out, columns, name=name)
        case Form.PARQUET:  # pragma: no branch the last form
            return ParquetFile(out, columns)


def wanted(accept: str, parameters: Mapping[str, str]) -> tuple[Form | None, bool]:
    """Return the format that ``format``, else the Accept header, asks for, None for JSON; and whether with ``bom``.

    Raises InvalidInput.
    """
    bom = parameters.get("bom", "0")
    if bom not in ("0", "1"):
        raise InvalidInput("bom", "must be 0 or 1")
    if "format" in parameters:
        name = parameters["format"]
        return None if name == "json" else form_named(name), bom == "1"
    first = accept.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip().lower()
    named = (form for form, media in MEDIA_TYPES.items() if media.split(";")[0] == first)
    return next(named, None), bom == "1"


def headers_of(form: Form, name: str) -> dict[str, str]:
    """Return the headers of a file to be kept under this name."""
    return {
        "Content-Type": MEDIA_TYPES[form],
        "Content-Disposition": f'attachment; filename="{name}.{form.value}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
