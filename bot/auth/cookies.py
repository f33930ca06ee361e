"""The cookie that a session is."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

PLAIN, SECURE = "aftertouch_console", "__Host-aftertouch_console"


@dataclass(frozen=True, slots=True)
class Cookies:
    """Reads and sets cookies of the console; ``is_secure`` where staff reach it by https.

    Browsers take ``__Host-`` only with Secure, Path=/ and without Domain, so that no other host, and nobody on the
    way, can set it (RFC 6265bis, 4.1.3). Over plain http it can't be had.
    """

    is_secure: bool

    @property
    def name(self) -> str:
        """The session cookie's name."""
        return SECURE if self.is_secure else PLAIN

    def session(self, request: Request) -> str:
        """Return the session's token, or ""."""
        return self.read(request, "")

    def read(self, request: Request, suffix: str) -> str:
        """Return a cookie of ours, or ""."""
        return request.cookies.get(self.name + suffix, "")

    def put(self, response: Response, value: str, lasts: timedelta, suffix: str = "") -> None:
        """Have the browser keep it; no script sees it, and no other site's form sends it."""
        response.set_cookie(
            self.name + suffix,
            value,
            max_age=int(lasts.total_seconds()),
            path="/",
            httponly=True,
            secure=self.is_secure,
            samesite="lax",
        )

    def drop(self, response: Response, suffix: str = "") -> None:
        """Have the browser forget it."""
        self.put(response, "", timedelta(), suffix)
