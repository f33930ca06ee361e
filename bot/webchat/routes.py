"""HTTP of the web chat: the page, its files, and a small JSON API of which only POST writes."""

from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.webchat import assets
from bot.webchat.bodies import BodyCompressed, BodyTooLarge, read_json
from bot.webchat.desk import ChatDesk, DemoDoor
from bot.webchat.messages import (
    ActBody,
    DemoOpenBody,
    OpenBody,
    PullBody,
    bubbles_json,
    opened_json,
    parse,
    receipt_json,
)
from surveys.errors import InvalidInput, StorageBusy
from surveys.model import Json, Opened

Endpoint = Callable[[Request], Awaitable[Response]]

RETRY_AFTER = "1"
"""Seconds to wait after the database was busy."""


class UnknownSession(Exception):
    """There is no bearer token, or it names no living session."""


class ForeignOrigin(Exception):
    """The request was made by a page of another site."""


def routes(
    desk: ChatDesk,
    *,
    company: Callable[[str], str],
    frame_ancestors: str = "'self'",
    allowed_origins: Collection[str] = frozenset(),
    demo: DemoDoor | None = None,
) -> list[BaseRoute]:
    """Return the routes under ``/chat``.

    Args:
        desk: sessions, messages and acts.
        company: the company's name in ``ko`` or ``en``.
        frame_ancestors: who may embed the page, as in the CSP directive of that name.
        allowed_origins: origins beside our own that may post, e.g. ``https://shop.example``.
        demo: lets visitors in without a link; only ``aftertouch demo`` has one.

    Raises:
        InvalidInput: ``frame_ancestors`` would end its directive.
    """
    if set(frame_ancestors) & set(";,\r\n"):
        raise InvalidInput("frame_ancestors", "must be sources parted by spaces")
    page = _Page(company, frame_ancestors, demo=demo is not None)
    api = _Api(desk, allowed_origins)
    served: list[BaseRoute] = [
        Route("/chat", page.show),
        Route("/chat/static/{version}/{name}", page.file),
        Route("/chat/api/open", api.posting(api.open), methods=["POST"]),
        Route("/chat/api/pull", api.posting(api.pull), methods=["POST"]),
        Route("/chat/api/act", api.posting(api.act), methods=["POST"]),
    ]
    if demo:
        door = _Door(demo)
        served += [
            Route("/chat/api/demo", api.answering(door.customers)),
            Route("/chat/api/demo/open", api.posting(door.open), methods=["POST"]),
        ]
    return served


class _Page:
    """The page and its files; reading them writes nothing."""

    def __init__(self, company: Callable[[str], str], frame_ancestors: str, *, demo: bool) -> None:
        self._assets = assets.load()
        self._version = assets.version_of(self._assets)
        self._write = assets.page_writer(company, self._version, demo=demo)
        self._headers = {
            "Content-Security-Policy": "; ".join(
                (
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self'",
                    "img-src 'self'",
                    "connect-src 'self'",
                    "base-uri 'none'",
                    "form-action 'none'",
                    f"frame-ancestors {frame_ancestors}",
                )
            ),
            **_COMMON_HEADERS,
        }

    async def show(self, request: Request) -> Response:
        language = assets.preferred_language(request.headers.get("accept-language", ""))
        headers = {**self._headers, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return HTMLResponse(self._write(language), headers=headers)

    async def file(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return _refusal(HTTPStatus.NOT_FOUND, "there is no such file")
        current = request.path_params["version"] == self._version
        response = assets.serve(request, asset, current=current)
        response.headers.update(_COMMON_HEADERS)
        return response


class _Api:
    """The session's three verbs."""

    def __init__(self, desk: ChatDesk, allowed_origins: Collection[str]) -> None:
        self._desk = desk
        self._allowed_origins = allowed_origins

    async def open(self, request: Request) -> Response:
        body = parse(OpenBody, await read_json(request))
        return _opened(await self._desk.open(body.token))

    async def pull(self, request: Request) -> Response:
        session = _bearer(request)
        parse(PullBody, await read_json(request, optional=True))
        bubbles = await self._desk.transcript(session)
        if bubbles is None:
            raise UnknownSession
        return _json(bubbles_json(bubbles))

    async def act(self, request: Request) -> Response:
        session = _bearer(request)
        body = parse(ActBody, await read_json(request))
        receipt = await self._desk.act(session, body.client_msg_id, body.client_seq, body.act.act())
        if receipt is None:
            raise UnknownSession
        return _json(receipt_json(receipt))

    def posting(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint that writes: pages of other sites may not call it."""

        async def checked(request: Request) -> Response:
            if not self._is_ours(request):
                raise ForeignOrigin
            return await endpoint(request)

        return self.answering(checked)

    def answering(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint so that refusals become responses and nothing is cached."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except _REFUSED as refused:
                return _refused(refused)

        return answer

    def _is_ours(self, request: Request) -> bool:
        """Compare hosts, not schemes: behind a TLS proxy we see plain http."""
        origin = request.headers.get("origin")
        if origin is None or origin in self._allowed_origins:
            return True
        return urlsplit(origin).netloc == request.headers.get("host")


class _Door:
    """The demo's way in."""

    def __init__(self, demo: DemoDoor) -> None:
        self._demo = demo

    async def customers(self, request: Request) -> Response:
        asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
        found = await self._demo.customers(assets.preferred_language(asked))
        return _json({"customers": [{"id": one.id, "label": one.label} for one in found]})

    async def open(self, request: Request) -> Response:
        body = parse(DemoOpenBody, await read_json(request))
        return _opened(await self._demo.open(body.id))


_COMMON_HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
_REFUSED = (
    BodyCompressed,
    BodyTooLarge,
    ForeignOrigin,
    InvalidInput,
    StorageBusy,
    UnknownSession,
)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= 256:  # noqa: PLR2004 -- ample for any token of ours
        raise UnknownSession
    return token


def _opened(opened: Opened | None) -> Response:
    if opened is None:
        return _refusal(HTTPStatus.NOT_FOUND, "this link is unknown, used or expired")
    return _json(opened_json(opened))


def _refused(why: Exception) -> Response:
    match why:
        case BodyCompressed():
            return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body uncompressed")
        case BodyTooLarge():
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is over 64 kB")
        case ForeignOrigin():
            return _refusal(HTTPStatus.FORBIDDEN, "this origin may not post here")
        case InvalidInput():
            return _refusal(HTTPStatus.BAD_REQUEST, why.problem, where=why.where)
        case UnknownSession():
            headers = {"WWW-Authenticate": "Bearer"}
            return _refusal(HTTPStatus.UNAUTHORIZED, "the session is unknown", headers=headers)
        case _:
            headers = {"Retry-After": RETRY_AFTER}
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy, try again", headers=headers)


def _refusal(
    status: HTTPStatus, problem: str, *, where: str = "", headers: dict[str, str] | None = None
) -> Response:
    return _json({"error": problem, "where": where}, status=status, headers=headers)


def _json(
    content: Json, *, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    merged = {**_COMMON_HEADERS, "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(content, status_code=status, headers=merged)
