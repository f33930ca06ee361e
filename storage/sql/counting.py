"""Answers, and what is counted about them."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, Table, bindparam, delete, func, select, text, update

from storage.sql.session import Session
from storage.sql.shapes import Rows, fields_of, insert_into, insert_new, table_of
from storage.sql.statements import Query, Statement
from storage.tables.counting import (
    AnswerRow,
    AnswerVersionRow,
    DimensionRow,
    FunnelRow,
    HistogramRow,
    NewestAnswerRow,
)
from surveys.errors import NotFound
from surveys.model import (
    Answer,
    CountRule,
    Dimensions,
    FunnelCount,
    FunnelStep,
    NewestKey,
    ScoreCount,
)

_dimension = table_of(DimensionRow)
_answer = table_of(AnswerRow)
_version = table_of(AnswerVersionRow)
_newest = table_of(NewestAnswerRow)
_histogram = table_of(HistogramRow)
_funnel = table_of(FunnelRow)

_TAGS = fields_of(Dimensions)
_read_tags = attrgetter(*_TAGS)
_TAG_COLUMNS = [_dimension.c[name] for name in _TAGS]
_ADD_DIMENSION = insert_new(_dimension, _TAGS)
_DIMENSION = Statement(
    select(_dimension.c.id).where(*(_dimension.c[name] == bindparam(name) for name in _TAGS))
)


def _dimension_id(session: Session, dimensions: Dimensions) -> int:
    known = session.dimensions.get(dimensions)
    if known is not None:
        return known
    tags = dict(zip(_TAGS, _read_tags(dimensions), strict=True))
    number = session.scalar(_DIMENSION, **tags)
    if number is None:
        session.run(_ADD_DIMENSION, tags)
        number = session.scalar(_DIMENSION, **tags)
    session.dimensions.note(dimensions, int(number))
    return int(number)


def _tags(row: Sequence[Any]) -> Dimensions:
    return Dimensions(**dict(zip(_TAGS, row, strict=True)))


_ANSWER_FIELDS = tuple(name for name in fields_of(Answer) if name != "dimensions")
_read_answer = attrgetter(*_ANSWER_FIELDS)


def _decode_answer(row: Sequence[Any]) -> Answer:
    own = len(_ANSWER_FIELDS)
    values = dict(zip(_ANSWER_FIELDS, row[:own], strict=True))
    return Answer(dimensions=_tags(row[own:]), **values)


_ANSWER = Rows("answer", _answer, (*_ANSWER_FIELDS, "dimension_id"))


def _answers(*conditions: Any) -> Query[Answer]:
    columns = [*(_answer.c[name] for name in _ANSWER_FIELDS), *_TAG_COLUMNS]
    core: Select[Any] = select(*columns).where(
        _answer.c.dimension_id == _dimension.c.id, *conditions
    )
    return Query(core, _decode_answer, lock=_answer)


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

_KEY = fields_of(NewestKey)
_read_key = attrgetter(*_KEY)
_NEWEST = Statement(
    select(_newest.c.answer_id).where(*(_newest.c[name] == bindparam(name) for name in _KEY))
)
_FORGET_NEWEST = Statement(
    delete(_newest).where(*(_newest.c[name] == bindparam(name) for name in _KEY))
)
_GIVE = Statement(
    update(_answer).values(subject_id=bindparam("subject")).where(_answer.c.id == bindparam("id"))
)
_SET_NEWEST = Statement(
    insert_into(_newest, (*_KEY, "answer_id")).on_conflict_do_update(
        index_elements=list(_KEY), set_={"answer_id": bindparam("answer_id")}
    )
)
_HOLD_KEY = Statement(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0))).where(
        text("true")
    )
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

    def newest(self, key: NewestKey) -> str | None:
        """Return the newest answer of the rule key in the window.

        On PostgreSQL the key is locked until the end of the transaction, for it may have no row yet.
        """
        values = dict(zip(_KEY, _read_key(key), strict=True))
        if self._session.locking:
            self._session.rows(_HOLD_KEY, key="\x1f".join(values.values()))
        answer_id: str | None = self._session.scalar(_NEWEST, **values)
        return answer_id

    def set_newest(self, key: NewestKey, answer_id: str) -> None:
        """Point the rule key's window at an answer."""
        values = dict(zip(_KEY, _read_key(key), strict=True))
        self._session.run(_SET_NEWEST, {**values, "answer_id": answer_id})

    def forget_newest(self, key: NewestKey) -> None:
        """Point the rule key's window at nothing."""
        self._session.run(_FORGET_NEWEST, dict(zip(_KEY, _read_key(key), strict=True)))

    def of_subject(self, subject_id: str) -> tuple[Answer, ...]:
        """Return the subject's answers."""
        found = self._session.all(_OF_SUBJECT, subject_id=subject_id)
        return tuple(sorted(found, key=attrgetter("answered_at", "id")))

    def give(self, answer_id: str, subject_id: str) -> None:
        """Make an answer another subject's."""
        if self._session.run(_GIVE, {"id": answer_id, "subject": subject_id}) == 0:
            raise NotFound("answer", answer_id)

    def _row(self, answer: Answer) -> dict[str, Any]:
        values = dict(zip(_ANSWER_FIELDS, _read_answer(answer), strict=True))
        return {**values, "dimension_id": _dimension_id(self._session, answer.dimensions)}

    def _remember(self, answer: Answer, version: int, at: datetime) -> None:
        said = {**dict(zip(_SAID, _read_said(answer), strict=True)), "version": version}
        self._session.run(_ADD_VERSION, {**said, "answer_id": answer.id, "at": at})


_SCORES = tuple(f"s{score}" for score in range(11))
_STEPS = tuple(step.value for step in FunnelStep)
_BUCKET = ("rule", "period", "day", "dimension_id")
_COHORT = ("day", "dimension_id")


def _adding(table: Table, key: Sequence[str], columns: Sequence[str], counted: str) -> Statement:
    """Return an upsert that adds the bind ``by`` to one column and 0 to its neighbours."""
    fresh = insert_into(table, key).values(
        {name: bindparam("by") if name == counted else text("0") for name in columns}
    )
    return Statement(
        fresh.on_conflict_do_update(
            index_elements=list(key),
            set_={counted: table.c[counted] + fresh.excluded[counted]},
        )
    )


_ADD_SCORE = tuple(_adding(_histogram, _BUCKET, _SCORES, counted) for counted in _SCORES)
_ADD_STEP = {step: _adding(_funnel, _COHORT, _STEPS, step.value) for step in FunnelStep}


class SqlCounts:
    """See surveys.ports.Counts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_score(
        self, rule: CountRule, period: str, day: date, dimensions: Dimensions, score: int, by: int
    ) -> None:
        """Add to the bucket of the score."""
        number = _dimension_id(self._session, dimensions)
        values = {"rule": rule, "period": period, "day": day, "dimension_id": number, "by": by}
        self._session.run(_ADD_SCORE[score], values)

    def add_funnel(self, step: FunnelStep, day: date, dimensions: Dimensions, by: int) -> None:
        """Add to the cohort count of the step."""
        number = _dimension_id(self._session, dimensions)
        self._session.run(_ADD_STEP[step], {"day": day, "dimension_id": number, "by": by})


def _summing(table: Table, columns: Sequence[str], *conditions: Any) -> Statement:
    sums = select(
        table.c.dimension_id, *(func.sum(table.c[name]).label(name) for name in columns)
    ).where(table.c.day >= bindparam("since"), table.c.day <= bindparam("until"), *conditions)
    total = sums.group_by(table.c.dimension_id).subquery()
    return Statement(
        select(*_TAG_COLUMNS, *(total.c[name] for name in columns)).where(
            total.c.dimension_id == _dimension.c.id
        )
    )


_SUM_SCORES = _summing(
    _histogram,
    _SCORES,
    _histogram.c.rule == bindparam("rule"),
    _histogram.c.period == bindparam("period"),
)
_SUM_STEPS = _summing(_funnel, _STEPS)


_RECOUNT = Statement(
    select(*_TAG_COLUMNS, _answer.c.score, func.count())
    .where(
        _answer.c.dimension_id == _dimension.c.id,
        _answer.c.score.is_not(None),
        _answer.c.day >= bindparam("since"),
        _answer.c.day <= bindparam("until"),
    )
    .group_by(*_TAG_COLUMNS, _answer.c.score)
)


class SqlReports:
    """See surveys.ports.Reports."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def scores(
        self, rule: CountRule, since: date, until: date, period: str = ""
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms."""
        rows = self._session.rows(_SUM_SCORES, rule=rule, since=since, until=until, period=period)
        return tuple(
            ScoreCount(dimensions=_tags(tags), counts=tuple(counts))  # type: ignore[arg-type]  # eleven columns
            for tags, counts in _counted(rows)
        )

    def funnel(self, since: date, until: date) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""
        rows = self._session.rows(_SUM_STEPS, since=since, until=until)
        return tuple(
            FunnelCount(dimensions=_tags(tags), **dict(zip(_STEPS, counts, strict=True)))
            for tags, counts in _counted(rows)
        )

    def recount(self, since: date, until: date) -> tuple[ScoreCount, ...]:
        """Return the histograms counted anew."""
        rows = _by_score(self._session.rows(_RECOUNT, since=since, until=until))
        return tuple(
            ScoreCount(dimensions=_tags(tags), counts=tuple(counts))  # type: ignore[arg-type]  # eleven columns
            for tags, counts in _counted(rows)
        )


def _by_score(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Spread rows of tags, score and count over one column per score."""
    width = len(_TAGS)
    spread: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        counts = spread.setdefault(tuple(row[:width]), [0] * len(_SCORES))
        counts[row[width]] += int(row[width + 1])
    return [(*tags, *counts) for tags, counts in spread.items()]


def _counted(rows: Sequence[Sequence[Any]]) -> list[tuple[tuple[str, ...], list[int]]]:
    """Split tags from counts, sort by tags, leave out what counts nothing."""
    width = len(_TAGS)
    split = [(tuple(row[:width]), [int(count) for count in row[width:]]) for row in rows]
    return sorted(pair for pair in split if any(pair[1]))
