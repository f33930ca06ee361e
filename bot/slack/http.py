"""The one address Slack calls: ``POST /slack/events``, for events, taps and forms alike."""

from collections.abc import Sequence

from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.http_bodies import BodyTooLarge, EncodingRefused, read_body
from bot.http_errors import answering
from bot.slack.app import Later, SlackApp
from bot.slack.signature import is_signed
from surveys.errors import SurveyError
from surveys.ports import Clock

PATH = "/slack/events"
BODY_MAX = 1024 * 1024
"""Bytes; Slack's largest payload, a view, is 250 kB."""

_MALFORMED = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What Bolt's request raises on a signed body that is no JSON object of Slack's shape."""


def route(app: SlackApp, secret: str, clock: Clock) -> Route:
    """Return the route. Nothing of a request is read, or logged, before its signature fits."""

    async def events(request: Request) -> Response:
        body = await read_body(request, BODY_MAX)
        if not _is_ours(request, secret, body, clock):
            return Response(status_code=401)
        return await _answered(app, request, body)

    return Route(
        PATH, answering(events, (BodyTooLarge, EncodingRefused), _refused), methods=["POST"]
    )


def _refused(_: Request, refusal: SurveyError) -> Response:
    return Response(status_code=413 if isinstance(refusal, BodyTooLarge) else 415)


def _is_ours(request: Request, secret: str, body: bytes, clock: Clock) -> bool:
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    return is_signed(secret, timestamp, signature, body, clock.now())


async def _answered(app: SlackApp, request: Request, body: bytes) -> Response:
    try:
        bolt_request = to_async_bolt_request(request, body)
    except _MALFORMED:
        return Response(status_code=400)
    bolt_response, after = await app.answer(bolt_request)
    response = to_starlette_response(bolt_response)
    response.background = BackgroundTask(_run, after)
    return response


async def _run(after: Sequence[Later]) -> None:
    for later in after:
        await later()
