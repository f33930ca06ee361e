"""Opens a CSV file in whatever encoding and with whatever delimiter it was written, and reads it row by row."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from surveys.errors import InvalidInput

WHERE: Final = "file"
DELIMITERS: Final = (",", ";", "\t", "|")
LONGEST_CELL: Final = 131_072
_TELLS_EXCEL: Final = "sep="
_BLOCK: Final = 1 << 16
_SAMPLED: Final = 200
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN: Final = ("utf-8", "cp949")
_NULS: Final = 0.3
"""Part of the bytes that are NUL where Latin text is UTF-16 without a mark at its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV file: how it is written, its header, and its first rows."""

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield each row behind the header with the line it begins in; empty lines are left out.

        Raises InvalidInput, naming the line, where the file stops being CSV.
        """
        with _opened(self.path, self.encoding) as file:
            rows = _records(file, self.delimiter)
            next(rows, None)
            yield from rows


def open_table(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Return the file's table; raises InvalidInput where it can't be read, is empty or has no header."""
    encoding = encoding or encoding_of(path)
    delimiter = delimiter or _delimiter_of(path, encoding)
    with _opened(path, encoding) as file:
        first = list(islice(_records(file, delimiter), _SAMPLED + 1))
    if not first:
        raise InvalidInput(WHERE, f"{path} is empty")
    _, headers = first[0]
    named = [header.strip() for header in headers if header.strip()]
    if not named or all(header.replace(".", "").isdecimal() for header in named):
        raise InvalidInput(WHERE, "line 1 is no header; the first line must name the columns")
    return Table(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        headers=tuple(header.strip() for header in headers),
        sample=tuple(tuple(row) for _, row in first[1:]),
    )


def encoding_of(path: Path) -> str:
    """Return how the file is encoded: by its first bytes, else UTF-8 if all of it is, else CP949 if all of it is.

    Raises InvalidInput where it is neither.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_BLOCK)
    except OSError as exc:
        raise InvalidInput(WHERE, f"{path} can't be read: {exc.strerror}") from exc
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if wide := _wide(head):
        return wide
    for name in _KNOWN:
        if _is_all(path, name):
            return name
    raise InvalidInput(WHERE, f"{path} is neither UTF-8, UTF-16 nor CP949; name it with --encoding")


def _wide(head: bytes) -> str | None:
    """Return which UTF-16 it is where every other byte of much of it is NUL."""
    halves = {"utf-16-le": head[1::2], "utf-16-be": head[0::2]}
    for name, half in halves.items():
        if half and half.count(0) / len(half) > _NULS:
            return name
    return None


def _is_all(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    try:
        file = path.open(encoding=encoding, newline="")
    except (OSError, LookupError) as exc:
        raise InvalidInput(WHERE, f"{path} can't be read as {encoding}: {exc}") from exc
    with file:
        yield file


def _records(file: TextIO, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the records that hold anything; a line that tells Excel the delimiter is none."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            said = any(cell.strip() for cell in cells)
            if said and not (begins == 1 and cells[0].strip().startswith(_TELLS_EXCEL)):
                yield begins, cells
            begins = reader.line_num + 1
    except (csv.Error, UnicodeDecodeError) as exc:
        raise InvalidInput(WHERE, f"line {begins} is no CSV: {exc}") from exc


def _delimiter_of(path: Path, encoding: str) -> str:
    """Return the delimiter by which the first rows have most columns, all as many as the header."""
    return max(DELIMITERS, key=lambda each: _columns(path, encoding, each))


def _columns(path: Path, encoding: str, delimiter: str) -> int:
    try:
        with _opened(path, encoding) as file:
            widths = [len(row) for _, row in islice(_records(file, delimiter), 20)]
    except InvalidInput:
        return 0
    same = sum(width == widths[0] for width in widths)
    return widths[0] if widths and widths[0] > 1 and same * 2 > len(widths) else 0
