"""Which further pages a reader may open: the ready surveys, and those about staff."""

from bot.auth.callers import Caller
from bot.auth.needs import Need
from bot.console.staffing.frame import AUDIT, ME, TEAM
from bot.console.staffing.texts import say
from bot.setup_texts import say as of_gallery
from surveys.staffing import Role

TEMPLATES = "/console/templates"
OPERATOR = Need(role=Role.OPERATOR, scope="admin")
_ADMIN = Need(role=Role.ADMIN, scope="admin")


def menu(caller: Caller, language: str) -> tuple[tuple[str, str], ...]:
    """Return their addresses and what they are called."""
    pages = [(TEAM, "team"), (AUDIT, "audit_log")] if caller.may(_ADMIN) else []
    own = [(ME, "own")] if caller.member else []
    found = tuple((path, say(language, key)) for path, key in (*pages, *own))
    return ((TEMPLATES, of_gallery(language, "gallery.title")), *found)
