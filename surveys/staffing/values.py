"""Members of the staff, their sessions in a browser, and the links that open one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from surveys.model import Deed

HOST = "host"
"""Id of the member that the command line of the server's own machine is: an admin whom nobody can take away."""

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
SESSION_IDLES = timedelta(hours=2)
"""A session that nobody used for so long is over, and so is one that is as old as SESSION_LASTS."""
SEEN_EVERY = timedelta(minutes=1)
"""How finely it is written down when a session was used last."""


class Role(StrEnum):
    """What a member may do; each role may do what those before it may."""

    VIEWER = "viewer"
    """See results, and what customers said."""
    OPERATOR = "operator"
    """Run the program: surveys, deliveries, people, pauses, tests."""
    ADMIN = "admin"
    """Say who is staff, and read what they did."""

    def covers(self, needed: "Role") -> bool:
        """Say whether who has this role may do what needs that one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at an OpenID provider: never an e-mail, which can be given to somebody else."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the staff.

    Attributes:
        email: casefolded; what she types to log in. None only for HOST.
        password_hash: Argon2, in its own encoding; None where she has set none.
        issuer: with ``subject``, her identity at an OpenID provider; both or neither.
        disabled_at: from when on she cannot log in, and none of her sessions counts.
        language: the console's language for her; None follows her browser.
    """

    id: str
    name: str
    email: str | None
    role: Role
    created_at: datetime
    password_hash: str | None = None
    issuer: str | None = None
    subject: str | None = None
    disabled_at: datetime | None = None
    language: str | None = None

    @property
    def identity(self) -> Identity | None:
        """Who she is at an OpenID provider."""
        bound = self.issuer is not None and self.subject is not None
        return Identity(self.issuer or "", self.subject or "") if bound else None

    @property
    def named(self) -> str:
        """How the audit trail names her."""
        return f"staff:{self.email or self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSession:
    """A login in one browser.

    Attributes:
        id: the SHA-256 of the cookie's 128 random bits; the cookie itself is kept nowhere.
        seen_at: when it was used last, to the minute.
        how: ``link``, ``own`` for a link that she made herself, ``password`` or ``oidc``.
        agent: what the browser calls itself, in a few words.
    """

    id: str
    member_id: str
    how: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    agent: str = ""

    def is_open(self, now: datetime) -> bool:
        """Say whether it still lets its bearer in, as far as it alone can tell."""
        is_used = now < self.expires_at and now < self.seen_at + SESSION_IDLES
        return self.revoked_at is None and is_used


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLink:
    """A link that logs a member in, once.

    Attributes:
        id: the SHA-256 of its token.
        made_by: who made it, as the audit trail names them.
    """

    id: str
    member_id: str
    made_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Say whether it can still be used."""
        return self.used_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry of the audit trail by its number, which grows."""

    number: int
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWanted:
    """Which entries of the audit trail are asked for; "" and None ask for all.

    Attributes:
        by: part of who did it; a-z in either case.
        act: what was done, exactly.
        subject: to what or whom, exactly.
        since: from this instant on.
        until: before this instant.
    """

    by: str = ""
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
