"""Opens a CSV file in whatever encoding and with whatever delimiter it was written, and reads it row by row."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from surveys.errors import InvalidInput
from surveys.importing.rows import tidy

WHERE: Final = "file"
DELIMITERS: Final = (",", ";", "\t", "|")
LONGEST_CELL: Final = 131_072
_TELLS_EXCEL: Final = "sep="
_BLOCK: Final = 1 << 16
_SAMPLED: Final = 200
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS: Final = (
    (b"PK\x03\x04", "is a workbook of Excel or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "is an old workbook of Excel"),
    (b"\x1f\x8b", "is compressed"),
    (b"%PDF", "is a PDF"),
    (b"<", "is HTML or XML, whatever its name says"),
    (b"{", "is JSON"),
    (b"[", "is JSON"),
)
"""By which first bytes other kinds of file are known, and what is said of them."""

_HANGUL: Final = 0.5
"""Part of the letters beyond ASCII that are usual Hangul in Korean text; Japanese read as CP949 has hardly any."""

_PAIR: Final = 2
"""Bytes of a usual syllable in EUC-KR; others are put together from their letters there."""

_TITLES: Final = 20
"""Lines among which the header stands: a title before it fills one cell."""

_NULS: Final = 0.3
"""Part of the bytes that are NUL where Latin text is UTF-16 without a mark at its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV file: how it is written, its header and the line it begins in, and its first rows."""

    path: Path
    encoding: str
    delimiter: str
    line: int
    headers: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield each row behind the header with the line it begins in; empty lines are left out.

        Raises InvalidInput, naming the line, where the file stops being CSV.
        """
        with _opened(self.path, self.encoding) as file:
            yield from (row for row in _records(file, self.delimiter) if row[0] > self.line)


def open_table(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Return the file's table; raises InvalidInput where it can't be read, is empty or has no header."""
    encoding = encoding or encoding_of(path)
    delimiter = delimiter or _delimiter_of(path, encoding)
    with _opened(path, encoding) as file:
        first = list(islice(_records(file, delimiter), _TITLES + _SAMPLED))
    if not first:
        raise InvalidInput(WHERE, f"{path} is empty")
    place = _place_of_header([cells for _, cells in first])
    line, cells = first[place]
    headers = tuple(tidy(cell) for cell in cells)
    named = [header for header in headers if header]
    if not named or all(header.replace(".", "").isdecimal() for header in named):
        raise InvalidInput(WHERE, f"line {line} is no header; a line must name the columns")
    return Table(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        line=line,
        headers=headers,
        sample=tuple(tuple(row) for _, row in first[place + 1 :]),
    )


def _place_of_header(rows: Sequence[Sequence[str]]) -> int:
    """Return which row is the header: the first with two cells, for a score and a time are needed."""
    wide = (n for n, cells in enumerate(rows[:_TITLES]) if sum(map(bool, map(tidy, cells))) > 1)
    return next(wide, 0)


def encoding_of(path: Path) -> str:
    """Return how the file is encoded: by its first bytes, else UTF-8 if all of it is, else CP949 if all of it is.

    Raises InvalidInput where it is neither, or no text, or Japanese or Chinese rather than Korean.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_BLOCK)
    except OSError as exc:
        raise InvalidInput(WHERE, f"{path} can't be read: {exc.strerror}") from exc
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    for mark, said in _OTHERS:
        if head.lstrip().startswith(mark):
            raise InvalidInput(WHERE, f"{path} {said}; save it as CSV")
    return _wide(head) or _narrow(path)


def _narrow(path: Path) -> str:
    broken = _breaks_in(path, "utf-8")
    if broken is None:
        return "utf-8"
    if _breaks_in(path, "cp949") is None and _is_korean(path):
        return "cp949"
    problem = f"is neither UTF-8 (line {broken} breaks it), UTF-16 nor Korean in CP949"
    raise InvalidInput(WHERE, f"{path} {problem}; name it with --encoding")


def _is_korean(path: Path) -> bool:
    with path.open(encoding="cp949", errors="replace") as file:
        letters = [letter for letter in file.read(_BLOCK) if letter > "\x7f" and letter.isalpha()]
    return sum(map(_is_usual, letters)) >= _HANGUL * len(letters)


def _is_usual(letter: str) -> bool:
    """Say whether a letter is one of the 2,350 syllables of KS X 1001, of which Korean text almost wholly consists."""
    return "가" <= letter <= "힣" and len(letter.encode("euc_kr", "ignore")) == _PAIR


def _wide(head: bytes) -> str | None:
    """Return which UTF-16 it is where every other byte of much of it is NUL."""
    halves = {"utf-16-le": head[1::2], "utf-16-be": head[0::2]}
    for name, half in halves.items():
        if half and half.count(0) / len(half) > _NULS:
            return name
    return None


def _breaks_in(path: Path, encoding: str) -> int | None:
    """Return the first line that is not in an encoding, None where all of the file is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        for block in iter(partial(file.readline, _BLOCK), b""):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return line
            line += block.endswith(b"\n")
    return line if decoder.getstate()[0] else None


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
    """Return the delimiter by which most of the first rows are as wide as the header, the widest of those alike."""
    fits = {each: _fits(path, encoding, each) for each in DELIMITERS}
    if not any(width for _, width in fits.values()):
        with _opened(path, encoding) as file:
            head = file.readline(_BLOCK)
        return max(DELIMITERS, key=head.count)
    return max(DELIMITERS, key=lambda each: fits[each])


def _fits(path: Path, encoding: str, delimiter: str) -> tuple[float, int]:
    try:
        with _opened(path, encoding) as file:
            rows = [row for _, row in islice(_records(file, delimiter), _TITLES + 20)]
    except InvalidInput:
        return 0, 0
    table = rows[_place_of_header(rows) :]
    widths = [len(row) for row in table]
    same = sum(width == widths[0] for width in widths)
    return (same / len(rows), widths[0]) if widths and widths[0] > 1 else (0, 0)
