"""The staff: members, sessions, login links."""

from datetime import datetime

from sqlalchemy import bindparam, delete

from storage.sql.session import Session
from storage.sql.shapes import plain, table_of
from storage.sql.statements import Statement
from storage.tables.staffing import StaffLoginRow, StaffMemberRow, StaffSessionRow
from surveys.staffing import Identity, LoginLink, Member, StaffSession

_member = table_of(StaffMemberRow)
_session = table_of(StaffSessionRow)
_link = table_of(StaffLoginRow)

_MEMBER = plain("member", Member, StaffMemberRow)
_BY_EMAIL = _MEMBER.query(_member.c.email == bindparam("email"))
_BY_IDENTITY = _MEMBER.query(
    _member.c.issuer == bindparam("issuer"), _member.c.subject == bindparam("subject")
)
_MEMBERS = _MEMBER.query(order=(_member.c.number,))


class SqlMembers:
    """See surveys.staffing.Members."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, member: Member) -> None:
        """Insert."""
        _MEMBER.add(self._session, member)

    def save(self, member: Member) -> None:
        """Replace."""
        _MEMBER.save(self._session, member)

    def get(self, member_id: str) -> Member | None:
        """Return the member."""
        return _MEMBER.get(self._session, member_id)

    def by_email(self, email: str) -> Member | None:
        """Return the member with this e-mail."""
        return self._session.one(_BY_EMAIL, email=email)

    def by_identity(self, identity: Identity) -> Member | None:
        """Return the member who is this."""
        return self._session.one(_BY_IDENTITY, issuer=identity.issuer, subject=identity.subject)

    def all(self) -> tuple[Member, ...]:
        """Return all members."""
        return self._session.all(_MEMBERS)


_SESSION = plain("session", StaffSession, StaffSessionRow)
_OF_MEMBER = _SESSION.query(
    _session.c.member_id == bindparam("member_id"),
    order=(_session.c.created_at.desc(), _session.c.number.desc()),
)
_FORGET_SESSIONS = Statement(delete(_session).where(_session.c.expires_at < bindparam("before")))


class SqlStaffSessions:
    """See surveys.staffing.StaffSessions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, session: StaffSession) -> None:
        """Insert."""
        _SESSION.add(self._session, session)

    def save(self, session: StaffSession) -> None:
        """Replace."""
        _SESSION.save(self._session, session)

    def get(self, session_id: str) -> StaffSession | None:
        """Return the session."""
        return _SESSION.get(self._session, session_id)

    def of_member(self, member_id: str) -> tuple[StaffSession, ...]:
        """Return the member's sessions."""
        return self._session.all(_OF_MEMBER, member_id=member_id)

    def forget(self, before: datetime) -> int:
        """Delete what expired before the instant."""
        return self._session.run(_FORGET_SESSIONS, {"before": before})


_LINK = plain("login link", LoginLink, StaffLoginRow)
_FORGET_LINKS = Statement(delete(_link).where(_link.c.expires_at < bindparam("before")))


class SqlLoginLinks:
    """See surveys.staffing.LoginLinks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, link: LoginLink) -> None:
        """Insert."""
        _LINK.add(self._session, link)

    def save(self, link: LoginLink) -> None:
        """Replace."""
        _LINK.save(self._session, link)

    def get(self, link_id: str) -> LoginLink | None:
        """Return the link."""
        return _LINK.get(self._session, link_id)

    def forget(self, before: datetime) -> int:
        """Delete what expired before the instant."""
        return self._session.run(_FORGET_LINKS, {"before": before})
