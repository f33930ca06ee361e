"""Connections of their own to PostgreSQL, beside those that run units of work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection

from surveys.errors import StorageBusy

PING: Final = 5.0
"""Seconds between two questions to the server whether the line still stands."""

ANSWER: Final = 5.0
"""Seconds within which the server answers, or the line counts as cut."""

IDLE: Final = 15.0
"""Seconds after which the server hangs up on a line that no longer pings: a frozen process, a dead network.

Longer than PING and ANSWER together, so that whoever runs knows of the loss before the server acts on it.
"""

_SOCKET: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

Line = AsyncConnection[tuple[Any, ...]]


async def connected(where: str, *, frozen_after: float | None = None) -> Line:
    """Open a line; the server hangs up when it is silent for ``frozen_after`` seconds. Raises StorageBusy."""
    options = "" if frozen_after is None else f"-c idle_session_timeout={int(frozen_after * 1000)}"
    try:
        return await AsyncConnection.connect(where, autocommit=True, options=options, **_SOCKET)
    except psycopg.Error as problem:
        message = f"the database does not answer: {problem}"
        raise StorageBusy(message) from problem


@asynccontextmanager
async def line_to(where: str) -> AsyncIterator[Line]:
    """Open a line for as long as the context lasts. Raises StorageBusy, also when it breaks meanwhile."""
    line = await connected(where)
    try:
        yield line
    except (psycopg.Error, TimeoutError) as problem:
        message = f"the line to the database broke: {problem}"
        raise StorageBusy(message) from problem
    finally:
        await line.close()


async def ping(line: Line) -> None:
    """Return when the server has answered; raises TimeoutError or psycopg's errors."""
    async with asyncio.timeout(ANSWER):
        await line.execute("SELECT 1")
