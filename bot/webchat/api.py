"""The JSON API of the web chat, of which only POST writes, and its stream of events."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.webchat import streaming
from bot.webchat.assets import preferred_language
from bot.webchat.bodies import read_json
from bot.webchat.desk import ChatDesk, DemoDoor
from bot.webchat.messages import (
    ActBody,
    DemoOpenBody,
    OpenBody,
    PullBody,
    ScanBody,
    bubbles_json,
    invited_json,
    opened_json,
    parse,
    receipt_json,
)
from bot.webchat.replies import COMMON_HEADERS, UnknownSession, json_reply, refusal
from bot.webchat.stuffing import ScanCap
from bot.webchat.watching import Watch
from surveys.model import Opened

LONGEST_TOKEN: Final = 256


class Api:
    """What a page can ask and do."""

    def __init__(self, desk: ChatDesk, watch: Watch | None, scans: ScanCap | None) -> None:
        self._desk = desk
        self._watch = watch
        self._scans = scans

    async def open(self, request: Request) -> Response:
        """Use a one-time link."""
        body = parse(OpenBody, await read_json(request))
        return _opened(await self._desk.open(body.token, body.key or "", _held(request)))

    async def pull(self, request: Request) -> Response:
        """Hand over all messages as they now stand."""
        session = _bearer(request)
        parse(PullBody, await read_json(request, optional=True))
        bubbles = await self._desk.transcript(session)
        if bubbles is None:
            raise UnknownSession
        return json_reply(bubbles_json(bubbles))

    async def act(self, request: Request) -> Response:
        """Take what the customer did."""
        session = _bearer(request)
        body = parse(ActBody, await read_json(request))
        receipt = await self._desk.act(session, body.client_msg_id, body.client_seq, body.act.act())
        if receipt is None:
            raise UnknownSession
        return json_reply(receipt_json(receipt))

    async def stream(self, request: Request) -> Response:
        """Tell, for as long as it lasts, when something waits to be pulled."""
        attendance = await self._desk.attend(_bearer(request))
        if attendance is None:
            raise UnknownSession
        if self._watch is None or self._watch.full:
            headers = {"Retry-After": "30"}
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "pull now and then", headers=headers)
        told = streaming.events(self._watch, attendance.address_id, waits=attendance.waits)
        headers = {**COMMON_HEADERS, **streaming.HEADERS}
        return StreamingResponse(told, media_type=streaming.MEDIA_TYPE, headers=headers)

    async def invitation(self, request: Request) -> Response:
        """Tell what a touchpoint's code begins."""
        language = _language(request)
        invited = await self._desk.invitation(request.path_params["code"], language)
        return json_reply(invited_json(invited)) if invited else _unknown_code()

    async def scan(self, request: Request) -> Response:
        """Begin it."""
        body = parse(ScanBody, await read_json(request))
        place = request.client.host if request.client else ""
        wait = self._scans.wait(place, body.code) if self._scans else 0.0
        if wait:
            headers = {"Retry-After": str(int(wait) + 1)}
            return refusal(HTTPStatus.TOO_MANY_REQUESTS, "too many scans", headers=headers)
        language = preferred_language(body.language)
        opened = await self._desk.scan(body.code, body.scan_id, language, _held(request))
        return _opened(opened) if opened else _unknown_code()


class DemoApi:
    """The demo's way in."""

    def __init__(self, demo: DemoDoor) -> None:
        self._demo = demo

    async def customers(self, request: Request) -> Response:
        """List whom a visitor may play."""
        found = await self._demo.customers(_language(request))
        return json_reply({"customers": [{"id": one.id, "label": one.label} for one in found]})

    async def open(self, request: Request) -> Response:
        """Let a visitor in as one of them."""
        body = parse(DemoOpenBody, await read_json(request))
        return _opened(await self._demo.open(body.id))


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return preferred_language(asked)


def _held(request: Request) -> str:
    """Return the session that the browser holds, or nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    is_one = scheme.lower() == "bearer" and token.isascii() and len(token) <= LONGEST_TOKEN
    return token if is_one else ""


def _bearer(request: Request) -> str:
    token = _held(request)
    if not token:
        raise UnknownSession
    return token


def _opened(opened: Opened | None) -> Response:
    if opened is None:
        return refusal(HTTPStatus.NOT_FOUND, "this link is unknown, used or expired")
    return json_reply(opened_json(opened))


def _unknown_code() -> Response:
    return refusal(HTTPStatus.NOT_FOUND, "there is no such code")
