"""Stores answers that another system asked for, a chunk a commit. The same row stored again changes nothing.

Who gave an answer is looked up by her id or her verified e-mail; of whoever isn't known only a random-looking subject
is kept, the same for the same name. An erased customer's answer is left out. No invitation, delivery, contact clock,
cohort, trigger, case or webhook comes of it: what was asked elsewhere is over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from surveys.importing.rows import ImportedRow
from surveys.model import Answer, Deed, Dimensions, Identifier
from surveys.ports import UnitOfWork
from surveys.reports import IMPORTED, ScoreChange
from surveys.service import theming
from surveys.service.context import Context
from surveys.service.recording import take_in, take_out
from surveys.service.shadows import living
from surveys.service.tombstones import buried_at
from surveys.themes.tags import ThemeChange

CHUNK: Final = 200
"""Rows of one commit: each answer is locked until it, and PostgreSQL has room for some thousand locks."""

_PREFIX: Final = "import/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a chunk: answers added, those that were there, those of erased customers; people recognised."""

    added: int = 0
    there: int = 0
    erased: int = 0
    known: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        both = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        return Stored(**both)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """How many answers of an import are taken back, or would be; ``last`` is where to go on after, "" at the end."""

    answers: int = 0
    last: str = ""


def store_rows(tx: UnitOfWork, ctx: Context, rows: Sequence[ImportedRow], import_id: str) -> Stored:
    """Store the rows that are not there yet, with their counts; by its id the import can be taken back."""
    counts = {"added": 0, "there": 0, "erased": 0, "known": 0}
    changes: list[ScoreChange] = []
    themes: list[ThemeChange] = []
    for row in rows:
        if tx.answers.get(_PREFIX + row.key, theming.SCORE) is not None:
            counts["there"] += 1
            continue
        subject, known, erased = _whose(tx, ctx, row)
        if erased:
            counts["erased"] += 1
            continue
        counts["added"] += 1
        counts["known"] += known
        how = {"given": IMPORTED, "rule": import_id}
        scored = _answer(ctx, row, subject, theming.SCORE, score=row.score, **how)
        changes += take_in(tx, scored)
        if row.comment:
            take_in(tx, _answer(ctx, row, subject, theming.COMMENT, text=row.comment))
            themes += theming.tag_words(tx, ctx, scored, row.comment)
    tx.counts.add_scores(changes)
    tx.themes.add(themes)
    return Stored(**counts)


def take_back(tx: UnitOfWork, import_id: str, after: str = "") -> TakenBack:
    """Remove the next answers that an import brought, with their words, themes and counts."""
    found = tx.answers.imported(import_id, after, CHUNK)
    answers = [answer for each in found for answer in tx.answers.of_invitation(each)]
    scores = [answer for answer in answers if answer.score is not None]
    tx.themes.add([change for scored in scores for change in theming.untag(tx, scored)])
    take_out(tx, answers)
    return _taken_back(found)


def would_take_back(tx: UnitOfWork, import_id: str, after: str = "") -> TakenBack:
    """Return what ``take_back`` would; writes nothing."""
    return _taken_back(tx.answers.imported(import_id, after, CHUNK))


def _taken_back(found: Sequence[str]) -> TakenBack:
    return TakenBack(answers=len(found), last=found[-1] if len(found) == CHUNK else "")


def note_undo(tx: UnitOfWork, ctx: Context, by: str, import_id: str) -> None:
    """Let the audit trail tell that an import is taken back, and by whom."""
    tx.audit.add(Deed(at=ctx.now(), by=by, act="import_undo", subject=import_id))


def how_many_there(tx: UnitOfWork, keys: Sequence[str]) -> int:
    """Count the rows that have been stored already."""
    return sum(tx.answers.get(_PREFIX + key, theming.SCORE) is not None for key in keys)


def note_import(tx: UnitOfWork, ctx: Context, by: str, details: Mapping[str, Any]) -> None:
    """Let the audit trail tell that an import begins, of what and by whom."""
    tx.audit.add(Deed(at=ctx.now(), by=by, act="import", details=details))


def _answer(ctx: Context, row: ImportedRow, subject: str, question: str, **said: Any) -> Answer:
    return Answer(
        id=ctx.new_id(),
        invitation_id=_PREFIX + row.key,
        question=question,
        subject_id=subject,
        dimensions=row.dimensions,
        survey_version=0,
        answered_at=row.at,
        day=ctx.day(row.at),
        order=row.at.timestamp(),
        **said,
    )


def _whose(tx: UnitOfWork, ctx: Context, row: ImportedRow) -> tuple[str, bool, bool]:
    """Return the subject, whether it is a known customer's, and whether she was erased."""
    names = tuple(_names(row))
    people = tx.people.named(names) if names else ()
    if people:
        person = living(tx, people[0])
        return person.subject_id, True, person.erased_at is not None
    named = "\x1f".join((row.customer or "", row.email or "")) if names else row.key
    subject = blake2b(named.encode(), key=ctx.salt.encode()[:64], digest_size=16).hexdigest()
    return f"import-{subject}", False, buried_at(tx, names) is not None


def _names(row: ImportedRow) -> Iterator[Identifier]:
    if row.customer:
        yield Identifier(namespace="id", value=row.customer)
    if row.email:
        yield Identifier(namespace="email", value=row.email)


def row_to_json(row: ImportedRow) -> dict[str, Any]:
    """Return a row as it is handed to a running server."""
    dimensions = {name: getattr(row.dimensions, name) for name in _TAGS}
    own = {name: getattr(row, name) for name in _OWN}
    return {**own, "at": row.at.isoformat(), "dimensions": dimensions}


def row_from_json(content: Mapping[str, Any]) -> ImportedRow:
    """Read what ``row_to_json`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    own = {name: content[name] for name in _OWN}
    tags = {name: str(content["dimensions"][name]) for name in _TAGS}
    at = datetime.fromisoformat(content["at"])
    return ImportedRow(**own, at=at, dimensions=Dimensions(**tags))


_OWN: Final = ("key", "line", "score", "comment", "customer", "email")
_TAGS: Final = tuple(Dimensions.__slots__)
