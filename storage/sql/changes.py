"""Numbers changes of answers, so that readers who come again are told of every change once, in one order.

A change leaves its row without a number, in its own commit. Whoever reads next numbers such rows, which are all
committed, one reader at a time and until that reader's own commit: so a higher number is never seen before a lower one,
in whatever order transactions began, took a sequence's number or committed (docs/decisions/0038). What one customer
said (score, reason, comment) is several rows, numbered together and told once, under the highest of their numbers.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, literal_column, select, text, update

from storage.sql.house import SqlNotes
from storage.sql.locks import hold
from storage.sql.reading import ITS_TAGS, ROW_COLUMNS, row_of
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Query, Statement
from storage.tables.counting import AnswerRow
from surveys.reports import Changed

_answer = table_of(AnswerRow)

_GIVEN: Final = "answer_changes"
"""The note of the last number given: the row that has it may lose it, and it must never be given again."""

_FRESH: Final = Query(
    select(_answer.c.id, _answer.c.invitation_id)
    .where(text("changed IS NULL"))
    .order_by(_answer.c.answered_at, _answer.c.id)
    .limit(bindparam("limit")),
    lambda row: (str(row[0]), str(row[1])),
    lock=_answer,
    claim=True,
)
_BESIDE: Final = Query(
    select(_answer.c.id)
    .where(_answer.c.invitation_id == bindparam("of"), text("changed IS NULL"))
    .order_by(_answer.c.id),
    lambda row: str(row[0]),
    lock=_answer,
    claim=True,
)
_LAST: Final = Statement(select(func.max(_answer.c.changed)).where(text("changed IS NOT NULL")))
_NUMBER: Final = Statement(
    update(_answer).values(changed=bindparam("number")).where(_answer.c.id == bindparam("key"))
)
_later = _answer.alias("anon_later")
_score = _answer.alias("anon_score")
_page = (
    select(_answer.c.invitation_id, _answer.c.changed)
    .where(
        text("answer.changed IS NOT NULL"),
        _answer.c.changed > bindparam("after"),
        ~exists().where(
            _later.c.invitation_id == _answer.c.invitation_id,
            _later.c.changed > _answer.c.changed,
        ),
        exists().where(
            _score.c.invitation_id == _answer.c.invitation_id,
            _score.c.question == literal_column("'score'"),
        ),
    )
    .order_by(_answer.c.changed)
    .limit(bindparam("limit"))
    .subquery("anon_page")
)
_TOLD: Final = Statement(
    select(_page.c.changed, *ROW_COLUMNS)
    .where(
        ITS_TAGS,
        _answer.c.invitation_id == _page.c.invitation_id,
        _answer.c.question == literal_column("'score'"),
    )
    .order_by(_page.c.changed)
)


def changes(session: Session, after: int, limit: int) -> tuple[Changed, ...]:
    """See surveys.reports.Reports.changes."""
    rows = _read(session, after, limit)
    if len(rows) < limit and _number(session, limit):
        rows = _read(session, after, limit)
    return tuple(Changed(number=int(row[0]), answer=row_of(row[1:])) for row in rows)


def _read(session: Session, after: int, limit: int) -> list[Sequence[Any]]:
    return session.rows(_TOLD, after=after, limit=limit)


def _number(session: Session, limit: int) -> bool:
    """Number the oldest changes that nobody was told of; say whether there were any.

    Rows that somebody is just changing are passed over: they are without a number again after that.
    """
    hold(session, "changes of answers")
    fresh = _with_theirs(session, session.all(_FRESH, limit=limit), limit)
    notes = SqlNotes(session)
    last = max(int(session.scalar(_LAST) or 0), int(notes.get(_GIVEN) or 0))
    numbered = [{"key": key, "number": last + n} for n, key in enumerate(fresh, 1)]
    if numbered:
        session.run_many(_NUMBER, numbered)
        notes.set(_GIVEN, str(last + len(numbered)))
    return bool(numbered)


def _with_theirs(session: Session, found: Sequence[tuple[str, str]], limit: int) -> Sequence[str]:
    """Return the rows with all that their customers said beside them; fewer than the limit are all there are."""
    if len(found) < limit:
        return [id_ for id_, _ in found]
    invitations = dict.fromkeys(invitation for _, invitation in found)
    return [id_ for each in invitations for id_ in session.all(_BESIDE, of=each)]
