"""Asks a platform again where that may help, within a bound: for commands typed by an operator, not for serving.

What such a command asks for may be asked twice: it reads, or sets a setting to a value.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from surveys.errors import ChannelUnavailable

T = TypeVar("T")

FIRST_WAIT = 1.0
"""Seconds before asking again where the platform named no pause; each further wait is twice as long."""


class Passing(ChannelUnavailable):
    """No answer just now, and perhaps one soon.

    Attributes:
        pause: seconds that the platform asks to be left alone; None where it did not ask.
        is_theirs: the platform was reached, and failed itself.
    """

    def __init__(
        self, channel: str, reason: str, *, pause: float | None = None, is_theirs: bool = False
    ) -> None:
        super().__init__(channel, reason)
        self.pause = pause
        self.is_theirs = is_theirs


@dataclass(slots=True, kw_only=True)
class Patience:
    """How long one command may wait in all.

    Attributes:
        left: seconds that it may still wait, apart from the asking itself.
        tell: is told the reason and the seconds before each wait.
    """

    left: float
    tell: Callable[[str, float], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Return the answer; raises the last Passing where the wait that it takes is more than is left."""
        own = FIRST_WAIT
        while True:
            try:
                return await question()
            except Passing as problem:
                wait = own if problem.pause is None else problem.pause
                if wait > self.left:
                    raise
                self.tell(problem.reason, wait)
            self.left -= wait
            own *= 2
            await self.sleep(wait)
