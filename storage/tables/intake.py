"""Tables of what came in."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime, Word, Words, where
from surveys.model import InboxState, Json


class InboxRow(Table, table=True):
    """See surveys.model.InboxEntry."""

    __table_args__ = (
        UniqueConstraint("source", "key"),
        where("ix_inbox_arrived", "received_at", "number", condition="state = 'new'"),
        where("ix_inbox_due", "due_at", condition="state = 'new'"),
        where("ix_inbox_failed", "received_at", "number", condition="state = 'failed'"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    source: str
    key: str
    digest: str
    received_at: datetime = Field(sa_type=UtcDateTime)
    state: InboxState = Field(sa_type=Word(InboxState))
    body: Json | None = Field(sa_type=Nested, nullable=True)
    tries: int
    error: str | None
    due_at: datetime | None = Field(sa_type=UtcDateTime)


class EventRow(Table, table=True):
    """See surveys.model.StoredEvent."""

    __table_args__ = (
        UniqueConstraint("source_id", "source"),
        Index("ix_event_of_person", "person_id", "time"),
        Index("ix_event_subject", "subject"),
        where("ix_event_handled", "handler", "type", "time", condition="handler IS NOT NULL"),
        Index("ix_event_type", "type", "received_at"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    source: str
    source_id: str
    type: str
    subject: str
    time: datetime = Field(sa_type=UtcDateTime)
    time_stated: bool
    customer: dict[str, Any] = Field(sa_type=Nested)
    refs: tuple[str, ...] = Field(sa_type=Words)
    data: dict[str, Any] = Field(sa_type=Nested)
    handler: str | None
    person_id: str | None
    received_at: datetime = Field(sa_type=UtcDateTime)
    reversing: bool


class EventOccasionRow(Table, table=True):
    """The subject and refs of each event: what reversals are matched by."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    occasion: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True, foreign_key="event.id")
