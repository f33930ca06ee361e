"""How members, sessions and login links are kept; the words of ``surveys.ports`` hold here too."""

from datetime import datetime
from typing import Protocol

from surveys.staffing.values import Identity, LoginLink, Member, StaffSession


class Members(Protocol):
    """The staff. Unique: id; email; (issuer, subject)."""

    def add(self, member: Member) -> None:
        """Insert."""

    def save(self, member: Member) -> None:
        """Replace."""

    def get(self, member_id: str) -> Member | None:
        """Return the member."""

    def by_email(self, email: str) -> Member | None:
        """Return the member with this e-mail, which is casefolded."""

    def by_identity(self, identity: Identity) -> Member | None:
        """Return the member who is this at an OpenID provider."""

    def all(self) -> tuple[Member, ...]:
        """Return all members, oldest first; in a writing unit of work nobody else changes any until it ends."""


class StaffSessions(Protocol):
    """Logins in browsers. Unique on ``id``."""

    def add(self, session: StaffSession) -> None:
        """Insert."""

    def save(self, session: StaffSession) -> None:
        """Replace."""

    def get(self, session_id: str) -> StaffSession | None:
        """Return the session."""

    def of_member(self, member_id: str) -> tuple[StaffSession, ...]:
        """Return the member's sessions, newest first, ended ones too."""

    def forget(self, before: datetime) -> int:
        """Delete the sessions that expired before the instant; return how many."""


class LoginLinks(Protocol):
    """Links that log in. Unique on ``id``."""

    def add(self, link: LoginLink) -> None:
        """Insert."""

    def save(self, link: LoginLink) -> None:
        """Replace."""

    def get(self, link_id: str) -> LoginLink | None:
        """Return the link; in a writing unit of work nobody else uses it until it ends."""

    def forget(self, before: datetime) -> int:
        """Delete the links that expired before the instant; return how many."""
