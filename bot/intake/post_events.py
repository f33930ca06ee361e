"""``POST /v1/events``: CloudEvents, signed or with an API key."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from math import ceil
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.api_keys import KeyScopes
from bot.caps import Throttle
from bot.http_bodies import media_type, read_body
from bot.intake.cloudevents import BATCHED, cap_for, read_events
from bot.intake.problems import NotAllowed, TooMany, json_response, problem
from bot.intake.signing import SignatureRefused, StandardWebhooks
from surveys.model import Acceptance, Event, Json
from surveys.ports import Clock

Accept = Callable[[Sequence[Event]], Awaitable[Sequence[Acceptance]]]
"""Stores events and decides about them in one commit; returns after it. Raises StorageBusy."""

Authenticate = Callable[[str | None], Awaitable[KeyScopes | None]]

SCOPE: Final = "events:write"


class EventsDoor:
    """Takes events in.

    Args:
        accept: see ``Accept``.
        quota: counts the events of each API key.
        secrets: of ``AFTERTOUCH_EVENTS_SECRET``; without one only API keys open this door.
    """

    def __init__(
        self,
        accept: Accept,
        authenticate: Authenticate,
        secrets: Sequence[str],
        clock: Clock,
        quota: Throttle | None = None,
    ) -> None:
        self._accept = accept
        self._authenticate = authenticate
        self._webhooks = StandardWebhooks(secrets)
        self._clock = clock
        self._quota = quota

    async def post(self, request: Request) -> Response:
        """Answer 202 with what became of each event; 409 where it is one, and conflicts."""
        now = self._clock.now()
        keyed = "authorization" in request.headers
        key = await require_scope(self._authenticate, request, SCOPE) if keyed else None
        kind = media_type(request)
        body = await read_body(request, cap_for(kind))
        if not keyed:
            self._webhooks.verify(request.headers, body, now)
        events = read_events(request.headers, kind, body, now)
        if key is not None:
            self._count(key, len(events))
        return await self._take(kind, events)

    def _count(self, key: KeyScopes, events: int) -> None:
        wait = self._quota.take(key.key_id, events) if self._quota else 0
        if wait:
            raise TooMany("this API key hands in too many events", ceil(wait))

    async def _take(self, kind: str, events: Sequence[Event]) -> Response:
        fates = await self._accept(events) if events else ()
        results = results_of(events, fates)
        if kind != BATCHED and Acceptance.CONFLICT in fates:
            detail = "an event of this id and source has other content; the first is kept"
            return problem(HTTPStatus.CONFLICT, detail, results=results)
        return json_response({"results": results}, HTTPStatus.ACCEPTED)


async def require_scope(authenticate: Authenticate, request: Request, scope: str) -> KeyScopes:
    """Return the request's key if it allows the scope; raises SignatureRefused or NotAllowed."""
    key = await authenticate(request.headers.get("authorization"))
    if key is None:
        raise SignatureRefused("no valid API key")
    if not key.allows(scope):
        raise NotAllowed(scope)
    return key


def results_of(events: Sequence[Event], fates: Sequence[Acceptance]) -> list[dict[str, Json]]:
    """Return the reply's entry for each event."""
    return [
        {"id": event.id, "source": event.source, "status": fate.value}
        for event, fate in zip(events, fates, strict=True)
    ]
