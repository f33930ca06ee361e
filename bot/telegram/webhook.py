"""The webhook: secret, size, shape, commit, and only then the 200 that lets Telegram forget the update."""

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http_bodies import BodyTooLarge, EncodingRefused, read_body
from bot.http_errors import answering
from bot.telegram.incoming import update_id
from bot.telegram.reception import CallbackAnswer, NotTaken, Reception
from surveys.errors import StorageBusy
from surveys.model import Json

PATH = "/telegram/webhook"
BODY_LIMIT = 1024 * 1024  # bytes
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_FAULTS: tuple[type[Exception], ...] = (HTTPException, BodyTooLarge, EncodingRefused)
_RETRY_AFTER = "5"  # seconds; Telegram honours it (tdlib/telegram-bot-api, WebhookActor.cpp)


Answer = Callable[[CallbackAnswer], Awaitable[None]]


def webhook_route(*, secret: str, reception: Reception, answer: Answer) -> Route:
    """Return the route of the webhook.

    ``secret`` is what setWebhook was told. ``answer`` tells the client of a pressed button, best effort,
    after the 200: a call inside the 200 would save the request, but not every Bot API server reads it.
    """

    async def webhook(request: Request) -> Response:
        _check_secret(request, secret)
        update = _parse(await read_body(request, BODY_LIMIT))
        try:
            pressed = await reception.take(update)
        except (StorageBusy, NotTaken):
            return Response(status_code=503, headers={"Retry-After": _RETRY_AFTER})
        return Response(background=BackgroundTask(answer, pressed) if pressed else None)

    return Route(PATH, answering(webhook, _FAULTS, _refused), methods=["POST"])


def _refused(_: Request, fault: Exception) -> Response:
    """Answer faults here, so that the same holds in any application the route is put into."""
    match fault:
        case HTTPException():
            return JSONResponse({"error": fault.detail}, fault.status_code)
        case BodyTooLarge():
            return JSONResponse({"error": str(fault)}, 413)
        case _:
            return JSONResponse({"error": str(fault)}, 415)


def _check_secret(request: Request, secret: str) -> None:
    stated = request.headers.get(_SECRET_HEADER, "").encode("latin-1")
    if not hmac.compare_digest(stated, secret.encode()):
        raise HTTPException(401, "the secret token is missing or wrong")


def _parse(body: bytes) -> Json:
    try:
        update = json.loads(
            body, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates
        )
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None
    if update_id(update) is None:
        raise HTTPException(400, "update_id: is not a whole number")
    return update


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError
    return fields
