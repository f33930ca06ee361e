"""Our own side's people: who they are, what they may do, and how they are known again."""

from surveys.staffing.ports import LoginLinks, Members, StaffSessions
from surveys.staffing.values import (
    HOST,
    AuditEntry,
    AuditWanted,
    Identity,
    LoginLink,
    Member,
    Role,
    StaffSession,
)

__all__ = [
    "HOST",
    "AuditEntry",
    "AuditWanted",
    "Identity",
    "LoginLink",
    "LoginLinks",
    "Member",
    "Members",
    "Role",
    "StaffSession",
    "StaffSessions",
]
