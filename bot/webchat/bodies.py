"""Reads request bodies strictly: size, encoding, JSON, and text that can be stored."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from starlette.requests import Request

from surveys.errors import InvalidInput
from surveys.model import Json

BODY_CAP = 64 * 1024
DEPTH_CAP = 20


class BodyTooLarge(Exception):
    """The body exceeds BODY_CAP bytes."""


class BodyCompressed(Exception):
    """The body has a Content-Encoding; we inflate nothing."""


async def read_json(request: Request, *, optional: bool = False) -> Json:
    """Return the body as JSON; an absent one counts as ``{}`` where it is optional.

    Raises BodyCompressed, BodyTooLarge, or InvalidInput naming the place.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BodyCompressed
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > BODY_CAP:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_CAP:
            raise BodyTooLarge
    return strict_json(bytes(body) or b"{}" if optional else bytes(body))


def strict_json(body: bytes) -> Json:
    """Parse UTF-8 JSON without NaN, repeated keys, NUL, lone surrogates or deep nesting."""
    try:
        value = json.loads(
            body.decode(), object_pairs_hook=_unrepeated, parse_constant=_refuse_constant
        )
    except InvalidInput:
        raise
    except RecursionError:
        raise InvalidInput("body", "is nested too deeply") from None
    except ValueError:
        raise InvalidInput("body", "is not JSON in UTF-8") from None
    for path, leaf in _leaves(value, ()):
        problem = _problem(leaf)
        if problem:
            raise InvalidInput(dotted(path), problem)
    return value


def dotted(path: Sequence[str | int]) -> str:
    """Name a place inside a body, e.g. ``act.tap.token``; the body itself is ``body``."""
    return ".".join(str(part) for part in path) or "body"


def _unrepeated(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            raise InvalidInput(_printable(key), "is given twice")
    return dict(pairs)


def _refuse_constant(name: str) -> Json:
    raise InvalidInput("body", f"{name} is not JSON")


def _leaves(
    value: Json, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    if len(path) > DEPTH_CAP:
        raise InvalidInput(dotted(path[:3]), "is nested too deeply")
    match value:
        case dict():
            for key, inner in value.items():
                place = (*path, _printable(key))
                yield place, key
                yield from _leaves(inner, place)
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, (*path, index))
        case _:
            yield path, value


def _problem(leaf: Json) -> str | None:
    match leaf:
        case str() if "\0" in leaf:
            return "holds a NUL"
        case str() if any("\ud800" <= char <= "\udfff" for char in leaf):
            return "holds half a surrogate pair"
        case float() if not math.isfinite(leaf):
            return "is out of range"
        case _:
            return None


def _printable(key: str) -> str:
    return key[:64].encode("ascii", "backslashreplace").decode()
