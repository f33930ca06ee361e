"""The queue of updates of one bot, with the offsets and the long polling of getUpdates."""

import asyncio
from dataclasses import dataclass, field

from surveys.model import Json
from tests.fakes.telegram_rules import Refusal

_FUTURE = 10  # an offset this far beyond the newest update confirms nothing

Update = dict[str, Json]


@dataclass(slots=True, kw_only=True)
class UpdateQueue:
    """Keeps updates until an offset beyond them is asked for.

    Attributes:
        next_id: the id of the next update; set it lower to act as after an idle week.
        allowed: the kinds that are kept; None keeps all.
        waiting: what is not yet confirmed, oldest first.
        polls: how many getUpdates have begun.
    """

    next_id: int
    allowed: list[str] | None = None
    waiting: list[Update] = field(default_factory=list)
    polls: int = 0
    _confirmed: list[Update] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _closed: bool = False

    async def add(self, update: Update) -> None:
        self.next_id = update["update_id"] + 1
        if self.allowed and not any(kind in self.allowed for kind in update):
            return
        async with self._news:
            self.waiting.append(update)
            self._news.notify_all()

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Update]:
        """Confirm what lies before the offset and return what waits, if need be after a while."""
        self._confirm(offset)
        await self._hold(seconds)
        return self.waiting[: min(max(limit, 1), 100)]

    def forget_confirmations(self) -> None:
        """Give every update out again, as after a confirmation that got lost."""
        self.waiting = [*self._confirmed, *self.waiting]
        self._confirmed = []

    async def close(self) -> None:
        """Let go of a poll that is held open."""
        async with self._news:
            self._closed = True
            self._news.notify_all()

    def _confirm(self, offset: int) -> None:
        newest = self.waiting[-1]["update_id"] if self.waiting else offset
        if offset < 0:
            self.waiting = self.waiting[offset:]
        elif offset <= newest + _FUTURE:
            self._confirmed += [each for each in self.waiting if each["update_id"] < offset]
            self.waiting = [each for each in self.waiting if each["update_id"] >= offset]

    async def _hold(self, seconds: float) -> None:
        """Hold the poll open; a newer poll of the same bot ends this one."""
        self.polls += 1
        mine = self.polls
        async with self._news:
            self._news.notify_all()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait_for(
                        lambda: self.waiting or self._closed or self.polls != mine
                    )
            except TimeoutError:
                return
        if self.polls != mine:
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
