"""Who asks."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from bot.api_keys import KeyScopes
from bot.auth.needs import Need
from surveys.staffing import Member, Role, StaffSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever a request comes from, once the gate let it through.

    Attributes:
        by: as the audit trail names them: ``staff:minji@example.com``, ``key:<id>``, or ``console`` for this machine.
        role: None for an API key, which has scopes instead.
        member: None for an API key and for this machine's own browser where nobody is on the staff list.
        session: what the forms of this reader's pages are signed for; "" without a login.
        came: the login itself, where there is one.
    """

    by: str
    role: Role | None = None
    key: KeyScopes | None = None
    member: Member | None = None
    session: str = ""
    came: StaffSession | None = None

    def may(self, need: Need) -> bool:
        """Say whether this is enough for the need."""
        as_staff = self.role is not None and need.role is not None and self.role.covers(need.role)
        as_key = self.key is not None and need.scope != "" and self.key.allows(need.scope)
        return as_staff or as_key

    def just_came(self, since: datetime) -> bool:
        """Say whether a link opened this session at that instant or later."""
        return self.came is not None and self.came.how == "link" and self.came.created_at >= since


def caller_of(request: Request) -> Caller:
    """Return who asks; only a route that needs a role knows."""
    caller: Caller = request.state.caller
    return caller


def known_caller(request: Request) -> Caller | None:
    """Return who asks, None on a route that is open to all."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller


def remember(request: Request, caller: Caller) -> None:
    """Note who asks, for the handler."""
    request.state.caller = caller
