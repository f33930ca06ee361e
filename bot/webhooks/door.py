"""The admin calls about outgoing webhooks: how they stand, enable one, test one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http_bodies import read_body
from bot.http_errors import Handler
from bot.intake.problems import answering
from bot.strict_json import parse_object
from bot.webhooks.dispatcher import WebhookDispatcher
from bot.webhooks.posting import Endpoint
from surveys.errors import InvalidInput
from surveys.model import ReceptionKind
from surveys.service.webhooks import Standing

MOST_BYTES = 4096


class WebhookDoor:
    """Answers them for whoever ``is_admin``."""

    def __init__(
        self,
        dispatcher: WebhookDispatcher,
        endpoints: Mapping[str, Endpoint],
        is_admin: Callable[[Request], bool],
    ) -> None:
        self._dispatcher = dispatcher
        self._endpoints = endpoints
        self._is_admin = is_admin

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            self._route("/admin/webhooks", self._list),
            self._route("/admin/webhooks/enable", self._enable),
            self._route("/admin/webhooks/test", self._test),
        ]

    def _route(self, path: str, handler: Handler) -> Route:
        async def guarded(request: Request) -> Response:
            if not self._is_admin(request):
                return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
            return await handler(request)

        return Route(path, answering(guarded), methods=["POST"])

    async def _list(self, _: Request) -> Response:
        standings = await self._dispatcher.standings()
        return _done({"webhooks": [self._told(standing) for standing in standings]})

    async def _enable(self, request: Request) -> Response:
        return _done({"waiting": await self._dispatcher.enable(await _name(request))})

    async def _test(self, request: Request) -> Response:
        reception = await self._dispatcher.test(await _name(request))
        accepted = reception.kind is ReceptionKind.ACCEPTED
        return _done({"accepted": accepted, "reason": reception.reason})

    def _told(self, standing: Standing) -> dict[str, Any]:
        destination = standing.destination
        endpoint = self._endpoints.get(destination.name)
        return {
            "name": destination.name,
            "state": destination.state.value,
            "since": destination.since.isoformat(),
            "to": place(endpoint.url) if endpoint else None,
            "waiting": standing.waiting,
            "failed": standing.failed,
            "last_error": destination.reason,
            "accepted_at": _iso(destination.accepted_at),
            "paused_until": _iso(destination.paused_until),
        }


def place(url: str) -> str:
    """Return scheme and host: the rest of an address may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


async def _name(request: Request) -> str:
    name = parse_object(await read_body(request, MOST_BYTES)).get("name")
    if not isinstance(name, str):
        raise InvalidInput("name", "must be the name of a webhook")
    return name


def _done(content: Mapping[str, Any]) -> Response:
    return JSONResponse(content, HTTPStatus.CREATED)
