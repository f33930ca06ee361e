"""Tables of what other systems are told."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime, Word, where
from surveys.model import DestinationState, WebhookState, WebhookType


class WebhookMessageRow(Table, table=True):
    """See surveys.model.WebhookMessage."""

    __table_args__ = (
        where("ix_webhook_message_due", "destination", "due_at", condition="state = 'pending'"),
        where("ix_webhook_message_failed", "destination", condition="state = 'failed'"),
        where("ix_webhook_message_sent", "ended_at", condition="state = 'sent'"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    destination: str
    type: WebhookType = Field(sa_type=Word(WebhookType))
    created_at: datetime = Field(sa_type=UtcDateTime)
    data: dict[str, Any] | None = Field(sa_type=Nested, nullable=True)
    person_id: str | None = Field(index=True)
    state: WebhookState = Field(sa_type=Word(WebhookState))
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    tries: int
    reason: str | None
    ended_at: datetime | None = Field(sa_type=UtcDateTime)


class WebhookDestinationRow(Table, table=True):
    """See surveys.model.Destination."""

    name: str = Field(primary_key=True)
    state: DestinationState = Field(sa_type=Word(DestinationState))
    since: datetime = Field(sa_type=UtcDateTime)
    fence: int
    leased_until: datetime | None = Field(sa_type=UtcDateTime)
    paused_until: datetime | None = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(sa_type=UtcDateTime)
    reason: str | None
