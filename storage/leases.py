"""Leases as PostgreSQL's advisory locks: each held by a session of its own, freed when that ends.

A killed holder's session ends with its connection. A frozen one, or one whose network is gone, no longer pings,
and the server hangs up on it (``idle_session_timeout``); it has noticed before that the server does not answer.
"""

import asyncio
from typing import Final

import psycopg

from storage.lines import IDLE, PING, Line, ask, connected, ping
from surveys.errors import StorageBusy

_SPACE: Final = 0x41465452
"""Sets our locks apart from other programs' in the same database."""

_TRY: Final = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"


class PostgresLeases:
    """See surveys.ports.Leases."""

    def __init__(self, where: str) -> None:
        self._where = where

    async def take(self, name: str) -> "_Held | None":
        """Open a session that holds the name's lock, unless another does."""
        line = await connected(self._where, frozen_after=IDLE)
        is_ours = False
        try:
            answer = await (await ask(line, _TRY, (_SPACE, name))).fetchone()
            is_ours = bool(answer and answer[0])
        except psycopg.Error as problem:
            message = f"no lease could be asked for: {problem}"
            raise StorageBusy(message) from problem
        finally:
            if not is_ours:
                await line.close()
        return _Held(line) if is_ours else None


class _Held:
    """See surveys.ports.Lease."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def lost(self) -> None:
        """Ping until the server does not answer in time."""
        try:
            while True:
                await asyncio.sleep(PING)
                await ping(self._line)
        except psycopg.Error:
            return

    async def release(self) -> None:
        """End the session."""
        await self._line.close()
