"""Holds the reader of typed answers to labelled texts: a CSV of ``instrument,lang,text,expected``.

Precision: of the texts read as a rating, the share whose expected value is that score. Recall: of the texts
whose expected value is a score, the share read as exactly that score. Misses of ``unsure`` and ``none`` are
listed and counted apart; they touch neither figure unless a rating was read.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any

from surveys.errors import SurveyError
from surveys.instruments import INSTRUMENTS, Instrument
from surveys.language.texts import languages
from surveys.replies.judging import read
from surveys.replies.reading import Reading

COLUMNS = ("instrument", "lang", "text", "expected")
_ALIASES = {"ces": "ces2"}
_WORDS = ("none", "unsure")
# A customer's message is at most this long where it comes from; a longer cell is no message.
_LONGEST_CELL = 65_536
# What a reader of typed answers must reach: a wrong score is worse than one more question.
PRECISION, RECALL = 0.99, 0.92


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text and what it should be read as: a score in digits, ``unsure`` or ``none``."""

    line: int
    instrument: Instrument
    lang: str
    text: str
    expected: str


@dataclass(frozen=True, slots=True)
class Miss:
    """A text that was read as something else than it should be."""

    line: int
    instrument: str
    lang: str
    text: str
    expected: str
    got: str
    rule: str


class BadLabels(SurveyError):
    """A file of labelled texts that can't be used; names every bad cell by line and column."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


def labelled(text: str) -> tuple[Labelled, ...]:
    """Read the CSV; raises BadLabels. A byte order mark and any line ends are accepted."""
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        return _rows(rows)
    except csv.Error as exc:
        raise BadLabels([f"line {rows.line_num}: {exc}"]) from exc


def _rows(rows: Any) -> tuple[Labelled, ...]:
    names = [name.strip().lower() for name in next(rows, [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise BadLabels([f"line 1: no column {', '.join(missing)}; needed: {','.join(COLUMNS)}"])
    found, faults = [], list[str]()
    begins = rows.line_num + 1
    for cells in rows:
        line, begins = begins, rows.line_num + 1
        if not cells:
            continue
        row = _row(line, dict(zip(names, cells, strict=False)), faults)
        if row is not None:
            found.append(row)
    if faults:
        raise BadLabels(faults)
    return tuple(found)


def _row(line: int, cells: dict[str, str], faults: list[str]) -> Labelled | None:
    missing = [name for name in COLUMNS if name not in cells]
    if missing:
        faults.append(f"line {line}: no value for column {', '.join(missing)}")
        return None
    name = cells["instrument"].strip().lower()
    instrument = INSTRUMENTS.get(_ALIASES.get(name, name))
    lang, expected = _base(cells["lang"]), cells["expected"].strip().lower()
    if instrument is None:
        known = ", ".join([*INSTRUMENTS, *_ALIASES])
        faults.append(f"line {line}, column instrument: {name!r} is none of {known}")
    if lang not in languages():
        faults.append(f"line {line}, column lang: {lang!r} is none of {', '.join(languages())}")
    if not _possible(expected, instrument):
        faults.append(
            f"line {line}, column expected: {expected!r} is no score of the scale, unsure or none"
        )
    if instrument is None or not _possible(expected, instrument) or lang not in languages():
        return None
    score = expected if expected in _WORDS else str(int(expected))
    return Labelled(line, instrument, lang, cells["text"], score)


def _base(locale: str) -> str:
    return locale.strip().lower().replace("_", "-").split("-")[0]


def _possible(expected: str, instrument: Instrument | None) -> bool:
    if expected in _WORDS:
        return True
    digits = expected.isascii() and expected.isdigit() and len(expected) < len("1000")
    return digits and (instrument is None or instrument.valid(int(expected)))


def check(rows: Iterable[Labelled]) -> dict[str, Any]:
    """Read every text and return counts, precision, recall and the misses, whole and by part."""
    results = [(row, read(row.text, row.instrument)) for row in rows]
    misses = [asdict(_miss(row, got)) for row, got in results if _said(got) != row.expected]
    parts = {
        "by_lang": _by(results, lambda row: row.lang),
        "by_instrument": _by(results, lambda row: row.instrument.id),
    }
    whole = _figures(results)
    return {**whole, "good": _good(whole), **parts, "misses": misses}


def _good(figures: dict[str, Any]) -> bool:
    precision, recall = figures["precision"], figures["recall"]
    return (precision is None or precision >= PRECISION) and (recall is None or recall >= RECALL)


_Result = tuple[Labelled, Reading]


def _by(results: Sequence[_Result], pick: Any) -> dict[str, Any]:
    keys = dict.fromkeys(pick(row) for row, _ in results)
    return {key: _figures([r for r in results if pick(r[0]) == key]) for key in keys}


def _figures(results: Sequence[_Result]) -> dict[str, Any]:
    read_as, meant = (
        list(_read_as_rating(results)),
        [r for r in results if r[0].expected not in _WORDS],
    )
    right = sum(_said(got) == row.expected for row, got in meant)
    return {
        "counts": {
            "texts": len(results),
            "expected_rated": len(meant),
            "read_as_rating": len(read_as),
            "right_rating": right,
            "unsure_missed": _missed(results, "unsure"),
            "none_missed": _missed(results, "none"),
        },
        "precision": _share(right, len(read_as)),
        "recall": _share(right, len(meant)),
    }


def _read_as_rating(results: Iterable[_Result]) -> Iterator[_Result]:
    return (result for result in results if result[1].kind == "rated")


def _missed(results: Iterable[_Result], word: str) -> int:
    return sum(row.expected == word != _said(got) for row, got in results)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _said(got: Reading) -> str:
    return str(got.score) if got.kind == "rated" else got.kind


def _miss(row: Labelled, got: Reading) -> Miss:
    return Miss(row.line, row.instrument.id, row.lang, row.text, row.expected, _said(got), got.rule)
