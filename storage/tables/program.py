"""Tables of the program: its published versions and the drafts of the next one."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime, Word
from surveys.stored_programs import Source


class ProgramVersionRow(Table, table=True):
    """See surveys.stored_programs.ProgramVersion."""

    number: int = Field(primary_key=True, sa_type=Number)
    hash: str
    text: str
    owners: dict[str, Any] = Field(sa_type=Nested)
    author: str
    source: Source = Field(sa_type=Word(Source))
    published_at: datetime = Field(sa_type=UtcDateTime)
    note: str
    reverts: int | None


class ProgramDraftRow(Table, table=True):
    """See surveys.stored_programs.ProgramDraft."""

    part: str = Field(primary_key=True)
    base: int
    content: dict[str, Any] = Field(sa_type=Nested)
    author: str
    saved_at: datetime = Field(sa_type=UtcDateTime)
