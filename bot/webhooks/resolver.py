"""Looks names up once, and lets only public addresses through to the connection."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.public_addresses import require_public

LookUp = Callable[[str, int, int], list[Any]]
"""Host, port and family to what ``socket.getaddrinfo`` returns."""


def look_up(host: str, port: int, family: int) -> list[Any]:
    """Ask the system's resolver; blocks."""
    found: list[Any] = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    return found


class Resolver(AbstractResolver):
    """The connection is made to the very addresses returned here, so none can be rebound after the check.

    It looks names up in threads of its own: a name server that hangs takes none from the chats' requests.
    ``allow_private`` lets any address through.
    """

    def __init__(
        self, threads: Executor, *, allow_private: bool, look_up: LookUp = look_up
    ) -> None:
        self._threads = threads
        self._allow_private = allow_private
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the host's addresses; raises OSError, or NotPublic if one of them is not public."""
        loop = asyncio.get_running_loop()
        infos = await loop.run_in_executor(self._threads, self._look_up, host, port, family)
        if not self._allow_private:
            require_public(host, [str(info[4][0]) for info in infos])
        return [_result(host, info) for info in infos]

    async def close(self) -> None:
        """Nothing to close: the threads are their owner's."""


def _result(host: str, info: Any) -> ResolveResult:
    family, _, proto, _, address = info
    return ResolveResult(
        hostname=host,
        host=str(address[0]),
        port=int(address[1]),
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
