"""What was seen in a file of another tool's answers, row by row and as JSON."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TextIO

from bot.sheets.cells import guarded
from surveys.errors import InvalidInput
from surveys.importing import Column, Field, ImportedRow, Refusal
from surveys.importing.causes import Cause
from surveys.importing.instants import Order
from surveys.importing.rows import tidy
from surveys.importing.scores import in_words
from surveys.importing.zones import Zone

SHOWN: Final = 100
"""Refused rows that a report names one by one; the others it counts by their reason, and a file of its own has all."""

BEYOND: Final = "scale"
"""The cause of a number that is not on the scale."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What was seen in a file; days are the company's.

    Attributes:
        line: in which line the header begins; what stands before it was not read.
        zone: of times that name none.
        duplicates: rows that repeat an answer that names its customer or itself; they are left out.
        alike: rows equal to an earlier one without a name in them; each is an answer of its own.
        ignored: headers of the columns that mean nothing to us.
        serials: whether times were taken for a spreadsheet's numbers of days, which is a guess.
        beyond: rows refused for a number that is not on the scale.
        worded: scores read from more than digits: what stood there, and what it was read as.
        blocked: why none of it can be taken in before something is said; None where nothing is in the way.
    """

    encoding: str
    delimiter: str
    line: int
    columns: tuple[Column, ...]
    order: Order | None
    zone: Zone
    ignored: tuple[str, ...] = ()
    serials: bool = False
    read: int = 0
    importable: int = 0
    duplicates: int = 0
    alike: int = 0
    refused: int = 0
    beyond: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    worded: Counter[tuple[str, int]] = field(default_factory=Counter)
    first: date | None = None
    last: date | None = None
    blocked: Cause | None = None

    def note(self, row: ImportedRow, day: date, cells: Sequence[str]) -> None:
        """Count a row that can be imported."""
        self.read += 1
        self.stages[row.dimensions.stage] += 1
        self.scores[row.score] += 1
        self.first = min(self.first or day, day)
        self.last = max(self.last or day, day)
        said = next(tidy(cells[c.number]) for c in self.columns if c.field is Field.SCORE)
        if in_words(said) and ((said, row.score) in self.worded or len(self.worded) < SHOWN):
            self.worded[said, row.score] += 1

    def refuse(self, refusal: Refusal) -> None:
        """Count a row that can't be imported."""
        self.read += 1
        self.refused += 1
        self.beyond += refusal.cause.key == BEYOND
        column = f"{refusal.column}: " if refusal.column else ""
        self.reasons[f"{column}{refusal.reason}"] += 1
        if len(self.reasons) > SHOWN:
            del self.reasons[self.reasons.most_common()[-1][0]]
        if len(self.refusals) < SHOWN:
            self.refusals.append(refusal)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header_line": self.line,
            "columns": [_column_json(column) for column in self.columns],
            "ignored": list(self.ignored),
            "serial_dates": self.serials,
            "dates": self.order.value if self.order else None,
            "zone": {"name": self.zone.name, "how": self.zone.how.value},
            "rows": self.read,
            "importable": self.importable,
            "duplicates": self.duplicates,
            "alike": self.alike,
            "refused": self.refused,
            "refusals": [_refusal_json(refusal) for refusal in self.refusals],
            "reasons": dict(self.reasons.most_common()),
            "stages": dict(sorted(self.stages.items())),
            "scores": {str(score): n for score, n in sorted(self.scores.items())},
            "worded": [
                {"cell": cell, "score": score, "rows": n}
                for (cell, score), n in self.worded.most_common()
            ],
            "first_day": self.first.isoformat() if self.first else None,
            "last_day": self.last.isoformat() if self.last else None,
            "blocked": str(self.blocked) if self.blocked else None,
        }


def _column_json(column: Column) -> dict[str, Any]:
    return {
        "field": column.field.value,
        "header": column.header,
        "number": column.number + 1,
        "how": column.how.value,
    }


def _refusal_json(refusal: Refusal) -> dict[str, Any]:
    return {name: getattr(refusal, name) for name in ("line", "column", "cell", "reason")}


Tell = Callable[[Refusal, Sequence[str]], None]
"""Hears of each refused row, and what stood in it."""


@contextmanager
def refused_rows(path: Path | None, source: Path, headers: Sequence[str]) -> Iterator[Tell | None]:
    """Write every refused row to a CSV file, if one is named: its line, column and reason before its own cells.

    It opens in Excel, so it is marked as UTF-8, and no cell of it can run. Raises InvalidInput where it can't be
    written, or is the file that is read.
    """
    if path is None:
        yield None
        return
    with _new_file(path, source) as file:
        writer = csv.writer(file)
        writer.writerow(map(guarded, ("line", "column", "reason", *headers)))

        def tell(refusal: Refusal, cells: Sequence[str]) -> None:
            said = (guarded(refusal.column), refusal.reason, *map(guarded, cells))
            writer.writerow((refusal.line, *said))

        yield tell


def _new_file(path: Path, source: Path) -> TextIO:
    if path.exists() and path.samefile(source):
        raise InvalidInput("refused", f"{path} is the file that is read; name another")
    try:
        return path.open("w", encoding="utf-8-sig", newline="")
    except OSError as exc:
        raise InvalidInput("refused", f"{path} can't be written: {exc.strerror}") from exc
