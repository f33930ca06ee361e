"""Answers refusals as problem details (RFC 9457): which status, and which place was wrong."""

import json
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot import http_errors
from bot.http_bodies import BodyTooLarge, EncodingRefused
from bot.http_errors import Handler
from bot.intake.signing import SignatureRefused
from surveys.errors import (
    ChannelUnavailable,
    IdentifierTaken,
    InvalidInput,
    NotFound,
    NotWaiting,
    StorageBusy,
    SurveyError,
)
from surveys.model import Json

RETRY_AFTER: Final = 5  # seconds

_log = structlog.get_logger(__name__)


class NotAllowed(SurveyError):
    """The key is genuine but lacks the scope."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"the key lacks the scope {scope}")


class TooMany(SurveyError):
    """More comes in than can be taken; nothing was stored. ``retry_after``: seconds until it is worth a try."""

    def __init__(self, why: str, retry_after: int) -> None:
        super().__init__(f"{why}; try again in {retry_after} s")
        self.retry_after = retry_after


_STATUS: Final[dict[type[SurveyError], HTTPStatus]] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    SignatureRefused: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    IdentifierTaken: HTTPStatus.CONFLICT,
    NotWaiting: HTTPStatus.CONFLICT,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    EncodingRefused: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    StorageBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    ChannelUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def json_response(content: Json, status: int = HTTPStatus.OK) -> Response:
    """Return JSON in ASCII, so that no text in it can fail to be encoded."""
    return Response(json.dumps(content), status, media_type="application/json")


def answering(handler: Handler) -> Handler:
    """Return the handler with every refusal turned into its answer; bugs pass through."""
    return http_errors.answering(handler, tuple(_STATUS), _refused)


def _refused(request: Request, refusal: SurveyError) -> Response:
    status = next(status for kind, status in _STATUS.items() if isinstance(refusal, kind))
    # Neither the path nor the sentence: both may name a customer.
    route = getattr(request.scope.get("route"), "path", "")
    where = getattr(refusal, "where", "")
    _log.info("refused", path=route, status=int(status), reason=type(refusal).__name__, where=where)
    response = problem(status, str(refusal), where=getattr(refusal, "where", ""))
    if isinstance(refusal, TooMany):
        response.headers["retry-after"] = str(refusal.retry_after)
    return response


def problem(status: HTTPStatus, detail: str, *, where: str = "", **more: Json) -> Response:
    """Return problem details; ``where`` is the place in the request, e.g. ``data.items[3].name``."""
    content: dict[str, Json] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
    }
    if where:
        content["where"] = where
    response = json_response(content | more, status)
    response.headers["content-type"] = "application/problem+json"
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["retry-after"] = str(RETRY_AFTER)
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["www-authenticate"] = "Bearer"
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        response.headers["connection"] = "close"  # the rest of the body is not read
    return response
