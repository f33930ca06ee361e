"""Reads the page's request bodies: small, plain and strict."""

from collections.abc import Sequence

from starlette.requests import Request

from bot.http_bodies import read_body
from bot.strict_json import parse
from surveys.model import Json

BODY_CAP = 64 * 1024


async def read_json(request: Request, *, optional: bool = False) -> Json:
    """Return the body as JSON; an absent one counts as ``{}`` where it is optional.

    Raises EncodingRefused, BodyTooLarge, or InvalidInput naming the place.
    """
    body = await read_body(request, BODY_CAP)
    return parse(b"{}" if optional and not body else body)


def dotted(path: Sequence[str | int]) -> str:
    """Name a place inside a body, e.g. ``act.tap.token``; the body itself is ``body``."""
    return ".".join(str(part) for part in path) or "body"
