"""Responses of the web chat's API, and the refusals that become one."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import http_errors
from bot.http_bodies import BodyTooLarge, EncodingRefused
from bot.http_errors import Handler
from surveys.errors import InvalidInput, StorageBusy
from surveys.model import Json

COMMON_HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
RETRY_AFTER = "1"
"""Seconds to wait after the database was busy."""


class UnknownSession(Exception):
    """There is no bearer token, or it names no living session."""


class ForeignOrigin(Exception):
    """The request was made by a page of another site."""


_REFUSALS: tuple[type[Exception], ...] = (
    BodyTooLarge,
    EncodingRefused,
    ForeignOrigin,
    InvalidInput,
    StorageBusy,
    UnknownSession,
)


def answering(endpoint: Handler) -> Handler:
    """Wrap an endpoint so that what it refuses becomes a response."""
    return http_errors.answering(endpoint, _REFUSALS, _refused)


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


def _refused(_: Request, why: Exception) -> Response:
    match why:
        case EncodingRefused():
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body uncompressed")
        case BodyTooLarge():
            headers = {"Connection": "close"}  # the rest of the body is not read
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return refusal(status, "the body is over 64 kB", headers=headers)
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
