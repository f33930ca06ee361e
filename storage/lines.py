"""Connections of their own to PostgreSQL, beside those that run units of work."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from socket import SHUT_RDWR, socket
from typing import Any, Final, LiteralString

import psycopg
from psycopg import AsyncConnection, AsyncCursor

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
    except psycopg.Error as problem:
        message = f"the line to the database broke: {problem}"
        raise StorageBusy(message) from problem
    finally:
        await line.close()


async def ask(
    line: Line, statement: LiteralString, values: Sequence[Any] = (), *, within: float = ANSWER
) -> AsyncCursor[tuple[Any, ...]]:
    """Run a statement; a server that has not answered ``within`` so many seconds is hung up on.

    Raises psycopg's errors. Left to itself, a psycopg that is interrupted asks the silent server to cancel and waits
    up to ten seconds for that: a lease would be another's before its holder let go, and a stop would take as long.
    """
    asking = asyncio.ensure_future(line.execute(statement, values))
    try:
        await asyncio.wait({asking}, timeout=within)
    finally:
        if not asking.done():
            _hang_up(line)
            await asyncio.gather(asking, return_exceptions=True)
    return await asking


def _hang_up(line: Line) -> None:
    """End the line from below: whoever reads it finds its end."""
    with suppress(psycopg.Error, OSError), socket(fileno=os.dup(line.fileno())) as wire:
        wire.shutdown(SHUT_RDWR)


async def ping(line: Line, *, within: float = ANSWER) -> None:
    """Return when the server has answered; raises psycopg's errors."""
    await ask(line, "SELECT 1", within=within)
