"""HTTP of the web chat: the page, its files, and a small JSON API of which only POST writes."""

from collections.abc import Callable, Collection
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.http_errors import Handler
from bot.webchat import assets
from bot.webchat.bodies import read_json
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
from bot.webchat.replies import (
    COMMON_HEADERS,
    ForeignOrigin,
    UnknownSession,
    answering,
    json_reply,
    refusal,
)
from surveys.errors import InvalidInput
from surveys.model import Opened

LONGEST_TOKEN = 256
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
)


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
    api = _Api(desk)
    ours = _Origins(allowed_origins)
    served: list[BaseRoute] = [
        Route("/chat", page.show),
        Route("/chat/static/{version}/{name}", page.file),
        Route("/chat/api/open", ours.only(api.open), methods=["POST"]),
        Route("/chat/api/pull", ours.only(api.pull), methods=["POST"]),
        Route("/chat/api/act", ours.only(api.act), methods=["POST"]),
    ]
    if demo:
        door = _Door(demo)
        served += [
            Route("/chat/api/demo", answering(door.customers)),
            Route("/chat/api/demo/open", ours.only(door.open), methods=["POST"]),
        ]
    return served


class _Page:
    """The page and its files; reading them writes nothing."""

    def __init__(self, company: Callable[[str], str], frame_ancestors: str, *, demo: bool) -> None:
        self._assets = assets.load()
        self._version = assets.version_of(self._assets)
        self._write = assets.page_writer(company, self._version, demo=demo)
        self._headers = {
            "Content-Security-Policy": "; ".join((*POLICY, f"frame-ancestors {frame_ancestors}")),
            **COMMON_HEADERS,
        }

    async def show(self, request: Request) -> Response:
        language = assets.preferred_language(request.headers.get("accept-language", ""))
        headers = {**self._headers, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return HTMLResponse(self._write(language), headers=headers)

    async def file(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return refusal(HTTPStatus.NOT_FOUND, "there is no such file")
        current = request.path_params["version"] == self._version
        response = assets.serve(request, asset, current=current)
        response.headers.update(COMMON_HEADERS)
        return response


class _Api:
    """The session's three verbs."""

    def __init__(self, desk: ChatDesk) -> None:
        self._desk = desk

    async def open(self, request: Request) -> Response:
        body = parse(OpenBody, await read_json(request))
        return _opened(await self._desk.open(body.token))

    async def pull(self, request: Request) -> Response:
        session = _bearer(request)
        parse(PullBody, await read_json(request, optional=True))
        bubbles = await self._desk.transcript(session)
        if bubbles is None:
            raise UnknownSession
        return json_reply(bubbles_json(bubbles))

    async def act(self, request: Request) -> Response:
        session = _bearer(request)
        body = parse(ActBody, await read_json(request))
        receipt = await self._desk.act(session, body.client_msg_id, body.client_seq, body.act.act())
        if receipt is None:
            raise UnknownSession
        return json_reply(receipt_json(receipt))


class _Origins:
    """Knows which pages may post: ours and those that are allowed by name."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed

    def only(self, endpoint: Handler) -> Handler:
        """Wrap an endpoint that writes."""

        async def checked(request: Request) -> Response:
            if not self._may_post(request):
                raise ForeignOrigin
            return await endpoint(request)

        return answering(checked)

    def _may_post(self, request: Request) -> bool:
        """Compare hosts, not schemes: behind a TLS proxy we see plain http."""
        origin = request.headers.get("origin")
        if origin is None or origin in self._allowed:
            return True
        return origin.partition("://")[2] == request.headers.get("host")


class _Door:
    """The demo's way in."""

    def __init__(self, demo: DemoDoor) -> None:
        self._demo = demo

    async def customers(self, request: Request) -> Response:
        asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
        found = await self._demo.customers(assets.preferred_language(asked))
        return json_reply({"customers": [{"id": one.id, "label": one.label} for one in found]})

    async def open(self, request: Request) -> Response:
        body = parse(DemoOpenBody, await read_json(request))
        return _opened(await self._demo.open(body.id))


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= LONGEST_TOKEN:
        raise UnknownSession
    return token


def _opened(opened: Opened | None) -> Response:
    if opened is None:
        return refusal(HTTPStatus.NOT_FOUND, "this link is unknown, used or expired")
    return json_reply(opened_json(opened))
