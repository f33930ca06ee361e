"""One signed request to one destination, and what its answer means."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from standardwebhooks.webhooks import Webhook

from bot.names import LookUp, Names, Resolver, look_up
from bot.public_addresses import NotPublic, fault_of
from surveys.model import Json, Reception, ReceptionKind
from surveys.ports import Clock
from surveys.service.webhooks import DEADLINE

RETRY_MIN, RETRY_MAX = 1.0, 3600.0
"""Seconds that a Retry-After may mean; beyond are clock faults and junk."""

_SECONDS = re.compile(r"[0-9]{1,20}")
_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "timeout"),
    (NotPublic, "private_address"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.ClientError, "connection_lost"),
    (OSError, "connection_lost"),
)
"""Why no answer came, the more exact error first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a destination is and how it knows us. ``secrets`` are several while one is being changed."""

    url: str
    secrets: tuple[str, ...]
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one request carries; ``id`` is the same at every try."""

    id: str
    type: str
    at: datetime
    data: Mapping[str, Json]

    @property
    def body(self) -> str:
        """The payload after Standard Webhooks."""
        at = self.at.isoformat().replace("+00:00", "Z")
        payload = {"type": self.type, "timestamp": at, "data": dict(self.data)}
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


class Poster:
    """Makes the requests. An async context manager.

    No redirect is followed, no proxy used, no cookie kept; an answer's body is not read beyond what came with its
    headers.
    """

    def __init__(self, clock: Clock, *, look_up: LookUp = look_up) -> None:
        self._clock = clock
        self._names = Names(look_up)
        self._stack = AsyncExitStack()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for allow_private in (False, True):
            resolver = Resolver(self._names, allow_private=allow_private)
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
            self._sessions[allow_private] = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def post(self, endpoint: Endpoint, letter: Letter) -> Reception:
        """Make one request within the deadline; never raises for what the other side does."""
        if fault_of(endpoint.url, allow_private=endpoint.allow_private) is not None:
            return Reception(kind=ReceptionKind.FAILED, reason="private_address")
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                return await self._request(endpoint, letter)
        except tuple(error for error, _ in _FAILURES) as exc:
            reason = next(reason for error, reason in _FAILURES if isinstance(exc, error))
            return Reception(kind=ReceptionKind.FAILED, reason=reason)

    async def _request(self, endpoint: Endpoint, letter: Letter) -> Reception:
        body, now = letter.body, self._clock.now()
        signatures = (Webhook(secret).sign(letter.id, now, body) for secret in endpoint.secrets)
        headers = {
            "content-type": "application/json",
            "user-agent": "Aftertouch",
            "webhook-id": letter.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        async with self._sessions[endpoint.allow_private].post(
            endpoint.url, data=body.encode(), headers=headers, allow_redirects=False
        ) as answer:
            return read_answer(answer.status, answer.headers.get("Retry-After"), now)


def read_answer(status: int, retry_after: str | None, now: datetime) -> Reception:
    """Return what an answer means: 2xx has it, 410 wants no more, the rest is to be tried again."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Reception(kind=ReceptionKind.ACCEPTED)
    reason = f"http_{status}"
    if status == HTTPStatus.GONE:
        return Reception(kind=ReceptionKind.GONE, reason=reason)
    asked = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    rest = seconds_of(retry_after, now) if asked else None
    busy = status == HTTPStatus.TOO_MANY_REQUESTS and rest is not None
    kind = ReceptionKind.PAUSED if busy else ReceptionKind.FAILED
    return Reception(kind=kind, reason=reason, retry_after=rest)


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """Return how long a Retry-After means, seconds or a date, within 1..3600; None for none, or junk."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return min(max(float(text), RETRY_MIN), RETRY_MAX)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return min(max((at - now).total_seconds(), RETRY_MIN), RETRY_MAX)
