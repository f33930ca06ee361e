"""What the routes need that are not for staff; those for staff say it themselves (``bot.auth.needs``).

The handlers of these check it: a key in ``Authorization``, a signature, a token. None of them looks at a cookie, so
that no page elsewhere can use a login of staff.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.routing import BaseRoute, Route

from bot.auth.needs import Door, Need


class Undeclared(Exception):
    """A route does not say what it needs; the application does not start."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} does not say what it needs: see bot.auth.needs")


def _keys(scope: str) -> Need:
    return Need(scope=scope, why="a key with the scope")


_SIGNED = Need(why="the sender's signature over the body")
_EVENTS = Need(scope="events:write", why="a key with the scope, or a signature over the body")
_COMMAND_LINE = Need(why="the command line's token, on this machine")
_CHAT = Need(why="a customer's own token in the request; pages and files hold nothing of anybody")
_MACHINES = Need(why="open to who reaches the port: counts and health, nothing of customers")
_HOME = Need(why="leads to the console")

NEEDS: Final[Mapping[tuple[str, str], Need]] = {
    ("GET", "/"): _HOME,
    ("POST", "/v1/events"): _EVENTS,
    ("POST", "/v1/hooks/{vendor}/{connection}"): _SIGNED,
    ("HEAD", "/v1/hooks/{vendor}/{connection}"): Need(why="says only that the server is here"),
    ("POST", "/v1/customers"): _keys("customers:write"),
    ("POST", "/v1/customers/{customer:path}/links"): _keys("customers:write"),
    ("GET", "/v1/customers/{customer:path}"): _keys("customers:write"),
    ("DELETE", "/v1/customers/{customer:path}"): _keys("customers:write"),
    ("GET", "/v1/results"): _keys("results:read"),
    ("GET", "/v1/analyses"): _keys("results:read"),
    ("GET", "/v1/analyses/{kind}"): _keys("results:read"),
    ("GET", "/v1/alerts"): _keys("results:read"),
    ("GET", "/v1/themes"): _keys("results:read"),
    ("GET", "/v1/themes/examples"): _keys("answers:read"),
    ("GET", "/v1/answers"): _keys("answers:read"),
    ("GET", "/v1/answers/{answer}/themes"): _keys("answers:read"),
    ("POST", "/v1/answers/{answer}/themes"): _keys("admin"),
    ("GET", "/v1/exports/answers"): _keys("answers:read"),
    ("POST", "/slack/events"): _SIGNED,
    ("POST", "/telegram/webhook"): Need(why="the secret that Telegram was given"),
    ("GET", "/mydata"): _CHAT,
    ("POST", "/mydata"): _CHAT,
    ("GET", "/healthz"): _MACHINES,
    ("GET", "/readyz"): _MACHINES,
    ("GET", "/metrics"): _MACHINES,
}
_FAMILIES: Final[Mapping[str, Need]] = {"/chat": _CHAT, "/admin/": _COMMAND_LINE}
"""Routes that all begin alike; ``/admin/`` answers nobody without the token, see ``Doors.is_admin``."""


def needed(route: BaseRoute) -> Door:
    """Return the route with what it needs; raises Undeclared."""
    if isinstance(route, Door):
        return route
    if not isinstance(route, Route):
        raise Undeclared(repr(route))
    methods = sorted((route.methods or {"GET"}) - ({"HEAD"} if _reads(route) else set()))
    found = {_known(method, route.path) for method in methods}
    need = found.pop() if len(found) == 1 else None
    if need is None:
        raise Undeclared(f"{'/'.join(methods)} {route.path}")
    return Door(route, need)


def of_methods(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], Need]:
    """Return the whole table: what each method of each path needs."""
    return {
        (method, door.path): door.need
        for door in map(needed, routes)
        for method in sorted(door.methods or {"GET"})
    }


def _reads(route: Route) -> bool:
    return route.methods is None or "GET" in route.methods


def _known(method: str, path: str) -> Need | None:
    families = (need for start, need in _FAMILIES.items() if path.startswith(start))
    return NEEDS.get((method, path)) or next(families, None)
