"""Answers, their versions, and which of them is the newest of its key."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, collate, delete, null, select, update

from storage.sql.locks import hold
from storage.sql.numbers import TAG_COLUMNS, dimension_id, segment_set_id, tags_of
from storage.sql.session import Session
from storage.sql.shapes import Rows, fields_of, insert_new, table_of
from storage.sql.statements import Query, Statement
from storage.tables.counting import AnswerRow, AnswerVersionRow, DimensionRow, SegmentSetRow
from surveys.errors import NotFound
from surveys.model import Answer, NewestKey
from surveys.reports import IMPORTED
from surveys.timing import days_of_period

_dimension = table_of(DimensionRow)
_answer = table_of(AnswerRow)
_version = table_of(AnswerVersionRow)
_set = table_of(SegmentSetRow)

_ELSEWHERE = ("dimensions", "segments")
_ANSWER_FIELDS = tuple(name for name in fields_of(Answer) if name not in _ELSEWHERE)
_read_answer = attrgetter(*_ANSWER_FIELDS)
SEGMENTS = select(_set.c.content).where(_set.c.id == _answer.c.segment_set_id).scalar_subquery()


def _decode_answer(row: Sequence[Any]) -> Answer:
    own = len(_ANSWER_FIELDS)
    values = dict(zip(_ANSWER_FIELDS, row[:own], strict=True))
    return Answer(dimensions=tags_of(row[own:-1]), segments=row[-1], **values)


_ANSWER = Rows("answer", _answer, (*_ANSWER_FIELDS, "dimension_id", "segment_set_id", "changed"))


def _select(*conditions: Any) -> Select[Any]:
    columns = [*(_answer.c[name] for name in _ANSWER_FIELDS), *TAG_COLUMNS, SEGMENTS]
    return select(*columns).where(_answer.c.dimension_id == _dimension.c.id, *conditions)


def _answers(*conditions: Any) -> Query[Answer]:
    return Query(_select(*conditions), _decode_answer, lock=_answer)


def _newest(name: Any) -> Query[Answer]:
    """Return the select of a rule key's newest score, by day, time and name; it locks no row, for the key is locked."""
    first, *others = (_dimension.c[each] for each in ("instrument", "scale", "polarity", "wording"))
    series: ColumnElement[str] = first
    for each in others:
        series = series + ":" + each
    core = _select(
        _answer.c.subject_id == bindparam("subject_id"),
        _answer.c.day >= bindparam("since"),
        _answer.c.day <= bindparam("until"),
        _answer.c.score.is_not(None),
        _answer.c.id != bindparam("besides"),
        _dimension.c.stage == bindparam("stage"),
        series == bindparam("series"),
    ).order_by(_answer.c.day.desc(), _answer.c.answered_at.desc(), name.desc())
    return Query(core.limit(1), _decode_answer)


_OF_INVITATION = _answers(_answer.c.invitation_id == bindparam("invitation_id"))
_OF_QUESTION = _answers(
    _answer.c.invitation_id == bindparam("invitation_id"),
    _answer.c.question == bindparam("question"),
)
_OF_SUBJECT = _answers(_answer.c.subject_id == bindparam("subject_id"))
_BY_ID = _answers(_answer.c.id == bindparam("id"))
_SAID = ("version", "order", "score", "choice", "text", "given", "confidence", "rule")
_read_said = attrgetter(*_SAID)
_ADD_VERSION = insert_new(_version, ("answer_id", "at", *_SAID))

_NEWEST = {
    "sqlite": _newest(_answer.c.id),
    "postgresql": _newest(collate(_answer.c.id, "C")),  # by code points, as everywhere
}
_EVER = (date.min, date.max)
_GIVE = Statement(
    update(_answer)
    .values(subject_id=bindparam("subject"), changed=null())
    .where(_answer.c.id == bindparam("id"))
)


_IMPORTED = Statement(
    select(_answer.c.invitation_id)
    .where(
        _answer.c.given == IMPORTED,
        _answer.c.rule == bindparam("import_id"),
        _answer.c.score.is_not(None),
        _answer.c.invitation_id > bindparam("after"),
    )
    .order_by(_answer.c.invitation_id)
    .limit(bindparam("limit"))
)
_THERE = _answer.c.invitation_id == bindparam("invitation_id")
_REMOVE = (
    Statement(delete(_version).where(_version.c.answer_id.in_(select(_answer.c.id).where(_THERE)))),
    Statement(delete(_answer).where(_THERE)),
)


class SqlAnswers:
    """See surveys.ports.Answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, invitation_id: str, question: str) -> Answer | None:
        """Return the current version."""
        return self._session.one(_OF_QUESTION, invitation_id=invitation_id, question=question)

    def by_id(self, answer_id: str) -> Answer | None:
        """Return the current version."""
        return self._session.one(_BY_ID, id=answer_id)

    def add(self, answer: Answer) -> None:
        """Insert version 1."""
        _ANSWER.add(self._session, self._row(answer))
        self._remember(answer, answer.version, answer.answered_at)

    def revise(self, answer: Answer, at: datetime) -> None:
        """Replace the current version, numbered one higher."""
        current = self.by_id(answer.id)
        if current is None:
            raise NotFound("answer", answer.id)
        values = {**self._row(answer), "version": current.version + 1}
        _ANSWER.save(self._session, values)
        self._remember(answer, current.version + 1, at)

    def of_invitation(self, invitation_id: str) -> tuple[Answer, ...]:
        """Return the invitation's answers."""
        found = self._session.all(_OF_INVITATION, invitation_id=invitation_id)
        return tuple(sorted(found, key=attrgetter("question")))

    def newest(self, key: NewestKey, *, besides: str = "") -> Answer | None:
        """Return the newest score of the rule key in the window; on PostgreSQL the rule key is locked."""
        named = {"subject_id": key.subject_id, "stage": key.stage, "series": key.series}
        hold(self._session, "\x1f".join(named.values()))
        since, until = days_of_period(key.period) if key.period else _EVER
        query = _NEWEST[self._session.dialect_name]
        return self._session.one(query, besides=besides, since=since, until=until, **named)

    def of_subject(self, subject_id: str) -> tuple[Answer, ...]:
        """Return the subject's answers."""
        found = self._session.all(_OF_SUBJECT, subject_id=subject_id)
        return tuple(sorted(found, key=attrgetter("answered_at", "id")))

    def give(self, answer_id: str, subject_id: str) -> None:
        """Make an answer another subject's."""
        if self._session.run(_GIVE, {"id": answer_id, "subject": subject_id}) == 0:
            raise NotFound("answer", answer_id)

    def imported(self, import_id: str, after: str, limit: int) -> tuple[str, ...]:
        """Return the invitations of the next scores of an import."""
        found = self._session.rows(_IMPORTED, import_id=import_id, after=after, limit=limit)
        return tuple(invitation_id for (invitation_id,) in found)

    def remove(self, invitation_id: str) -> None:
        """Remove the invitation's answers with their histories."""
        for statement in _REMOVE:
            self._session.run(statement, {"invitation_id": invitation_id})

    def _row(self, answer: Answer) -> dict[str, Any]:
        values = dict(zip(_ANSWER_FIELDS, _read_answer(answer), strict=True))
        segments = answer.segments
        return {
            **values,
            "dimension_id": dimension_id(self._session, answer.dimensions),
            "segment_set_id": None if segments is None else segment_set_id(self._session, segments),
            "changed": None,
        }

    def _remember(self, answer: Answer, version: int, at: datetime) -> None:
        said = {**dict(zip(_SAID, _read_said(answer), strict=True)), "version": version}
        self._session.run(_ADD_VERSION, {**said, "answer_id": answer.id, "at": at})
