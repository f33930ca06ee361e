"""Tables of answers and of what is counted about them."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Number, Sides, Table, UtcDateTime, Word, where
from surveys.model import CountRule, Side


class DimensionRow(Table, table=True):
    """Each combination of tags once, so that answers and counts carry a small number."""

    __table_args__ = (
        UniqueConstraint(
            "trigger",
            "survey",
            "touchpoint",
            "stage",
            "instrument",
            "scale",
            "polarity",
            "wording",
            "channel",
            "language",
            name="uq_dimension",
        ),
    )

    id: int = Field(primary_key=True, sa_type=Number)
    trigger: str
    survey: str
    touchpoint: str
    stage: str
    instrument: str
    scale: str
    polarity: str
    wording: str
    channel: str
    language: str


IN_LINE: Final = (
    "subject_id",
    "day",
    "answered_at",
    "id",
    "dimension_id",
    "score",
    "segment_set_id",
    "handler",
)
"""A subject's answers from the oldest to the newest, with all that is counted of them, so that a recount reads no row."""


class AnswerRow(Table, table=True):
    """See surveys.model.Answer.

    ``changed`` numbers what readers of changes have been told; None since the row changed (storage.sql.changes).
    """

    __table_args__ = (
        UniqueConstraint("invitation_id", "question"),
        Index("ix_answer_in_line", *IN_LINE),
        where("ix_answer_said", "answered_at", condition="text IS NOT NULL"),
        where("ix_answer_said_there", "dimension_id", "answered_at", condition="text IS NOT NULL"),
        Index("ix_answer_by_time", "answered_at", "id"),
        where("ix_answer_fresh", "answered_at", "id", condition="changed IS NULL"),
        where("ix_answer_changed", "changed", condition="changed IS NOT NULL"),
    )

    id: str = Field(primary_key=True)
    invitation_id: str
    question: str
    subject_id: str
    dimension_id: int = Field(foreign_key="dimension.id", sa_type=Number)
    survey_version: int
    answered_at: datetime = Field(sa_type=UtcDateTime)
    day: date
    order: float
    version: int
    score: int | None
    choice: str | None
    text: str | None
    handler: str | None
    given: str | None
    confidence: float | None
    rule: str | None
    segment_set_id: int | None = Field(sa_type=Number, nullable=True)
    changed: int | None = Field(sa_type=Number, nullable=True)


class SegmentSetRow(Table, table=True):
    """Each combination of segments once, so that answers carry a small number."""

    id: int = Field(primary_key=True, sa_type=Number)
    content: tuple[Side, ...] = Field(sa_type=Sides, unique=True)


class SideRow(Table, table=True):
    """See surveys.model.Side; each once, so that counts carry a small number.

    The first values of a segment have a row from when they were first seen (surveys.reports.Counts.segment).
    """

    __table_args__ = (UniqueConstraint("attribute", "value", name="uq_side"),)

    id: int = Field(primary_key=True, sa_type=Number)
    attribute: str
    value: str


class AnswerVersionRow(Table, table=True):
    """What an answer said at each of its versions."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    answer_id: str = Field(primary_key=True, foreign_key="answer.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    order: float
    score: int | None
    choice: str | None
    text: str | None
    given: str | None
    confidence: float | None
    rule: str | None


class HistogramRow(Table, table=True):
    """How many answers of a day had each score; one wide row, so results read few rows."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    rule: CountRule = Field(primary_key=True, sa_type=Word(CountRule))
    period: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    dimension_id: int = Field(primary_key=True, foreign_key="dimension.id", sa_type=Number)
    s0: int
    s1: int
    s2: int
    s3: int
    s4: int
    s5: int
    s6: int
    s7: int
    s8: int
    s9: int
    s10: int


class FunnelRow(Table, table=True):
    """How many invitations sent on a day came as far as each step (surveys.model.FunnelStep)."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    day: date = Field(primary_key=True)
    dimension_id: int = Field(primary_key=True, foreign_key="dimension.id", sa_type=Number)
    invited: int
    delivered: int
    answered: int
    started: int = Field(sa_column_kwargs={"server_default": "0"})
    completed: int = Field(sa_column_kwargs={"server_default": "0"})
