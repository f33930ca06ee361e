"""The way out to Slack: each call is one request under one deadline, and none once our access is gone."""

from typing import Any

import aiohttp

DEADLINE = 10.0
"""Seconds for a whole request: connecting, sending, reading."""

_CONNECT_SHARE = 0.5
"""Of the deadline: so that a timeout while connecting, which sent nothing, is told from a later one."""


class Withheld(aiohttp.ClientConnectionError):
    """The request was not made; ``reason`` is a short stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OneRequest:
    """What slack_sdk and Bolt use of an aiohttp session, over a session that is its owner's to close.

    It follows no redirect: aiohttp answers a 307 by posting again. That it never reports itself closed
    keeps slack_sdk from opening a session of its own behind our back.
    """

    closed = False

    def __init__(self, session: aiohttp.ClientSession, deadline: float = DEADLINE) -> None:
        self._session = session
        self._deadline = deadline
        self._withheld: str | None = None

    def withhold(self, reason: str) -> None:
        """Make no request from now on."""
        self._withheld = reason

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Begin a request, as aiohttp.ClientSession does; raises Withheld."""
        if self._withheld is not None or self._session.closed:
            raise Withheld(self._withheld or "stopped")
        timeout = aiohttp.ClientTimeout(
            total=self._deadline,
            connect=self._deadline * _CONNECT_SHARE,
            ceil_threshold=self._deadline + 1,  # else aiohttp rounds long ones up to a full second
        )
        once = {**options, "timeout": timeout, "allow_redirects": False}
        return self._session.request(method, url, **once)
