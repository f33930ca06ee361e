"""python-telegram-bot's HTTP on our aiohttp session: one request, one deadline, plain facts on failure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from surveys.model import Json

DEADLINE = 10.0  # seconds, for connecting, sending and reading together
_LONGEST_PAUSE = 3600.0  # seconds
_CONNECT_SHARE = (
    0.5  # of the deadline: so that a timeout while connecting is told apart from a later one
)
_BEFORE_SENDING = (  # only these prove that nothing was sent; the first match counts
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ServerFingerprintMismatch, "tls"),
    (aiohttp.ClientConnectorError, "refused"),
    (aiohttp.ConnectionTimeoutError, "connect_timeout"),
    (aiohttp.InvalidURL, "bad_url"),
    (aiohttp.NonHttpUrlClientError, "bad_url"),
)
_NOTHING_DONE = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
_RETRY_AFTER = re.compile(r"retry after (\d+)")


class NotSent(NetworkError):
    """The request provably never reached the platform; ``reason`` is a short stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoVerdict(NetworkError):
    """The platform may or may not have acted; ``reason`` is a short stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(TelegramError):
    """The platform answered that it did not act. ``code`` is an HTTP-like number from 400 to 499."""

    def __init__(
        self, code: int, description: str, parameters: Mapping[str, Json], header: str | None = None
    ) -> None:
        super().__init__(description or f"refused with {code}")
        self.code = code
        self.description = description
        self.parameters = parameters
        self._header = header

    @property
    def retry_after(self) -> float:
        """Seconds to stay away, 1 to 3600, from the answer's parameters, header or words."""
        spelled = _RETRY_AFTER.search(self.description)
        stated = self.parameters.get("retry_after", self._header or (spelled and spelled[1]))
        try:
            seconds = float(stated)
        except (TypeError, ValueError, OverflowError):
            return 1.0
        return min(max(seconds, 1.0), _LONGEST_PAUSE) if seconds == seconds else 1.0  # noqa: PLR0124 - NaN


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back over HTTP, whole."""

    status: int
    body: bytes
    retry_after: str | None = None


def result_of(answer: HttpAnswer) -> Json:
    """Return the ``result`` of an ``ok: true`` answer; raise Refused or NoVerdict for any other.

    A 5xx says nothing about what happened behind it, and neither does a page of a proxy, unless it says
    that nothing there does such a thing (404, 405, 501) or that it let nothing through (429).
    """
    said = _object(answer.body)
    if answer.status in _NOTHING_DONE and said is None:
        raise Refused(answer.status, "", {}, answer.retry_after)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise NoVerdict("server_error")
    if said is None:
        raise NoVerdict("not_json")
    if said.get("ok") is True and answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return said.get("result")
    raise _refusal(answer, said)


def name_of(result: Json, chat: str) -> Json:
    """Keep of a message in an answer only its name, which is all that is wanted of it.

    The library raises where a sender, an entity or a date has another shape than it knows, and the message
    could then never be edited. ``chat`` is where it was sent, in case the answer leaves that out.
    """
    number = result.get("message_id") if isinstance(result, dict) else None
    if type(number) is not int:
        return result
    stated = result["chat"].get("id") if isinstance(result.get("chat"), dict) else None
    chat_id = stated if type(stated) is int else chat
    return {"message_id": number, "date": 0, "chat": {"id": chat_id, "type": "private"}}


def _object(body: bytes) -> Mapping[str, Json] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _refusal(answer: HttpAnswer, said: Mapping[str, Json]) -> TelegramError:
    """Read ``ok: false``, which says that nothing was done, whatever the HTTP status beside it."""
    stated = said.get("error_code")
    code = stated if type(stated) is int else max(answer.status, HTTPStatus.BAD_REQUEST)
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NoVerdict("server_error")
    if said.get("ok") is not False or code < HTTPStatus.BAD_REQUEST:
        return NoVerdict("no_verdict")
    parameters = said.get("parameters")
    return Refused(
        code,
        str(said.get("description", "")),
        parameters if isinstance(parameters, dict) else {},
        answer.retry_after,
    )


def _failure(error: Exception) -> NotSent | NoVerdict:
    for kind, reason in _BEFORE_SENDING:
        if isinstance(error, kind):
            return NotSent(reason)
    return NoVerdict("timeout" if isinstance(error, TimeoutError) else "reset")


class AiohttpRequest(BaseRequest):
    """Makes each request once, within ``deadline`` seconds in all; follows no redirect, retries nothing.

    Exceptions of aiohttp can carry the URL and so the bot token, so none of them is chained. The
    session belongs to the caller. Time-outs asked for by python-telegram-bot are not looked at.
    """

    def __init__(self, session: aiohttp.ClientSession, *, deadline: float = DEADLINE) -> None:
        self._session = session
        self._deadline = deadline

    @property
    def read_timeout(self) -> float | None:
        """Return the total deadline in seconds."""
        return self._deadline

    async def initialize(self) -> None:
        """Do nothing: the session is open."""

    async def shutdown(self) -> None:
        """Do nothing: the session is not ours to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Return 200 and the body of an ``ok: true`` answer; raise NotSent, NoVerdict or Refused.

        The library takes it for granted that the body has a ``result``.
        """
        fields = request_data.json_parameters if request_data else {}
        answer = await self._once(url, fields, self._deadline, method)
        result = name_of(result_of(answer), fields.get("chat_id", ""))
        return answer.status, json.dumps({"ok": True, "result": result}).encode()

    async def call(
        self, url: str, fields: Mapping[str, Json] | None = None, *, patience: float = 0.0
    ) -> Json:
        """Return the raw ``result`` of one call, for answers that must survive any new field.

        ``patience`` is added to the deadline, in seconds, for long polling.
        """
        encoded = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in (fields or {}).items()
        }
        return result_of(await self._once(url, encoded, self._deadline + patience, "POST"))

    async def _once(
        self, url: str, fields: Mapping[str, str], deadline: float, method: str
    ) -> HttpAnswer:
        timeout = aiohttp.ClientTimeout(
            total=deadline,
            connect=self._deadline * _CONNECT_SHARE,
            ceil_threshold=deadline + 1,  # else aiohttp rounds long time-outs up to a full second
        )
        try:
            async with self._session.request(
                method, url, data=fields, timeout=timeout, allow_redirects=False
            ) as response:
                return HttpAnswer(
                    status=response.status,
                    body=await response.read(),
                    retry_after=response.headers.get("Retry-After"),
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = _failure(error)
        raise failure
