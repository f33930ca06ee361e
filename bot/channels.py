"""The chat platforms of one deployment: started where configured, each failing alone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

import aiohttp
import structlog
from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.config import Role, Settings
from bot.staff.sender import Teller
from scheduler.leases import run_alone
from surveys.errors import ChannelMisconfigured
from surveys.model import Channel, Incoming, Receipt
from surveys.ports import Leases, Messenger, Storage, UnitOfWork
from surveys.service.context import Context
from surveys.service.outcomes import DEADLINE

Receive = Callable[[Incoming], Awaitable[Receipt]]
Ordered = Callable[[Callable[[UnitOfWork], str | None]], Awaitable[str | None]]
_ELSEWHERE = {"state": "off", "reason": "not run in this process"}
_log = structlog.get_logger(__name__)


class Channels:
    """Telegram and Slack as far as they are configured; web chat needs nothing."""

    def __init__(
        self,
        settings: Settings,
        *,
        http: aiohttp.ClientSession,
        storage: Storage,
        ctx: Context,
        receive: Receive,
        leases: Leases,
        order: Ordered | None = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        """Take the ``deadline`` of one whole request to a platform.

        ``order`` carries out what staff order in a chat (bot.desk); without it they are not heard there.
        """
        self._seconds = deadline.total_seconds()
        self._settings = settings
        self._http = http
        self._storage = storage
        self._ctx = ctx
        self._receive = receive
        self._leases = leases
        self._order = order
        self._works = Role.WORKER in settings.roles
        self._is_needed = self._works or Role.INTAKE in settings.roles
        self._stack = AsyncExitStack()
        self._problems: dict[str, str] = {}
        self.telegram: Any = None
        self.slack: Any = None

    async def __aenter__(self) -> Self:
        """Start what has any setting of its own, at the same time: a platform may be slow to answer."""
        if not self._is_needed:
            return self
        wanted = _wanted(self._settings)
        self.telegram, self.slack = await asyncio.gather(
            self._start("telegram", self._telegram() if "telegram" in wanted else None),
            self._start("slack", self._slack() if "slack" in wanted else None),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _start(self, name: str, channel: Any) -> Any:
        if channel is None:
            return None
        try:
            return await self._stack.enter_async_context(channel)
        except ChannelMisconfigured as fault:
            self._problems[name] = fault.problem
            _log.error("channel off", channel=name, problem=fault.problem)
            return None

    def messengers(self) -> dict[Channel, Messenger]:
        """Return the channels that can send now."""
        found = {
            Channel.TELEGRAM: self.telegram.messenger if self.telegram else None,
            Channel.SLACK: self.slack.messenger if self.slack else None,
        }
        return {channel: messenger for channel, messenger in found.items() if messenger}

    def tellers(self) -> dict[Channel, Teller]:
        """Return the channels that can tell staff something now: the same ones."""
        return cast("dict[Channel, Teller]", self.messengers())

    def routes(self) -> list[BaseRoute]:
        """Return the platforms' webhooks; they belong to the intake."""
        return [r for part in (self.telegram, self.slack) if part for r in part.routes()]

    def runners(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Return what has to run beside the server: late starts and, in a worker, polling and Socket Mode."""
        started = {"telegram": self.telegram, "slack": self.slack}
        return {name: part.run for name, part in started.items() if part}

    def health(self) -> dict[str, dict[str, str]]:
        """Return ``state`` (``ok``, ``red``, ``standby``, ``starting``, ``off``) and ``reason`` by channel."""
        if not self._is_needed:
            return dict.fromkeys(("webchat", "telegram", "slack"), _ELSEWHERE)
        served = Role.INTAKE in self._settings.roles
        states = {"webchat": {"state": "ok", "reason": ""} if served else _ELSEWHERE}
        for name, part in (("telegram", self.telegram), ("slack", self.slack)):
            if name in self._problems:
                states[name] = {"state": "red", "reason": self._problems[name]}
            elif part is None:
                states[name] = {"state": "off", "reason": "not configured"}
            else:
                states[name] = part.health()
        return states

    def _telegram(self) -> Any:
        from bot.telegram.channel import TelegramChannel  # noqa: PLC0415 an SDK is loaded only where used

        return TelegramChannel(
            replace(telegram_access(self._settings), deadline=self._seconds),
            session=self._http,
            receive=self._receive,
            load_offset=self._load_offset,
            save_offset=self._save_offset,
            clock=self._ctx.clock,
            dice=self._ctx.rng,
            pause=asyncio.sleep,
            alone=partial(run_alone, self._leases),
            receives=self._works,
        )

    def _slack(self) -> Any:
        from bot.slack.channel import SlackChannel  # noqa: PLC0415 an SDK is loaded only where used

        return SlackChannel(
            replace(slack_access(self._settings), deadline=self._seconds, listens=self._works),
            session=self._http,
            receive=self._receive,
            clock=self._ctx.clock,
            ids=self._ctx.new_id,
            backing=self._backing(),
        )

    def _backing(self) -> Any:
        """Return what staff are answered from in Slack."""
        from bot.slack.team.backing import Backing  # noqa: PLC0415 an SDK is loaded only where used
        from bot.slack.team.roster import StaffList  # noqa: PLC0415

        if self._order is None:
            return None
        own = self._settings.slack
        return Backing(
            storage=self._storage,
            ctx=self._ctx,
            staff=StaffList(viewers=own.staff, operators=own.operators),
            base=self._ctx.base,
            order=self._order,
            receive=self._receive,
        )

    @property
    def _offset_note(self) -> str:
        return f"telegram_offset:{self.telegram.account}"

    async def _load_offset(self) -> int | None:
        stored = await self._storage.read(lambda tx: tx.notes.get(self._offset_note))
        return int(stored) if stored is not None else None

    async def _save_offset(self, offset: int) -> None:
        def work(tx: UnitOfWork) -> None:
            tx.notes.set(self._offset_note, str(offset))

        await self._storage.write(work)


def check(settings: Settings) -> dict[str, str]:
    """Return what the settings of each configured channel lack, "" where that is nothing."""
    found: dict[str, str] = {}
    for name, access_of in _wanted(settings).items():
        try:
            access_of(settings).check()
        except ChannelMisconfigured as fault:
            found[name] = fault.problem
        else:
            found[name] = ""
    return found


def _wanted(settings: Settings) -> dict[str, Callable[[Settings], Any]]:
    """Return the channels with any setting of their own, and what makes their access of it."""
    telegram, slack = settings.telegram, settings.slack
    wanted: dict[str, Callable[[Settings], Any]] = {}
    if telegram.token or telegram.webhook_secret or telegram.mode == "webhook":
        wanted["telegram"] = telegram_access
    if slack.bot_token or slack.signing_secret or slack.app_token:
        wanted["slack"] = slack_access
    return wanted


def telegram_access(settings: Settings) -> Any:
    """Return bot.telegram.channel.TelegramAccess."""
    from bot.telegram.channel import TelegramAccess  # noqa: PLC0415 an SDK is loaded only where used

    own = settings.telegram
    return TelegramAccess(
        token=_clear(own.token),
        base_url=own.base_url,
        mode=own.mode,
        secret=_clear(own.webhook_secret),
        public_url=settings.public_url,
    )


def slack_access(settings: Settings) -> Any:
    """Return bot.slack.channel.SlackAccess."""
    from bot.slack.channel import SlackAccess  # noqa: PLC0415 an SDK is loaded only where used

    own = settings.slack
    return SlackAccess(
        bot_token=_clear(own.bot_token),
        signing_secret=_clear(own.signing_secret),
        app_token=_clear(own.app_token),
        base_url=own.base_url,
    )


def _clear(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
