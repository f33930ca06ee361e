"""Tables of outgoing messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime, Word, where
from surveys.model import Channel, DeliveryClass, DeliveryState, OutcomeKind

PENDING = "state = 'pending'"
UNKNOWN = "state = 'unknown'"
MENU = "token IS NOT NULL AND invitation_id IS NULL AND target_id IS NULL"


class DeliveryRow(Table, table=True):
    """See surveys.model.Delivery."""

    __table_args__ = (
        Index("ix_delivery_state", "state", "created_at"),
        where("ix_delivery_due", "channel", "due_at", condition=PENDING),
        where("ix_delivery_expiring", "expires_at", condition=PENDING),
        where("ix_delivery_waiting", "address_id", "created_at", condition=PENDING),
        where("ix_delivery_unsettled", "due_at", condition=UNKNOWN),
        where("ix_delivery_menu", "token", condition=MENU),
        where("ix_delivery_told", "address_id", "sent_at", condition="sent_at IS NOT NULL"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    key: str = Field(unique=True)
    person_id: str = Field(index=True)
    address_id: str
    channel: Channel = Field(sa_type=Word(Channel))
    delivery_class: DeliveryClass = Field(sa_type=Word(DeliveryClass))
    kind: str
    state: DeliveryState = Field(sa_type=Word(DeliveryState))
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    invitation_id: str | None = Field(index=True)
    step: str
    seq: int
    args: dict[str, Any] = Field(sa_type=Nested)
    token: str | None
    target_id: str | None
    expires_at: datetime | None = Field(sa_type=UtcDateTime)
    fence: int
    attempts: int
    started_at: datetime | None = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    ref: dict[str, Any] | None = Field(sa_type=Nested, nullable=True)
    reason: str | None
    resends: int = Field(sa_column_kwargs={"server_default": text("0")})


class AttemptRow(Table, table=True):
    """One request for one delivery: the intent and, once known, its outcome."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    delivery_id: str = Field(primary_key=True)
    fence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    kind: OutcomeKind | None = Field(sa_type=Word(OutcomeKind))
    reason: str | None
    ref: dict[str, Any] | None = Field(sa_type=Nested, nullable=True)


class PauseRow(Table, table=True):
    """Until when nothing is sent in a scope; ``address_id`` names it where the scope is one address."""

    scope: str = Field(primary_key=True)
    until: datetime = Field(sa_type=UtcDateTime)
    address_id: str | None = Field(index=True)


class PaceRow(Table, table=True):
    """From when on a bucket has room for one more; ``address_id`` where the bucket is one chat's."""

    scope: str = Field(primary_key=True)
    free_at: datetime = Field(sa_type=UtcDateTime)
    address_id: str | None = Field(index=True)
