"""Keeps what runs for as long as the application does: a part that breaks is told of and started again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

RESTART_SECONDS = 5
Part = Callable[[], Coroutine[Any, Any, None]]
_log = structlog.get_logger(__name__)


class Supervisor:
    """Starts parts and starts them again.

    Attributes:
        broken: the error's type by the part's name, from when it broke until it is started again.
    """

    def __init__(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.broken: dict[str, str] = {}
        self._pause = pause

    async def keep(self, name: str, part: Part) -> None:
        """Run the part for as long as it wants; its failure is no other part's business."""
        while True:
            try:
                await part()
            except Exception as problem:  # noqa: BLE001 the job's edge: one part must not stop the others
                _log.exception("a part broke; starting it again", part=name)
                self.broken[name] = type(problem).__name__
                await self._pause(RESTART_SECONDS)
                del self.broken[name]
            else:
                return
