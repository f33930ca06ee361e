"""Hands each update to the use cases, whichever way it came; gives up on one that fails every time."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.telegram.incoming import callback_id, read_update
from bot.telegram.text import shorten
from surveys.errors import StorageBusy, SurveyError
from surveys.model import Incoming, Json, Receipt
from surveys.ports import Clock

TRIES = 5
_REMEMBERED = 1000  # failing updates whose tries are counted at one time
_TOAST_LIMIT = 200  # characters: Bot API, answerCallbackQuery

_log = logging.getLogger(__name__)

Receive = Callable[[Incoming], Awaitable[Receipt]]


class NotTaken(SurveyError):
    """The update could not be handled this time and must be offered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswer:
    """What to tell the client of a customer who pressed a button; an empty text only ends its wait."""

    query_id: str
    text: str = ""


class Reception:
    """Takes raw updates; when ``take`` has returned, the update may be acknowledged.

    ``bot_id`` is asked each time: Telegram may tell it only after the first update has come in.
    """

    def __init__(self, *, bot_id: Callable[[], str], receive: Receive, clock: Clock) -> None:
        self._bot_id = bot_id
        self._receive = receive
        self._clock = clock
        self._failures: dict[str, int] = {}

    async def take(self, update: Json) -> CallbackAnswer | None:
        """Commit the update; return the answer to a new button press.

        Raises StorageBusy when nothing could be stored and NotTaken when handling failed. After the
        fifth failure of one update it is logged and dropped, so that it holds up nobody else.
        """
        incoming = read_update(update, bot_id=self._bot_id(), now=self._clock.now())
        if incoming is None:
            return None
        try:
            receipt = await self._receive(incoming)
        except StorageBusy:
            raise
        except Exception as error:  # noqa: BLE001 - the edge where updates come in
            self._count_failure(incoming.key, error)
            return None
        self._failures.pop(incoming.key, None)
        return _answer(update, receipt)

    def _count_failure(self, key: str, error: Exception) -> None:
        failures = self._failures.pop(key, 0) + 1
        if failures >= TRIES:
            _log.error("Gave up on Telegram update %s after %d tries", key, TRIES, exc_info=error)
            return
        _log.warning("Telegram update %s failed, try %d", key, failures, exc_info=error)
        if len(self._failures) >= _REMEMBERED:
            del self._failures[next(iter(self._failures))]
        self._failures[key] = failures
        raise NotTaken(key) from error


def _answer(update: Json, receipt: Receipt) -> CallbackAnswer | None:
    query_id = callback_id(update)
    if query_id is None or receipt.duplicate:
        return None
    return CallbackAnswer(query_id=query_id, text=shorten(receipt.toast, _TOAST_LIMIT))
