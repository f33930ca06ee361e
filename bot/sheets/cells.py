"""One cell: a value as spreadsheets take it, and text that none of them may take for a formula."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from unicodedata import category, normalize

from bot.sheets.columns import Column, Kind

GUARD: Final = "'"
_STARTS: Final = frozenset("=+-@")
"""With these a cell begins that spreadsheets run (OWASP, CSV injection), in their full-width and small forms too."""

_BREAKS: Final = frozenset("\t\r\n\x00")
"""A cell that begins with these is read on behind them by some."""

_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_ID: Final = re.compile(r"[A-Za-z0-9_-]{16}|[A-Za-z0-9_-]{22}")
"""An id of ours: base64url of 96 or 128 bits (bot.clock)."""

Cell = str | int | float | bool | date | datetime | None


def guarded(text: str) -> str:
    """Return the text, with an apostrophe before it where a spreadsheet might run it."""
    if text[:1].isalnum():
        return text
    seen = next((letter for letter in text if not _is_unseen(letter)), "")
    runs = normalize("NFKC", seen)[:1] in _STARTS if seen else False
    return GUARD + text if runs or text[:1] in _BREAKS else text


def _is_unseen(letter: str) -> bool:
    """Say whether a letter is a space, a control or a mark without width: some programs drop those in front."""
    return category(letter) in _UNSEEN


def guarded_id(text: str) -> str:
    """Return an id as it is, so that it joins with the API's; anything else in its place guarded.

    After a ``-`` letters, digits, ``_`` and ``-`` are at most names and differences. A function needs a parenthesis,
    a command or another file ``|`` or ``!``: nothing is run, and the file keeps the id whatever a cell shows.
    """
    return text if _ID.fullmatch(text) else guarded(text)


def packed(value: Any) -> str:
    """Return what one cell can't hold as it is, as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_WRITTEN: Final[Mapping[Kind, Callable[[Any], Cell]]] = {
    Kind.TEXT: lambda value: guarded(str(value)),
    Kind.ID: lambda value: guarded_id(str(value)),
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
