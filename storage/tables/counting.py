"""Tables of answers and of what is counted about them."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Number, Table, UtcDateTime, Word, where
from surveys.model import CountRule


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


class AnswerRow(Table, table=True):
    """See surveys.model.Answer."""

    __table_args__ = (
        UniqueConstraint("invitation_id", "question"),
        where("ix_answer_said", "answered_at", condition="text IS NOT NULL"),
    )

    id: str = Field(primary_key=True)
    invitation_id: str
    question: str
    subject_id: str = Field(index=True)
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


class NewestAnswerRow(Table, table=True):
    """Points each rule key's window at its newest answer."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    subject_id: str = Field(primary_key=True)
    rule: CountRule = Field(primary_key=True, sa_type=Word(CountRule))
    period: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    answer_id: str


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
    """How many invitations sent on a day were invited, delivered, answered."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    day: date = Field(primary_key=True)
    dimension_id: int = Field(primary_key=True, foreign_key="dimension.id", sa_type=Number)
    invited: int
    delivered: int
    answered: int
