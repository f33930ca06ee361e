"""Tables of decisions, invitations and contact clocks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Nested, Number, Sides, Steps, Table, UtcDateTime, Word, where
from surveys.model import Channel, FunnelStep, InvitationState, Json, Side

LIVE = "state IN ('waiting', 'open')"


class DecisionRow(Table, table=True):
    """See surveys.model.Decision. ``decided_at`` is when the first verdict fell."""

    __table_args__ = (
        UniqueConstraint("event_id", "trigger"),
        Index("ix_decision_of_person", "person_id", "decided_at"),
        Index("ix_decision_at", "decided_at", "number"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    event_id: str
    trigger: str
    program_version: str
    verdicts: list[Any] = Field(sa_type=Nested)
    person_id: str | None
    decided_at: datetime = Field(sa_type=UtcDateTime)


class InvitationRow(Table, table=True):
    """See surveys.model.Invitation."""

    __table_args__ = (
        UniqueConstraint("person_id", "trigger", "occasion"),
        where("ix_invitation_due", "due_at", "number", condition="due_at IS NOT NULL"),
        where("ix_invitation_live", "person_id", "created_at", condition=LIVE),
        where("ix_invitation_origin", "origin_id", condition="origin_id IS NOT NULL"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    decision_id: str
    event_id: str = Field(index=True)
    trigger: str
    person_id: str
    subject_id: str
    occasion: str
    program_version: str
    survey: str
    survey_version: int
    touchpoint: str
    stage: str
    instrument: str
    event_at: datetime = Field(sa_type=UtcDateTime)
    ask_by: datetime = Field(sa_type=UtcDateTime)
    state: InvitationState = Field(sa_type=Word(InvitationState))
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    hold_rule: str | None
    fell_due_on: date | None
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    closes_at: datetime | None = Field(sa_type=UtcDateTime)
    address_id: str | None
    channel: Channel | None = Field(sa_type=Word(Channel))
    language: str | None
    handler: str | None
    interview: Json | None = Field(sa_type=Nested, nullable=True)
    wording: str | None
    origin_id: str | None
    segments: tuple[Side, ...] | None = Field(sa_type=Sides, nullable=True)
    reached: frozenset[FunnelStep] = Field(sa_type=Steps, sa_column_kwargs={"server_default": ""})


class ButtonTokenRow(Table, table=True):
    """Which step of which invitation the buttons carrying a token belong to."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    token: str = Field(primary_key=True)
    invitation_id: str
    step: str


class ContactClockRow(Table, table=True):
    """The row that PostgreSQL locks while a person's asks are settled; SQLite has one writer anyway."""

    person_id: str = Field(primary_key=True)


class SlotRow(Table, table=True):
    """See surveys.model.Slot."""

    __table_args__ = (Index("ix_slot_of_person", "person_id", "at"),)

    number: int = Field(primary_key=True, sa_type=Number)
    invitation_id: str = Field(unique=True)
    person_id: str
    instrument: str
    stage: str
    at: datetime = Field(sa_type=UtcDateTime)
