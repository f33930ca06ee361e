"""The one place that lets requests of staff through, or does not."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive

from bot.api_keys import Authenticator
from bot.auth.callers import Caller, remember
from bot.auth.cookies import Cookies
from bot.auth.guard import Guard
from bot.auth.local import from_this_machine
from bot.auth.needs import Door, Need
from bot.auth.table import needed
from bot.http_bodies import BodyTooLarge, EncodingRefused, media_type, read_body
from bot.http_errors import HttpProblem, answering, problem_response
from surveys.errors import StorageBusy
from surveys.ports import Storage
from surveys.service import logging_in
from surveys.service.people import hash_token
from surveys.staffing import HOST, Role, StaffSession

TOKEN, TOKEN_HEADER = "token", "x-aftertouch-token"
FORM = "application/x-www-form-urlencoded"
_READING = frozenset({"GET", "HEAD"})
Refuse = Callable[[Request, HttpProblem], Response]


class Gate:
    """Finds who asks and holds it against what the route needs.

    ``is_public`` says that others than this machine reach the server, so that a request that looks local may be a
    proxy's. ``refuse`` answers what is not let through.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        now: Callable[[], datetime],
        keys: Authenticator,
        guard: Guard,
        cookies: Cookies,
        is_public: bool,
        refuse: Refuse = lambda _, problem: problem_response(problem),
    ) -> None:
        self._storage = storage
        self._now = now
        self._keys = keys
        self._guard = guard
        self._cookies = cookies
        self._is_public = is_public
        self._refuse = refuse

    def enforce(self, routes: Iterable[BaseRoute]) -> list[BaseRoute]:
        """Return the routes with those guarded that need a role; raises Undeclared for one that says nothing."""
        doors = [needed(route) for route in routes]
        return [self._guarded(door) if door.need.role else door for door in doors]

    async def admit(self, request: Request, scope: str) -> None:
        """Raise HttpProblem unless whoever asks may do what a key with this scope may, besides what the route needs."""
        role = Role.OPERATOR if scope == "admin" else Role.VIEWER
        await self._admitted(request, Need(role=role, scope=scope))

    def token(self, session: str) -> str:
        """Return what the forms of a page carry that is shown in this session."""
        return self._guard.token(session)

    async def who(self, request: Request) -> Caller | None:
        """Return who asks: by a session, as this machine's own browser, or by a key. Raises StorageBusy."""
        token = self._cookies.session(request)
        caller = await self._of_session(request, token) if token else None
        if caller is None and await self._is_open_here(request):
            held = hash_token(token) if token else ""
            return Caller(by="console", role=Role.ADMIN, session=held)
        if caller is None:
            key = await self._keys.authenticate(request.headers.get("authorization"))
            caller = Caller(by=f"key:{key.key_id}", key=key) if key else None
        return caller

    def _guarded(self, door: Door) -> Door:
        async def guarded(request: Request) -> Response:
            try:
                return await door.endpoint(await self._let_in(request, door.need))  # type: ignore[no-any-return]  # an endpoint is Any to Starlette
            except StorageBusy as busy:
                raise _busy(busy) from busy

        endpoint = answering(guarded, (HttpProblem,), self._refuse)
        methods = sorted(door.methods or _READING)
        return Door(Route(door.path, endpoint, methods=methods, name=door.name), door.need)

    async def _let_in(self, request: Request, need: Need) -> Request:
        """Return the request to be handled. A writing one is looked at again once its body is here, however slowly it came."""
        caller = await self._admitted(request, need)
        if request.method in _READING:
            remember(request, caller)
            return request
        body = await _read(request, need.most_bytes)
        caller = await self._admitted(request, need)
        self._guard.check(request, _token(request, body), caller.session)
        again = Request(request.scope, _replaying(body))
        remember(again, caller)
        return again

    async def _admitted(self, request: Request, need: Need) -> Caller:
        try:
            caller = await self.who(request)
        except StorageBusy as busy:
            raise _busy(busy) from busy
        if caller is None:
            raise HttpProblem(
                HTTPStatus.UNAUTHORIZED,
                "Unauthorized",
                "log in, or send a valid API key: Authorization: Bearer sk_...",
                {"WWW-Authenticate": "Bearer"},
            )
        if not caller.may(need):
            lacks = f"the scope {need.scope}" if caller.key else f"the role {need.role}"
            raise HttpProblem(HTTPStatus.FORBIDDEN, "Forbidden", f"this needs {lacks}")
        return caller

    async def _of_session(self, request: Request, token: str) -> Caller | None:
        now = self._now()
        found = await self._storage.read(lambda tx: logging_in.session_of(tx, token, now))
        if found is None:
            return None
        session, member = found
        await self._note(request, session)
        return Caller(
            by=member.named, role=member.role, member=member, session=session.id, came=session
        )

    async def _note(self, request: Request, session: StaffSession) -> None:
        """Write down that the session is used; what a page fetches by itself is not somebody's using it."""
        if request.headers.get("sec-fetch-dest") != "empty" and logging_in.is_news(
            session, self._now()
        ):
            await self._storage.write(lambda tx: logging_in.touch(tx, session.id, self._now()))

    async def _is_open_here(self, request: Request) -> bool:
        """Say whether this is the browser of the server's own machine, and nobody is on the staff list yet."""
        if self._is_public or not from_this_machine(request):
            return False
        members = await self._storage.read(lambda tx: tx.members.all())
        return all(member.id == HOST for member in members)


def _busy(busy: StorageBusy) -> HttpProblem:
    return HttpProblem(503, "Busy", str(busy), {"Retry-After": "5"})


async def _read(request: Request, cap: int) -> bytes:
    try:
        return await read_body(request, cap)
    except BodyTooLarge as large:
        raise HttpProblem(413, "Too large", str(large)) from large
    except EncodingRefused as refused:
        raise HttpProblem(415, "Unsupported media type", str(refused)) from refused


def _token(request: Request, body: bytes) -> str:
    """Return the token that a form carries, or a script's request in a header."""
    header = request.headers.get(TOKEN_HEADER)
    if header is not None or media_type(request) != FORM:
        return header or ""
    given: Sequence[str] = parse_qs(body.decode(errors="replace")).get(TOKEN, [])
    return given[0] if len(given) == 1 else ""


def _replaying(body: bytes) -> Receive:
    """Return what hands the body out once more."""
    parts: list[Message] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": body, "more_body": False},
    ]

    async def receive() -> Message:
        return parts.pop() if len(parts) > 1 else parts[0]

    return receive
