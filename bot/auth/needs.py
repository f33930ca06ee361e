"""What a route needs of whoever asks: declared where the route is made, so that it can be neither forgotten nor missed.

    *needs(Role.OPERATOR, Route("/console/surveys", save, methods=["POST"])),

is all that a page does; ``bot.auth.gate`` does the rest. In its forms stands ``token``, and its handler asks
``caller_of(request)`` who it is.
"""

from dataclasses import dataclass

from starlette.routing import Route

from surveys.staffing import Role

MOST_BYTES = 64 * 1024
_SCOPES = {Role.VIEWER: "results:read", Role.OPERATOR: "admin", Role.ADMIN: "admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Who may pass.

    Attributes:
        role: staff of this role or more; None for a route that is not for staff.
        scope: what an API key must have to pass instead; "" lets no key pass.
        why: for a route that is not for staff: what its handler checks by itself, or why it checks nothing.
        most_bytes: the longest form that is read.
    """

    role: Role | None = None
    scope: str = ""
    why: str = ""
    most_bytes: int = MOST_BYTES


class Door(Route):
    """A route that says what it needs."""

    def __init__(self, route: Route, need: Need) -> None:
        methods = sorted(route.methods or {"GET"})
        super().__init__(route.path, route.endpoint, methods=methods, name=route.name)
        self.need = need


def needs(
    role: Role, *routes: Route, scope: str | None = None, most_bytes: int = MOST_BYTES
) -> list[Door]:
    """Return the routes for staff of this role or more; a key passes with ``scope`` (by default, the role's own)."""
    wanted = _SCOPES[role] if scope is None else scope
    need = Need(role=role, scope=wanted, most_bytes=most_bytes)
    return [Door(route, need) for route in routes]


def open_to_all(why: str, *routes: Route) -> list[Door]:
    """Return the routes as open to everybody, for this reason."""
    return [Door(route, Need(why=why)) for route in routes]
