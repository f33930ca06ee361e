"""The routes of the pages about staff."""

from collections.abc import Callable

from starlette.routing import BaseRoute, Route

from bot.auth.needs import needs, open_to_all
from bot.auth.oidc import BACK
from bot.console.addresses import TEAM
from bot.console.staffing.audit import AuditLog
from bot.console.staffing.entrance import Entrance
from bot.console.staffing.frame import AUDIT, LOGIN, ME, Frame, Staffing
from bot.console.staffing.own import PROVIDER, Own
from bot.console.staffing.provider import ProviderDoor
from bot.console.staffing.team import Team
from bot.http_errors import Handler
from surveys.staffing import Role

LOGOUT = "/console/logout"
Answering = Callable[[Handler], Handler]


def staffing_routes(staffing: Staffing, frame: Frame, answering: Answering) -> list[BaseRoute]:
    """Return the login, which is open to all, and the pages behind it; ``answering`` tells a refusal."""
    entrance = Entrance(frame=frame, staffing=staffing)
    own, team = Own(frame=frame, staffing=staffing), Team(frame=frame, staffing=staffing)
    log = AuditLog(frame=frame, staffing=staffing)

    def get(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler), methods=["GET"])

    def post(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler), methods=["POST"])

    return [
        *open_to_all(
            "the login itself: its forms carry a token of the browser's own",
            get(LOGIN, entrance.page),
            post(LOGIN, entrance.by_password),
            post(f"{LOGIN}/link", entrance.by_link),
            *_over_provider(staffing, entrance, get),
        ),
        *needs(Role.VIEWER, post(LOGOUT, entrance.leave), get(ME, own.page), post(ME, own.act)),
        *needs(Role.ADMIN, get(TEAM, team.page), post(TEAM, team.act), get(AUDIT, log.page)),
    ]


def _over_provider(
    staffing: Staffing, entrance: Entrance, get: Callable[[str, Handler], Route]
) -> list[Route]:
    if staffing.provider is None:
        return []
    door = ProviderDoor(entrance=entrance, staffing=staffing, provider=staffing.provider)
    return [get(PROVIDER, door.begin), get(BACK, door.back)]
