"""Which further pages a reader may open: surveys, customers and decisions, ready surveys, settings, those about staff."""

from bot.auth.callers import Caller
from bot.auth.needs import Need
from bot.console.addresses import DECISIONS, PEOPLE, SETTINGS, TEAM
from bot.console.people_texts import say as of_people
from bot.console.staffing.frame import AUDIT, ME
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
    is_operator, is_admin = caller.may(OPERATOR), caller.may(_ADMIN)
    people = ((PEOPLE, "people"),) if is_operator else ()
    settings = ((SETTINGS, "settings"),) if is_operator else ()
    pages = ((TEAM, "team"), (AUDIT, "audit_log")) if is_admin else ()
    own = ((ME, "own"),) if caller.member else ()
    return (
        (SURVEYS, editor_title(language)),
        *((path, of_people(language, key)) for path, key in (*people, (DECISIONS, "decisions"))),
        (TEMPLATES, of_gallery(language, "gallery.title")),
        *((path, of_people(language, key)) for path, key in settings),
        *((path, say(language, key)) for path, key in (*pages, *own)),
    )
