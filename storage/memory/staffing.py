"""The staff, in memory: members, sessions, login links."""

from datetime import datetime
from operator import attrgetter

from storage.memory.table import Table, UndoLog
from surveys.errors import AlreadyStored
from surveys.staffing import Identity, LoginLink, Member, StaffSession


class MemoryMembers:
    """See surveys.staffing.Members. There is one writer, so reading is locking."""

    def __init__(self, log: UndoLog) -> None:
        self._members: Table[Member] = Table("member", log, unique=("email",), groups=("identity",))

    def add(self, member: Member) -> None:
        """Insert."""
        self._refuse_taken(member)
        self._members.add(member)

    def save(self, member: Member) -> None:
        """Replace."""
        self._refuse_taken(member)
        self._members.save(member)

    def get(self, member_id: str) -> Member | None:
        """Return the member."""
        return self._members.get(member_id)

    def by_email(self, email: str) -> Member | None:
        """Return the member with this e-mail."""
        return self._members.find(email)

    def by_identity(self, identity: Identity) -> Member | None:
        """Return the member who is this."""
        return next(iter(self._members.of("identity", identity)), None)

    def all(self) -> tuple[Member, ...]:
        """Return all members."""
        return tuple(self._members)

    def _refuse_taken(self, member: Member) -> None:
        holder = self.by_identity(member.identity) if member.identity else None
        if holder is not None and holder.id != member.id:
            raise AlreadyStored("member", member.id)


class MemoryStaffSessions:
    """See surveys.staffing.StaffSessions."""

    def __init__(self, log: UndoLog) -> None:
        self._sessions: Table[StaffSession] = Table("session", log, groups=("member_id",))

    def add(self, session: StaffSession) -> None:
        """Insert."""
        self._sessions.add(session)

    def save(self, session: StaffSession) -> None:
        """Replace."""
        self._sessions.save(session)

    def get(self, session_id: str) -> StaffSession | None:
        """Return the session."""
        return self._sessions.get(session_id)

    def of_member(self, member_id: str) -> tuple[StaffSession, ...]:
        """Return the member's sessions."""
        newest = reversed(self._sessions.of("member_id", member_id))
        return tuple(sorted(newest, key=attrgetter("created_at"), reverse=True))

    def forget(self, before: datetime) -> int:
        """Delete what expired before the instant."""
        return _forget(self._sessions, before)


class MemoryLoginLinks:
    """See surveys.staffing.LoginLinks."""

    def __init__(self, log: UndoLog) -> None:
        self._links: Table[LoginLink] = Table("login link", log)

    def add(self, link: LoginLink) -> None:
        """Insert."""
        self._links.add(link)

    def save(self, link: LoginLink) -> None:
        """Replace."""
        self._links.save(link)

    def get(self, link_id: str) -> LoginLink | None:
        """Return the link."""
        return self._links.get(link_id)

    def forget(self, before: datetime) -> int:
        """Delete what expired before the instant."""
        return _forget(self._links, before)


def _forget(rows: Table[StaffSession] | Table[LoginLink], before: datetime) -> int:
    old = [row.id for row in rows if row.expires_at < before]
    for key in old:
        rows.remove(key)
    return len(old)
