"""Tables of what staff are told, and of what recurs."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime, Word, where
from surveys.staff_messages import StaffState


class StaffMessageRow(Table, table=True):
    """See surveys.staff_messages.StaffMessage."""

    __table_args__ = (
        where("ix_staff_message_due", "due_at", condition="state = 'pending'"),
        where(
            "ix_staff_message_sending", "destination", "started_at", condition="state = 'sending'"
        ),
        where("ix_staff_message_unknown", "started_at", condition="state = 'unknown'"),
        where("ix_staff_message_ended", "ended_at", condition="ended_at IS NOT NULL"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    kind: str
    destination: str
    body: dict[str, Any] | None = Field(sa_type=Nested, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    state: StaffState = Field(sa_type=Word(StaffState))
    fence: int
    tries: int
    started_at: datetime | None = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    reason: str | None
    ref: dict[str, Any] | None = Field(sa_type=Nested, nullable=True)


class RecurrenceRow(Table, table=True):
    """See surveys.recurring.Recurrence."""

    name: str = Field(primary_key=True)
    rule: str
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    last_at: datetime | None = Field(sa_type=UtcDateTime)
