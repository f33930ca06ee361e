"""Which further pages a reader may open: surveys and triggers, the ready ones, and those about staff."""

from bot.auth.callers import Caller
from bot.auth.needs import Need
from bot.console.staffing.frame import AUDIT, ME, TEAM
from bot.console.staffing.texts import say
from bot.setup_texts import say as of_gallery
from surveys.language.texts import template
from surveys.staffing import Role

SURVEYS, TEMPLATES = "/console/surveys", "/console/templates"
OPERATOR = Need(role=Role.OPERATOR, scope="admin")
_ADMIN = Need(role=Role.ADMIN, scope="admin")


def editor_title(language: str) -> str:
    """Return what the list of surveys is called."""
    return template(language, "list.title", "editor") or SURVEYS


def menu(caller: Caller, language: str) -> tuple[tuple[str, str], ...]:
    """Return their addresses and what they are called."""
    pages = [(TEAM, "team"), (AUDIT, "audit_log")] if caller.may(_ADMIN) else []
    own = [(ME, "own")] if caller.member else []
    found = tuple((path, say(language, key)) for path, key in (*pages, *own))
    surveys = (SURVEYS, editor_title(language))
    return (surveys, (TEMPLATES, of_gallery(language, "gallery.title")), *found)
