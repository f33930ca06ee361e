"""The routes of the pages about customers, decisions and settings."""

from collections.abc import Callable
from dataclasses import replace

from starlette.routing import BaseRoute, Route

from bot.auth.needs import Door, needs
from bot.console.addresses import ANSWERS, DECISIONS, PEOPLE, SETTINGS
from bot.console.people.door import PeopleDoor
from bot.console.people.log import DecisionLog
from bot.console.people.settings import Installed, SettingsDoor
from bot.console.people.themes import AnswerThemes
from bot.console.people_texts import say
from bot.console.staffing.frame import Frame, Staffing
from bot.http_errors import Handler
from surveys.staffing import Role

Answering = Callable[[Handler], Handler]
PERSON = PEOPLE + "/{person}"
ANSWER = ANSWERS + "/{answer}"


def people_routes(
    staffing: Staffing, frame: Frame, answering: Answering, installed: Installed | None
) -> list[BaseRoute]:
    """Return the pages; ``answering`` tells a refusal, and without ``installed`` there are no settings to show.

    The log is for every role, without customers for a viewer. A person is shown to operators, copied, joined and
    erased by admins (docs/decisions/0058).
    """
    own = replace(frame, folder="people", words=say)
    people = PeopleDoor(frame=own, staffing=staffing)
    themes = AnswerThemes(frame=own, staffing=staffing)
    log = DecisionLog(frame=own, staffing=staffing)

    def get(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler), methods=["GET"])

    def post(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler), methods=["POST"])

    return [
        *needs(Role.VIEWER, get(DECISIONS, log.page)),
        *needs(Role.OPERATOR, get(PEOPLE, people.search), get(PERSON, people.page)),
        *needs(Role.OPERATOR, get(ANSWER, themes.page), post(ANSWER, themes.save)),
        *needs(
            Role.ADMIN,
            post(f"{PERSON}/takeout", people.takeout),
            post(f"{PERSON}/join", people.join),
            post(f"{PERSON}/split", people.split),
            post(f"{PERSON}/erase", people.erase),
        ),
        *(
            _settings(SettingsDoor(frame=own, staffing=staffing, installed=installed), get, post)
            if installed
            else ()
        ),
    ]


def _settings(
    settings: SettingsDoor,
    get: Callable[[str, Handler], Route],
    post: Callable[[str, Handler], Route],
) -> list[Door]:
    return [
        *needs(
            Role.OPERATOR, get(SETTINGS, settings.page), get(f"{SETTINGS}/doctor", settings.doctor)
        ),
        *needs(Role.ADMIN, post(SETTINGS, settings.keys)),
    ]
