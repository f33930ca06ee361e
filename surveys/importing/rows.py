"""Reads the rows of a file, each an answer or a refusal with its line, its column and the reason."""

import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final, TypeVar

from surveys.importing.causes import BadCell, Cause
from surveys.importing.columns import Field
from surveys.importing.instants import read_instant
from surveys.importing.plan import IMPORT, Plan
from surveys.importing.scores import read_score
from surveys.importing.serials import serial_instant
from surveys.journey import Touchpoint
from surveys.model import Channel, Dimensions

T = TypeVar("T")
LONGEST_COMMENT: Final = 4000
LONGEST_NAME: Final = 200
SHOWN: Final = 40
"""Characters of a refused cell that a report repeats."""

_AROUND: Final = string.whitespace + "\u00a0\u3000\u200b\ufeff"
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"')
_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{2}")
"""A long number as a spreadsheet shows it: different ones look alike, so that it names nobody."""

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_LANGUAGES: Final = {
    "korean": "ko", "한국어": "ko", "kor": "ko", "english": "en", "영어": "en", "eng": "en",
    "japanese": "ja", "일본어": "ja", "chinese": "zh", "중국어": "zh",
}  # fmt: skip
_CHANNELS: Final = {"web": "web", "웹": "web", "이메일": "email", "메일": "email", "문자": "sms", "전화": "phone", "카카오": "kakao"}  # fmt: skip
_CODE: Final = re.compile(r"([a-z]{2})(?:[-_][a-z]{2,4})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """One answer of a file. ``key`` is the same whenever the same row is read.

    ``customer`` and ``email`` name her to the company; whoever stores the row finds out who she is and keeps neither.
    """

    key: str
    line: int
    at: datetime
    score: int
    dimensions: Dimensions
    comment: str | None = None
    customer: str | None = None
    email: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether a second row like this is the same answer: it names its customer, or itself."""
        return self.key.startswith("id/") or bool(self.customer or self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row is left out; ``column`` is its header, "" where the whole row is meant; ``cell`` what stood there."""

    line: int
    column: str
    cause: Cause
    cell: str = ""

    @property
    def reason(self) -> str:
        """The cause in English."""
        return str(self.cause)


class _Refused(Exception):
    """A cell of a column says nothing that we can store."""

    def __init__(self, column: str, cause: Cause, cell: str) -> None:
        super().__init__(column, cause)
        self.column = column
        self.cause = cause
        self.cell = cell


def tidy(cell: str) -> str:
    """Return a cell without what tools put around it: blanks, marks of byte order, and ``="..."`` that keeps Excel off."""
    bare = cell.strip(_AROUND)
    kept = _KEPT_AS_TEXT.fullmatch(bare)
    return kept[1].strip(_AROUND) if kept else bare


class Reader:
    """Reads rows by a plan."""

    def __init__(self, plan: Plan, width: int, now: datetime) -> None:
        self._plan = plan
        self._columns = {column.field: column for column in plan.columns}
        self._width = width
        self._now = now

    def read(self, line: int, cells: Sequence[str]) -> ImportedRow | Refusal:
        """Return the answer that the row is, or the first reason why it is none."""
        if len(cells) != self._width:
            found = Cause("width", {"cells": str(len(cells)), "header": str(self._width)})
            return Refusal(line=line, column="", cause=found)
        try:
            return self._row(line, cells)
        except _Refused as refused:
            return Refusal(line=line, column=refused.column, cause=refused.cause, cell=refused.cell)

    def _row(self, line: int, cells: Sequence[str]) -> ImportedRow:
        kind = self._plan.instrument
        score = self._part(cells, Field.SCORE, lambda cell: read_score(cell, kind))
        at = self._part(cells, Field.TIME, self._at)
        place = self._part(cells, Field.PLACE, self._place)
        language = self._part(cells, Field.LANGUAGE, _language)
        channel = self._part(cells, Field.CHANNEL, _channel)
        email = self._part(cells, Field.EMAIL, _email)
        customer = self._part(cells, Field.CUSTOMER, _name)
        comment = self._part(cells, Field.COMMENT, _comment)
        own = self._part(cells, Field.ID, _name)
        dimensions = self._plan.dimensions(place, channel, language)
        said = (at.isoformat(), str(score), customer or "", email or "", comment or "")
        return ImportedRow(
            key=_key(dimensions, own, said),
            line=line,
            at=at,
            score=score,
            dimensions=dimensions,
            comment=comment,
            customer=customer,
            email=email,
        )

    def _part(self, cells: Sequence[str], field: Field, read: Callable[[str], T]) -> T:
        column = self._columns.get(field)
        cell = "" if column is None else tidy(cells[column.number])
        try:
            return read(cell)
        except BadCell as exc:
            header = field.value if column is None else column.header
            raise _Refused(header, exc.cause, cell[:SHOWN]) from exc

    def _at(self, cell: str) -> datetime:
        plan = self._plan
        at = serial_instant(cell, plan.zone) if plan.serials else None
        return at or read_instant(cell, plan.zone, plan.order, self._now)

    def _place(self, cell: str) -> Touchpoint:
        if not cell and self._plan.touchpoint is not None:
            return self._plan.touchpoint
        found = self._plan.places.get(cell.casefold())
        if found is None:
            known = ", ".join(sorted({point.id for point in self._plan.places.values()}))
            if not cell:
                raise BadCell("nowhere", known=known)
            raise BadCell("place", cell=repr(cell[:40]), known=known)
        return found


def _key(dimensions: Dimensions, own: str | None, said: tuple[str, ...]) -> str:
    """Return ``id/`` or ``row/`` with a hash: of the row's own id in its series, else of all that it says."""
    series = f"{dimensions.series}\x1f{dimensions.touchpoint}"
    if own is not None:
        return f"id/{_hashed(dimensions.series, own)}"
    return f"row/{_hashed(series, dimensions.channel, dimensions.language, *said)}"


def _hashed(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def _language(cell: str) -> str:
    folded = cell.casefold()
    code = _CODE.fullmatch(folded)
    if not cell or folded in _LANGUAGES:
        return _LANGUAGES.get(folded, "")
    if code is None:
        raise BadCell("language", cell=repr(cell[:40]))
    return code[1]


def _channel(cell: str) -> str:
    folded = "-".join(cell.casefold().replace("_", " ").split())
    known = _CHANNELS.get(folded, folded)
    if not known:
        return IMPORT
    if not _SLUG.fullmatch(known):
        raise BadCell("channel", cell=repr(cell[:40]))
    return Channel.WEBCHAT.value if known == "web-chat" else known


def _email(cell: str) -> str | None:
    if cell and (not _EMAIL.fullmatch(cell) or len(cell) > LONGEST_NAME):
        raise BadCell("email")
    return cell.casefold() or None


def _name(cell: str) -> str | None:
    if len(cell) > LONGEST_NAME or not cell.isprintable():
        raise BadCell("name", longest=LONGEST_NAME)
    if _SHORTENED.fullmatch(cell):
        raise BadCell("shortened")
    return cell or None


def _comment(cell: str) -> str | None:
    if "\x00" in cell or any(unicodedata.category(letter) == "Cs" for letter in cell):
        raise BadCell("comment")
    return cell[:LONGEST_COMMENT] or None
