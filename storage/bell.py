"""PostgreSQL's LISTEN and NOTIFY between the processes of one deployment.

A ring is sent beside the transactions, not in them: a NOTIFY makes every commit of the server that carries one
wait for the one before it. One that is lost is covered by the sweep.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import psycopg
import structlog

from storage.lines import PING, Line, ask, line_to, ping
from surveys.errors import StorageBusy

CHANNEL: Final = "aftertouch"
GATHER: Final = 0.05
"""Seconds in which further rings are part of the last one."""

RETRY: Final = 1.0
"""Seconds until a broken line is opened again."""

_log = structlog.get_logger(__name__)


class PostgresBell:
    """See surveys.ports.Bell. Two lines: one to listen at, one to ring with."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._rung = asyncio.Event()
        self._ours: int | None = None

    def ring(self) -> None:
        """Wake the others, soon."""
        self._rung.set()

    async def run(self, heard: Callable[[], None]) -> None:
        """Ring and listen until cancelled."""

        async def listen(line: Line) -> None:
            await ask(line, f"LISTEN {CHANNEL}")
            heard()  # what rang while nobody listened
            while True:
                async for ring in line.notifies(timeout=PING):
                    if ring.pid != self._ours:
                        heard()
                await ping(line)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keeping("listens", listen))
            tasks.create_task(self._keeping("rings", self._send))

    async def _send(self, line: Line) -> None:
        self._ours = line.info.backend_pid
        while True:
            try:
                async with asyncio.timeout(PING):
                    await self._rung.wait()
            except TimeoutError:
                await ping(line)
                continue
            self._rung.clear()
            try:
                await ask(line, f"NOTIFY {CHANNEL}")
            except psycopg.Error:
                self._rung.set()
                raise
            await asyncio.sleep(GATHER)

    async def _keeping(self, what: str, use: Callable[[Line], Awaitable[None]]) -> None:
        """Use a line, and another one when it breaks."""
        while True:
            try:
                async with line_to(self._where) as line:
                    await use(line)
            except StorageBusy as broken:
                _log.warning("no line between the processes", line=what, problem=str(broken))
            await asyncio.sleep(RETRY)
