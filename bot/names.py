"""Looks names up in threads that nobody waits for, and lets only the addresses through that it may."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.public_addresses import require_public

LookUp = Callable[[str, int, int], list[Any]]
"""Host, port and family to what ``socket.getaddrinfo`` returns."""


def look_up(host: str, port: int, family: int) -> list[Any]:
    """Ask the system's resolver; blocks."""
    found: list[Any] = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    return found


class Names:
    """Looks up each name in a thread of its own, one at a time.

    A name server that hangs holds up no other name, and not the end of the process: nobody waits for these threads,
    as the interpreter does at its end for those of every executor.
    """

    def __init__(self, look_up: LookUp = look_up) -> None:
        self._look_up = look_up
        self._asked: dict[tuple[str, int, int], asyncio.Future[list[Any]]] = {}

    async def ask(self, host: str, port: int, family: int) -> list[Any]:
        """Return what ``socket.getaddrinfo`` does; raises OSError. Who asks what is asked already shares the answer."""
        question = (host, port, family)
        if question not in self._asked:
            self._asked[question] = answer = asyncio.get_running_loop().create_future()
            answer.add_done_callback(lambda done: self._answered(question, done))
            Thread(target=self._answer, args=(question, answer), name="names", daemon=True).start()
        return await asyncio.shield(self._asked[question])

    def _answered(self, question: tuple[str, int, int], answer: asyncio.Future[list[Any]]) -> None:
        del self._asked[question]
        answer.exception()  # whoever asked may be gone: then nobody else takes note of it

    def _answer(self, question: tuple[str, int, int], answer: asyncio.Future[list[Any]]) -> None:
        told: tuple[Callable[[Any], None], object]
        try:
            told = answer.set_result, self._look_up(*question)
        except Exception as problem:  # noqa: BLE001 raised again where it was asked
            told = answer.set_exception, problem
        with suppress(RuntimeError):  # a closed loop has nobody left to hear it
            answer.get_loop().call_soon_threadsafe(*told)


class Resolver(AbstractResolver):
    """The connection is made to the very addresses returned here, so none can be rebound after the check.

    ``allow_private`` lets any address through.
    """

    def __init__(self, names: Names, *, allow_private: bool) -> None:
        self._names = names
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the host's addresses; raises OSError, or NotPublic if one of them is not public."""
        infos = await self._names.ask(host, port, family)
        if not self._allow_private:
            require_public(host, [str(info[4][0]) for info in infos])
        return [_result(host, info) for info in infos]

    async def close(self) -> None:
        """Nothing to close: what is still asked nobody waits for."""


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
