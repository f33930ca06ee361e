"""Lets a form through only if our own page sent it: the same origin, and a token that only our page could hold."""

import hmac
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from starlette.requests import Request

from bot.http_errors import HttpProblem
from surveys.ports import Clock

LASTS = timedelta(hours=12)
_STAMP = re.compile(r"([0-9]{1,10})\.")


class Guard:
    """Signs the forms of one running server; ``origins`` are its own addresses besides the one that was asked.

    A browser names the page that sent a form, in Origin and mostly in Sec-Fetch-Site; whoever names neither is
    none, and has the command line.
    """

    def __init__(self, *, secret: bytes, clock: Clock, origins: Collection[str]) -> None:
        self._secret = secret
        self._clock = clock
        self._origins = frozenset(origins)

    def token(self, session: str) -> str:
        """Return a token for the forms of a page that is shown in this session ("" on this machine)."""
        return self._sign(int(self._clock.now().timestamp()), session)

    def check(self, request: Request, token: str, session: str) -> None:
        """Raise HttpProblem unless the form came from a page of ours, in this session, not too long ago."""
        if not self._is_ours(request):
            raise HttpProblem(403, "Forbidden", "the form was sent by a page of another site")
        stamp = _STAMP.match(token)
        issued = int(stamp[1]) if stamp else 0
        genuine = hmac.compare_digest(
            self._sign(issued, session).encode(), token.encode(errors="replace")
        )
        age = self._clock.now() - datetime.fromtimestamp(issued, UTC)
        if not genuine or age > LASTS:
            raise HttpProblem(403, "Forbidden", "the page is out of date: load it again")

    def _is_ours(self, request: Request) -> bool:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        host = request.headers.get("host", "")
        ours = self._origins | {f"http://{host}", f"https://{host}"}
        return (
            (site is not None or origin is not None)
            and site in (None, "same-origin")
            and (origin is None or origin in ours)
        )

    def _sign(self, issued: int, session: str) -> str:
        said = f"{issued}.{session}".encode(errors="replace")
        return f"{issued}.{hmac.new(self._secret, said, sha256).hexdigest()}"
