"""Tables of what answers are about."""

from datetime import date

from sqlmodel import Field

from storage.tables.columns import Number, Table, Word
from surveys.themes.tags import By


class AnswerThemeRow(Table, table=True):
    """A theme of an answer; ``meant`` is false where staff say that it is not. ``day`` is the answer's."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    answer_id: str = Field(primary_key=True, foreign_key="answer.id")
    theme: str = Field(primary_key=True)
    by: By = Field(sa_type=Word(By))
    meant: bool
    day: date = Field(index=True)


class ThemeCountRow(Table, table=True):
    """How many answers of a day had a theme, by score."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    day: date = Field(primary_key=True)
    dimension_id: int = Field(primary_key=True, foreign_key="dimension.id", sa_type=Number)
    theme: str = Field(primary_key=True)
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


class SideThemeCountRow(Table, table=True):
    """The same of one side, and of everybody (``Side("", "")``), in all channels and languages: fewer rows to read."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    side_id: int = Field(primary_key=True, foreign_key="side.id", sa_type=Number)
    day: date = Field(primary_key=True)
    dimension_id: int = Field(primary_key=True, foreign_key="dimension.id", sa_type=Number)
    theme: str = Field(primary_key=True)
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
