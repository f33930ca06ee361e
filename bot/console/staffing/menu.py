"""Which pages about staff a reader may open."""

from bot.auth.callers import Caller
from bot.auth.needs import Need
from bot.console.staffing.frame import AUDIT, ME, TEAM
from bot.console.staffing.texts import say
from surveys.staffing import Role

OPERATOR = Need(role=Role.OPERATOR, scope="admin")
_ADMIN = Need(role=Role.ADMIN, scope="admin")


def menu(caller: Caller, language: str) -> tuple[tuple[str, str], ...]:
    """Return their addresses and what they are called."""
    pages = [(TEAM, "team"), (AUDIT, "audit_log")] if caller.may(_ADMIN) else []
    own = [(ME, "own")] if caller.member else []
    return tuple((path, say(language, key)) for path, key in (*pages, *own))
