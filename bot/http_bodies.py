"""Reads request bodies without trusting their length."""

import re
from typing import Final

from starlette.requests import Request

from surveys.errors import SurveyError

_LENGTH: Final = re.compile(r"[0-9]{1,18}")


class BodyTooLarge(SurveyError):
    """The body is larger than its cap; nothing of it was parsed."""

    def __init__(self, cap: int, where: str = "") -> None:
        super().__init__(f"{where or 'the body'} is larger than {cap} bytes")
        self.cap = cap
        self.where = where


class EncodingRefused(SurveyError):
    """The body is compressed or of a kind that is not taken here."""


async def read_body(request: Request, cap: int) -> bytes:
    """Return the body, of at most ``cap`` bytes whatever Content-Length says.

    Raises:
        EncodingRefused: it is compressed; a few bytes could unfold to gigabytes.
        BodyTooLarge: reading stopped at the chunk that passed the cap.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise EncodingRefused(
            "compressed bodies are not accepted; send it with no Content-Encoding"
        )
    stated = request.headers.get("content-length", "")
    if _LENGTH.fullmatch(stated) and int(stated) > cap:
        raise BodyTooLarge(cap)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > cap:
            raise BodyTooLarge(cap)
    return bytes(body)


def media_type(request: Request) -> str:
    """Return the content type without parameters, or "" where none is stated.

    Raises EncodingRefused for a charset other than UTF-8.
    """
    kind, *parameters = request.headers.get("content-type", "").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('" ') not in ("utf-8", "utf8", "us-ascii"):
            raise EncodingRefused("only UTF-8 is accepted")
    return kind.strip()
