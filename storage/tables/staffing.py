"""Tables of the staff: members, sessions, login links."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Number, Table, UtcDateTime, Word
from surveys.staffing import Role


class StaffMemberRow(Table, table=True):
    """See surveys.staffing.Member."""

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    name: str
    email: str | None = Field(unique=True)
    role: Role = Field(sa_type=Word(Role))
    created_at: datetime = Field(sa_type=UtcDateTime)
    password_hash: str | None
    issuer: str | None
    subject: str | None
    disabled_at: datetime | None = Field(sa_type=UtcDateTime)
    language: str | None


class StaffSessionRow(Table, table=True):
    """See surveys.staffing.StaffSession."""

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    member_id: str = Field(index=True)
    how: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)
    agent: str


class StaffLoginRow(Table, table=True):
    """See surveys.staffing.LoginLink."""

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    member_id: str
    made_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(sa_type=UtcDateTime)
