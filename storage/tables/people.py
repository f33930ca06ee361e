"""Tables of customers, their addresses and what they agreed to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Nested, Number, Spelled, Table, UtcDateTime, Word, where
from surveys.model import Channel, Purpose


class PersonRow(Table, table=True):
    """See surveys.model.Person."""

    __table_args__ = (where("ix_person_erased", "erased_at", condition="erased_at IS NOT NULL"),)

    id: str = Field(primary_key=True)
    subject_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    external_id: str | None = Field(unique=True)
    locale: str | None
    timezone: str | None
    attributes: dict[str, Any] = Field(sa_type=Nested)
    paused_until: datetime | None = Field(sa_type=UtcDateTime)
    opted_out_at: datetime | None = Field(sa_type=UtcDateTime)
    erased_at: datetime | None = Field(sa_type=UtcDateTime)
    preferred_channel: Channel | None = Field(sa_type=Word(Channel))
    joined_to: str | None = Field(index=True)


class IdentifierRow(Table, table=True):
    """See surveys.model.Identifier."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    namespace: str = Field(primary_key=True)
    value: str = Field(primary_key=True, sa_type=Spelled)
    person_id: str = Field(index=True)


class AddressRow(Table, table=True):
    """See surveys.model.Address."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "user"),
        Index("ix_address_user", "user"),
    )

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    person_id: str = Field(index=True)
    channel: Channel = Field(sa_type=Word(Channel))
    account: str
    user: str
    chat: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    reachable: bool
    locale: str | None
    choice_order: float | None
    chosen_at: datetime | None = Field(sa_type=UtcDateTime)


class ConsentRow(Table, table=True):
    """See surveys.model.Consent."""

    __table_args__ = (Index("ix_consent_of_person", "person_id", "at"),)

    number: int = Field(primary_key=True, sa_type=Number)
    person_id: str
    purpose: Purpose = Field(sa_type=Word(Purpose))
    granted: bool
    at: datetime = Field(sa_type=UtcDateTime)
    source: str
    text_version: str
    locale: str | None
    address_id: str | None
    channel: Channel | None = Field(sa_type=Word(Channel))
    proof: str | None


class JoiningRow(Table, table=True):
    """See surveys.model.Joining."""

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    how: str
    giver_id: str = Field(index=True)
    heir_id: str = Field(index=True)
    rows: dict[str, Any] = Field(sa_type=Nested)
    before: dict[str, Any] = Field(sa_type=Nested)
    undone_at: datetime | None = Field(sa_type=UtcDateTime)


class LinkRow(Table, table=True):
    """See surveys.model.Link."""

    token_hash: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    channel: Channel = Field(sa_type=Word(Channel))
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(sa_type=UtcDateTime)


class WebSessionRow(Table, table=True):
    """See surveys.model.WebSession."""

    token_hash: str = Field(primary_key=True)
    address_id: str = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
