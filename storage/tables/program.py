"""Tables of the program: its published versions, the drafts of the next one, and publishes at a set time."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime, Word, Words, where
from surveys.stored_programs import Owner, PlanState, Source


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


class PlannedPublishRow(Table, table=True):
    """See surveys.stored_programs.PlannedPublish."""

    __table_args__ = (where("ix_planned_publish_due", "due_at", condition="state = 'waiting'"),)

    id: str = Field(primary_key=True)
    trigger: str
    parts: tuple[str, ...] = Field(sa_type=Words)
    drafts: dict[str, Any] = Field(sa_type=Nested)
    author: str
    side: Owner = Field(sa_type=Word(Owner))
    source: Source = Field(sa_type=Word(Source))
    base: int
    take: tuple[str, ...] = Field(sa_type=Words)
    note: str
    named: str
    text: str
    digest: str
    shown: dict[str, Any] = Field(sa_type=Nested)
    first: int | None
    decided_at: datetime = Field(sa_type=UtcDateTime)
    wall: str
    zone: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    state: PlanState = Field(sa_type=Word(PlanState))
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    ended_by: str | None
    number: int | None
    why: dict[str, Any] | None = Field(sa_type=Nested, nullable=True)
