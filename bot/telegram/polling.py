"""Our own getUpdates loop: an update is committed first, and only then is the offset moved past it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

from telegram.error import TelegramError

from bot.telegram.backoff import Dice, backoff
from bot.telegram.health import REFUSED, Health
from bot.telegram.incoming import update_id
from bot.telegram.reception import CallbackAnswer, NotTaken, Reception
from bot.telegram.request import NotSent, NoVerdict, Refused
from surveys.errors import StorageBusy
from surveys.model import Json

# Seconds to stay away from a server that does not hold the poll open, at first and after many polls.
_IDLE, _IDLE_CAP = 0.05, 0.5
_HELD = 0.5  # seconds after which an empty answer shows that the server did hold the poll open
_BLIPS = 2  # network failures in a row that are nothing to report
_REFUSED_CAP = 300.0  # seconds between tries with refused credentials

_log = logging.getLogger(__name__)

Fetch = Callable[[int | None], Awaitable[Json]]
Answer = Callable[[CallbackAnswer], Coroutine[None, None, None]]


@dataclass(slots=True, kw_only=True)
class Poller:
    """Fetches, commits, advances; runs until cancelled.

    Attributes:
        fetch: getUpdates from an offset (None: from the first unconfirmed update).
        answer: tells the client of a pressed button, best effort; must not raise.
        load_offset, save_offset: the next update to ask for, kept over restarts.
    """

    fetch: Fetch
    answer: Answer
    reception: Reception
    load_offset: Callable[[], Awaitable[int | None]]
    save_offset: Callable[[int], Awaitable[None]]
    health: Health
    dice: Dice
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _offset: int | None = field(default=None, init=False)
    _idle: float = field(default=_IDLE, init=False)

    async def run(self) -> None:
        """Poll for ever."""
        self._offset = await self._loaded()
        failures = 0
        async with asyncio.TaskGroup() as answers:
            while True:
                began = asyncio.get_running_loop().time()
                try:
                    updates = await self.fetch(self._offset)
                except TelegramError as error:
                    failures += 1
                    await self.pause(self._trouble(error, failures))
                else:
                    failures = 0
                    self.health.ok()
                    if not await self._handle(updates, answers):
                        await self._rest(began)

    async def _loaded(self) -> int | None:
        """Without the kept offset we start from the first unconfirmed update: repeats have no effect."""
        try:
            return await self.load_offset()
        except StorageBusy:
            return None

    def _trouble(self, error: TelegramError, failures: int) -> float:
        """Note what is wrong and return for how many seconds to stay away."""
        match error:
            case Refused(code=401 | 404):
                self.health.red(REFUSED)
                return backoff(failures + 3, self.dice, cap=_REFUSED_CAP)
            case Refused(code=409):
                self.health.red(f"someone else receives this bot's updates: {error.description}")
            case Refused(code=429):
                return error.retry_after
            case Refused():
                self.health.red(f"Telegram refuses getUpdates: {error.description}")
            case NotSent(reason=reason) | NoVerdict(reason=reason) if failures > _BLIPS:
                self.health.red(f"Telegram can't be reached ({reason}); retrying")
        return backoff(failures, self.dice)

    async def _handle(self, updates: Json, answers: asyncio.TaskGroup) -> bool:
        """Commit the updates and move the offset; say whether there was anything new."""
        before = self._offset
        for update in _numbered(updates):
            answer = await self._committed(update)
            if answer:
                answers.create_task(self.answer(answer))
            self._offset = (update_id(update) or 0) + 1
        if self._offset == before:
            return False
        self._idle = _IDLE
        await self._save()
        return True

    async def _rest(self, began: float) -> None:
        """Pause after a poll that brought nothing, the longer the more of them, unless it was held open."""
        if asyncio.get_running_loop().time() - began < _HELD:
            await self.pause(self._idle)
            self._idle = min(2 * self._idle, _IDLE_CAP)

    async def _committed(self, update: Json) -> CallbackAnswer | None:
        """Offer the update until it is stored, or given up by the reception."""
        failures = 0
        while True:
            try:
                return await self.reception.take(update)
            except StorageBusy:
                self.health.red("the database is busy; updates wait at Telegram")
            except NotTaken:
                _log.debug("Offering update %s again", update_id(update))
            failures += 1
            await self.pause(backoff(failures, self.dice, cap=5.0))

    async def _save(self) -> None:
        try:
            await self.save_offset(self._offset or 0)
        except StorageBusy:
            _log.warning(
                "The polling offset was not kept; after a restart updates repeat, harmlessly"
            )


def _numbered(updates: Json) -> list[Json]:
    """Return the updates that can be confirmed: those with a number."""
    found = updates if isinstance(updates, list) else [updates]
    return [each for each in found if update_id(each) is not None]
