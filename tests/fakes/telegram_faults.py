"""The ways in which one request to the fake Telegram can go wrong."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web

from surveys.model import Json
from tests.fakes.telegram_rules import Refusal


class Answer(NamedTuple):
    status: int
    body: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one request goes wrong. ``acts``: whether the platform carries the call out before that.

    ``late``: seconds before it does, whatever became of the caller meanwhile.
    """

    mode: str
    acts: bool = False
    refusal: Refusal | None = None
    seconds: float = 0.0
    late: float = 0.0
    result: Json = None


def refuse(code: int, description: str, **parameters: Json) -> Fault:
    return Fault(mode="refuse", refusal=Refusal(code, description, parameters))


def flood(retry_after: Json) -> Fault:
    description = f"Too Many Requests: retry after {retry_after}"
    return refuse(429, description, retry_after=retry_after)


SERVER_ERROR = Fault(mode="500")
BAD_GATEWAY_AFTER = Fault(mode="502", acts=True)
DROP_BEFORE = Fault(mode="drop")
DROP_AFTER = Fault(mode="drop", acts=True)
HANG = Fault(mode="hang", acts=True)
HTML = Fault(mode="html", acts=True)
TRUNCATED = Fault(mode="truncated", acts=True)
AGREE = Fault(mode="agree", acts=True)
REDIRECT = Fault(mode="redirect")
BLOCKED = refuse(403, "Forbidden: bot was blocked by the user")
DEACTIVATED = refuse(403, "Forbidden: user is deactivated")
UNAUTHORIZED = refuse(401, "Unauthorized")


def drip(seconds: float) -> Fault:
    """Answer byte by byte, this long after each."""
    return Fault(mode="drip", acts=True, seconds=seconds)


def says(result: Json) -> Fault:
    """Carry the call out and answer with a result of any shape."""
    return Fault(mode="says", acts=True, result=result)


def slow(seconds: float) -> Fault:
    """Carry the call out at once and say so after a while."""
    return Fault(mode="slow", acts=True, seconds=seconds)


def late(seconds: float) -> Fault:
    """Carry the call out after a while, even if the caller is gone by then."""
    return Fault(mode="slow", acts=True, late=seconds)


async def misbehave(
    fault: Fault, request: web.Request, answer: Answer, closing: asyncio.Event
) -> web.StreamResponse:
    """Spoil the answer as the fault says; a hanging request hangs until the server closes."""
    text = json.dumps(answer.body)
    if fault.mode == "drop" and request.transport:
        request.transport.abort()
    elif fault.mode == "slow":
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), fault.seconds)
        return web.json_response(answer.body, status=answer.status)
    elif fault.mode == "hang":
        await closing.wait()
    elif fault.mode == "drip":
        return await _drip(request, text, fault.seconds, closing)
    elif fault.mode in {"refuse", "500"}:
        stated = answer.body.get("parameters", {}).get("retry_after", 1)
        headers = {"Retry-After": str(stated)}
        return web.json_response(answer.body, status=answer.status, headers=headers)
    return {
        "502": _page(502, "<html><h1>502 Bad Gateway</h1></html>"),
        "says": web.json_response({"ok": True, "result": fault.result}),
        "agree": web.json_response({"ok": True, "result": True}),
        "html": _page(200, "<html><h1>Welcome</h1></html>"),
        "truncated": _page(200, text[: len(text) // 2]),
        "redirect": web.Response(status=307, headers={"Location": str(request.url)}),
    }.get(fault.mode, web.Response())


def _page(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")


async def _drip(
    request: web.Request, text: str, seconds: float, closing: asyncio.Event
) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for byte in text.encode():
        if closing.is_set():
            break
        try:
            await response.write(bytes([byte]))
        except ConnectionResetError:
            break
        await asyncio.sleep(seconds)
    return response
