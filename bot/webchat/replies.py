"""Responses of the web chat's API, and the refusals that become one."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.webchat.bodies import BodyCompressed, BodyTooLarge
from surveys.errors import InvalidInput, StorageBusy
from surveys.model import Json

Endpoint = Callable[[Request], Awaitable[Response]]

COMMON_HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
RETRY_AFTER = "1"
"""Seconds to wait after the database was busy."""


class UnknownSession(Exception):
    """There is no bearer token, or it names no living session."""


class ForeignOrigin(Exception):
    """The request was made by a page of another site."""


_REFUSALS = (
    BodyCompressed,
    BodyTooLarge,
    ForeignOrigin,
    InvalidInput,
    StorageBusy,
    UnknownSession,
)


def answering(endpoint: Endpoint) -> Endpoint:
    """Wrap an endpoint so that what it refuses becomes a response."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except _REFUSALS as refused:
            return _refused(refused)

    return answer


def json_reply(
    content: Json, *, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """Return JSON that nobody may cache."""
    merged = {**COMMON_HEADERS, "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(content, status_code=status, headers=merged)


def refusal(
    status: HTTPStatus, problem: str, *, where: str = "", headers: dict[str, str] | None = None
) -> Response:
    """Say what is wrong, and at which place of the body."""
    return json_reply({"error": problem, "where": where}, status=status, headers=headers)


def _refused(why: Exception) -> Response:
    match why:
        case BodyCompressed():
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body uncompressed")
        case BodyTooLarge():
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is over 64 kB")
        case ForeignOrigin():
            return refusal(HTTPStatus.FORBIDDEN, "this origin may not post here")
        case InvalidInput():
            return refusal(HTTPStatus.BAD_REQUEST, why.problem, where=why.where)
        case UnknownSession():
            headers = {"WWW-Authenticate": "Bearer"}
            return refusal(HTTPStatus.UNAUTHORIZED, "the session is unknown", headers=headers)
        case _:
            headers = {"Retry-After": RETRY_AFTER}
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy, try again", headers=headers)
