"""Routes of the web chat: the page, its files, what embeds it, and the API."""

from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.http_errors import Handler
from bot.webchat import assets
from bot.webchat.api import Api, DemoApi
from bot.webchat.desk import ChatDesk, DemoDoor
from bot.webchat.replies import COMMON_HEADERS, ForeignOrigin, answering, json_reply, refusal
from bot.webchat.stuffing import ScanCap
from bot.webchat.texts import all_sentences
from bot.webchat.watching import Watch
from surveys.errors import InvalidInput

POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)


def routes(
    desk: ChatDesk,
    *,
    company: Callable[[str], str],
    frame_ancestors: str = "'self'",
    allowed_origins: Collection[str] = frozenset(),
    demo: DemoDoor | None = None,
    watch: Watch | None = None,
    scans: ScanCap | None = None,
) -> list[BaseRoute]:
    """Return the routes under ``/chat``.

    Args:
        desk: sessions, messages and acts.
        company: the company's name in a language.
        frame_ancestors: who may embed the page, as in the CSP directive of that name.
        allowed_origins: origins beside our own that may post, e.g. ``https://shop.example``.
        demo: lets visitors in without a link; only ``aftertouch demo`` has one.
        watch: tells pages that listen what waits for them; without one they pull now and then.
        scans: bounds how many scans come from one place.

    Raises:
        InvalidInput: ``frame_ancestors`` would end its directive.
    """
    if set(frame_ancestors) & set(";,\r\n"):
        raise InvalidInput("frame_ancestors", "must be sources parted by spaces")
    page = _Page(company, frame_ancestors, demo=demo is not None)
    api = Api(desk, watch, scans)
    ours = _Origins(allowed_origins)
    served: list[BaseRoute] = [
        Route("/chat", page.show),
        Route("/chat/embed.js", page.embed),
        Route("/chat/static/{version}/{name}", page.file),
        Route("/chat/api/say/{language}", page.say),
        Route("/chat/api/scan/{code}", answering(api.invitation)),
        Route("/chat/api/stream", ours.only(api.stream)),
        Route("/chat/api/open", ours.only(api.open), methods=["POST"]),
        Route("/chat/api/scan", ours.only(api.scan), methods=["POST"]),
        Route("/chat/api/pull", ours.only(api.pull), methods=["POST"]),
        Route("/chat/api/act", ours.only(api.act), methods=["POST"]),
    ]
    if demo:
        door = DemoApi(demo)
        served += [
            Route("/chat/api/demo", answering(door.customers)),
            Route("/chat/api/demo/open", ours.only(door.open), methods=["POST"]),
        ]
    return [*served, Route("/chat/{other}", page.nowhere)]


class _Page:
    """The page and its files; reading them writes nothing."""

    def __init__(self, company: Callable[[str], str], frame_ancestors: str, *, demo: bool) -> None:
        self._company = company
        self._assets = assets.load(demo=demo)
        self._version = assets.version_of(self._assets)
        self._write = assets.page_writer(company, self._version)
        self._write_lost = assets.page_writer(company, self._version, "lost.html")
        self._headers = {
            "Content-Security-Policy": "; ".join((*POLICY, f"frame-ancestors {frame_ancestors}")),
            "X-Robots-Tag": "noindex",
            **COMMON_HEADERS,
        }

    async def show(self, request: Request) -> Response:
        accepted = request.headers.get("accept-language", "")
        language = assets.preferred_language(request.query_params.get("lang") or accepted)
        headers = {**self._headers, "Cache-Control": "no-cache"}
        return assets.packed(request, HTMLResponse(self._write(language), headers=headers))

    async def nowhere(self, request: Request) -> Response:
        """Say in the visitor's language that the chat opens by a link: the address is mistyped or cut short."""
        accepted = request.headers.get("accept-language", "")
        language = assets.preferred_language(request.query_params.get("lang") or accepted)
        page = self._write_lost(language)
        return assets.packed(request, HTMLResponse(page, 404, headers=self._headers))

    async def say(self, request: Request) -> Response:
        language = assets.preferred_language(request.path_params["language"])
        return json_reply(all_sentences(language, self._company(language)))

    async def embed(self, request: Request) -> Response:
        """Other sites load this one, under policies of their own."""
        response = assets.serve(request, self._assets[assets.EMBED], caching=assets.AN_HOUR)
        response.headers.update({**COMMON_HEADERS, "Cross-Origin-Resource-Policy": "cross-origin"})
        return response

    async def file(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return refusal(HTTPStatus.NOT_FOUND, "there is no such file")
        current = request.path_params["version"] == self._version
        caching = assets.FOREVER if current else "no-cache"
        response = assets.serve(request, asset, caching=caching)
        response.headers.update(COMMON_HEADERS)
        return response


class _Origins:
    """Knows which pages may ask: ours and those that are allowed by name."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed

    def only(self, endpoint: Handler) -> Handler:
        """Wrap an endpoint that writes, or that costs as long as it lasts."""

        async def checked(request: Request) -> Response:
            if not self._may_ask(request):
                raise ForeignOrigin
            return await endpoint(request)

        return answering(checked)

    def _may_ask(self, request: Request) -> bool:
        """Compare hosts, not schemes: behind a TLS proxy we see plain http."""
        origin = request.headers.get("origin")
        if origin is None or origin in self._allowed:
            return True
        return origin.partition("://")[2] == request.headers.get("host")
