"""Console sessions in a browser: a one-time login link, then a cookie. Kept in memory; a restart logs out."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from surveys.ports import Clock

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
MOST = 1000


class Logins:
    """Hands out login codes and the sessions that they open."""

    def __init__(self, clock: Clock, new_token: Callable[[], str]) -> None:
        self._clock = clock
        self._new_token = new_token
        self._codes: dict[str, datetime] = {}
        self._sessions: dict[str, datetime] = {}

    def issue(self) -> str:
        """Return a code that opens one session within LINK_LASTS."""
        return self._put(self._codes, LINK_LASTS)

    def redeem(self, code: str) -> str | None:
        """Use the code up and return a new session; None whatever is wrong with it."""
        known = self._find(self._codes, code)
        if known is None:
            return None
        del self._codes[known]
        return self._put(self._sessions, SESSION_LASTS)

    def knows(self, session: str) -> bool:
        """Say whether the session is open."""
        return self._find(self._sessions, session) is not None

    def _put(self, kept: dict[str, datetime], span: timedelta) -> str:
        now = self._clock.now()
        for token in [t for t, until in kept.items() if until <= now]:
            del kept[token]
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
        token = self._new_token()
        kept[token] = now + span
        return token

    def _find(self, kept: dict[str, datetime], given: str) -> str | None:
        """Compare with every kept token, so that time tells nothing about any."""
        now, said = self._clock.now(), given.encode(errors="replace")
        found = [t for t in kept if hmac.compare_digest(t.encode(), said)]
        return next((t for t in found if kept[t] > now), None)
