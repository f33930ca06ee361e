"""Asks Telegram how the bot shows itself and changes what differs: for commands typed by an operator, not for serving."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

import aiohttp
from telegram.error import TelegramError

from bot.patience import Passing, Patience
from bot.telegram.channel import HOW, TelegramAccess
from bot.telegram.profile import Setting
from bot.telegram.request import AiohttpRequest, NotSent, NoVerdict, Refused
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from surveys.model import Json

_OF_WEBHOOK: Final = {"url": str, "pending_update_count": int, "last_error_date": int}
_NO_SUCH_BOT = frozenset({401, 404})
_NOT_OURS, _TOO_MANY = 401, 429
_REACHED = frozenset({"server_error", "not_json", "no_verdict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that is not as it should be; ``seen`` is how it is."""

    setting: Setting
    seen: Json


class Upkeep:
    """One bot's settings. Each call raises ChannelMisconfigured for a refused token, else ChannelUnavailable.

    Of the latter, Passing where the same may be answered soon.
    """

    def __init__(self, access: TelegramAccess, session: aiohttp.ClientSession) -> None:
        self._address = access.root + access.token
        self._request = AiohttpRequest(session, deadline=access.deadline)

    async def me(self) -> Mapping[str, Json]:
        """Return what the bot is."""
        said = await self._ask("getMe", {})
        return said if isinstance(said, dict) else _nonsense("getMe")

    async def webhook(self) -> Mapping[str, Json]:
        """Return how updates come in, how many wait, and what went wrong last, each as the Bot API says it."""
        said = await self._ask("getWebhookInfo", {})
        whole = {"url": "", "pending_update_count": 0, "last_error_date": 0, **_fields(said)}
        if any(type(whole[name]) is not kind for name, kind in _OF_WEBHOOK.items()):
            _nonsense("getWebhookInfo")
        return whole

    async def differences(
        self, settings: Iterable[Setting], patience: Patience
    ) -> tuple[Difference, ...]:
        """Return the settings that are not as they should be; changes nothing."""
        found = []
        for setting in settings:
            said = await patience.ask(partial(self._ask, *setting.get))
            try:
                seen = setting.seen(said)
            except (AttributeError, KeyError, TypeError):
                _nonsense(setting.get[0])
            if seen != setting.wanted:
                found.append(Difference(setting=setting, seen=seen))
        return tuple(found)

    async def apply(self, difference: Difference) -> None:
        """Make the setting as it should be."""
        await self._ask(*difference.setting.put)

    async def _ask(self, method: str, fields: Mapping[str, Json]) -> Json:
        try:
            return await self._request.call(f"{self._address}/{method}", fields)
        except TelegramError as error:
            failure = error
        raise _told(method, failure)


def _told(method: str, error: TelegramError) -> ChannelMisconfigured | ChannelUnavailable:
    """Translate without chaining: an error of the library may carry the token."""
    if isinstance(error, Refused):
        if error.code == _NOT_OURS or (error.code in _NO_SUCH_BOT and method == "getMe"):
            problem = f"AFTERTOUCH_TELEGRAM_TOKEN is refused ({error.code}): {HOW}"
            return ChannelMisconfigured("telegram", problem)
        told = f"{method} is refused: {error.description or error.code}"
        if error.code == _TOO_MANY:
            return Passing("telegram", told, pause=error.retry_after)
        return ChannelUnavailable("telegram", told)
    reason = error.reason if isinstance(error, NotSent | NoVerdict) else "unknown"
    return Passing("telegram", f"{method}: {reason}", is_theirs=reason in _REACHED)


def _fields(said: Json) -> Mapping[str, Json]:
    return said if isinstance(said, dict) else {"url": None}


def _nonsense(method: str) -> NoReturn:
    raise ChannelUnavailable("telegram", f"{method} was answered by something else")
