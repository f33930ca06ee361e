"""Tables of the house itself: keys, notes, the audit trail, program versions."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.columns import Nested, Number, Scopes, Table, UtcDateTime


class ApiKeyRow(Table, table=True):
    """See surveys.model.ApiKey."""

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    secret_hash: str
    scopes: frozenset[str] = Field(sa_type=Scopes)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)


class NoteRow(Table, table=True):
    """A small durable value."""

    name: str = Field(primary_key=True)
    value: str


class AuditRow(Table, table=True):
    """See surveys.model.Deed."""

    number: int = Field(primary_key=True, sa_type=Number)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    act: str
    subject: str
    details: dict[str, Any] = Field(sa_type=Nested)


class ProgramRow(Table, table=True):
    """A program version that was ever live, as canonical JSON."""

    version: str = Field(primary_key=True)
    content: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class TriedProgramRow(Table, table=True):
    """A program that staff tried on themselves before it was published, as canonical JSON."""

    version: str = Field(primary_key=True)
    content: str
    created_at: datetime = Field(sa_type=UtcDateTime)
