"""Telegram as one part of the application: starts, reports its health, receives and sends."""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, NoReturn, Self

import aiohttp
from starlette.routing import Route
from telegram import Bot, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from bot.telegram.backoff import Dice, backoff
from bot.telegram.commands import commands
from bot.telegram.health import Health
from bot.telegram.incoming import ALLOWED_UPDATES
from bot.telegram.line import Line
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.polling import Poller
from bot.telegram.reception import CallbackAnswer, Receive, Reception
from bot.telegram.request import DEADLINE, AiohttpRequest, NotSent, NoVerdict, Refused
from bot.telegram.webhook import PATH, webhook_route
from surveys.errors import ChannelMisconfigured
from surveys.language.texts import languages
from surveys.model import Json
from surveys.ports import Clock

BASE_URL = "https://api.telegram.org/bot"

_TOKEN = re.compile(r"[A-Za-z0-9:_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # Bot API, setWebhook
HOW = "send /newbot (or /token for an existing bot) to @BotFather in Telegram and put its answer there"

ELSEWHERE = "en"  # the menu's language where a client speaks none of ours
_WATCH = 60.0  # seconds between two looks at the token where no poll would tell that it is refused

_log = logging.getLogger(__name__)

Poll = Callable[[], Coroutine[Any, Any, None]]
Alone = Callable[[str, Poll, Callable[[str], None]], Awaitable[None]]
"""Does under a name what one process at a time may do; tells the last argument why it stands by meanwhile."""


async def _always(_: str, poll: Poll, __: Callable[[str], None]) -> None:
    await poll()


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramAccess:
    """How to reach Telegram and be reached.

    Attributes:
        token: from BotFather; shown nowhere.
        base_url: up to and including ``/bot``.
        mode: ``polling`` or ``webhook``.
        secret: what Telegram sends along to the webhook, 1-256 of ``A-Za-z0-9_-``.
        public_url: where Telegram finds us; None leaves the webhook's registration to the operator.
        deadline: seconds for one request in all.
        long_poll: seconds for which getUpdates is held open.
    """

    token: str = field(repr=False)
    base_url: str = BASE_URL
    mode: str = "polling"
    secret: str = field(default="", repr=False)
    public_url: str | None = None
    deadline: float = DEADLINE
    long_poll: int = 30

    @property
    def root(self) -> str:
        """The base URL as the token goes behind it; ``/bot`` is put there where it was left out."""
        bare = self.base_url.rstrip("/")
        return bare if bare.endswith("bot") else f"{bare}/bot"

    def check(self) -> None:
        """Raise ChannelMisconfigured naming the first setting that can't be right, and the mend."""
        if not self.token:
            _misconfigured(f"AFTERTOUCH_TELEGRAM_TOKEN is missing: {HOW}")
        if not _TOKEN.fullmatch(self.token):
            _misconfigured(f"AFTERTOUCH_TELEGRAM_TOKEN is not a bot token: {HOW}")
        if not self.root.startswith(("https://", "http://")):
            _misconfigured("AFTERTOUCH_TELEGRAM_BASE_URL must be a URL up to and including /bot")
        if self.mode not in {"polling", "webhook"}:
            _misconfigured("AFTERTOUCH_TELEGRAM_MODE must be polling or webhook")
        if self.mode == "webhook" and not _SECRET.fullmatch(self.secret):
            _misconfigured(
                "AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET must be 1 to 256 of A-Z a-z 0-9 _ -: make one up, e.g. by openssl rand -hex 32"
            )


def _misconfigured(problem: str) -> NoReturn:
    raise ChannelMisconfigured("telegram", problem)


class _Bot(Bot):
    """python-telegram-bot's Bot prints its token; this one doesn't."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Bot[token=hidden]"


class TelegramChannel:
    """One bot, from entering the context until leaving it.

    Entering checks the settings and raises ChannelMisconfigured where they can't work. Where Telegram
    can't be reached, or refuses the token (getMe), it enters all the same, red, and ``run`` keeps trying:
    what is to be sent waits.
    """

    def __init__(
        self,
        access: TelegramAccess,
        *,
        session: aiohttp.ClientSession,
        receive: Receive,
        load_offset: Callable[[], Awaitable[int | None]],
        save_offset: Callable[[int], Awaitable[None]],
        clock: Clock,
        dice: Dice,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        alone: Alone = _always,
        receives: bool = True,
    ) -> None:
        """Take ``alone``, under which we poll, and ``receives``: False in a process that only sends."""
        self._access = access
        self._session = session
        self._receive = receive
        self._load_offset = load_offset
        self._save_offset = save_offset
        self._clock = clock
        self._dice = dice
        self._pause = pause
        self._alone = alone
        self._receives = receives
        self._health = Health(clock)
        self._line = Line(self._health, clock)
        self._is_set_up = False
        self._username: str | None = None
        bot_id, colon, _ = access.token.partition(":")
        self._account = bot_id if colon else "unknown"  # a token starts with its bot's id

    async def __aenter__(self) -> Self:
        self._access.check()
        os.environ["PTB_TIMEDELTA"] = (
            "true"  # python-telegram-bot 22 warns about durations otherwise
        )
        for name in ("telegram", "httpx", "httpcore"):  # below this they log the token or bodies
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.level, logging.WARNING))
        access = self._access
        self._request = AiohttpRequest(self._session, deadline=access.deadline)
        self._bot = _Bot(
            access.token,
            base_url=access.root,
            request=self._request,
            get_updates_request=self._request,
        )
        await self._set_up()
        self._reception = Reception(
            bot_id=lambda: self._account, receive=self._receive, clock=self._clock
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._health.stop()

    @property
    def account(self) -> str:
        """The bot's id."""
        return self._account

    @property
    def messenger(self) -> TelegramMessenger:
        """See surveys.ports.Messenger."""
        return TelegramMessenger(self._bot, self._account, self._line)

    def health(self) -> dict[str, str]:
        """Return ``state`` (``ok``, ``red``, ``standby`` or ``starting``) and ``reason``."""
        return {"state": self._health.state, "reason": self._health.reason}

    def deep_link(self, token: str) -> str | None:
        """Return the link that joins a customer; None until Telegram has told us the bot's name."""
        return f"https://t.me/{self._username}?start={token}" if self._username else None

    def routes(self) -> list[Route]:
        """Return the webhook's route, in webhook mode."""
        if self._access.mode == "polling":
            return []
        secret = self._access.secret
        return [webhook_route(secret=secret, reception=self._reception, answer=self._answer)]

    async def run(self) -> None:
        """Finish a start that failed, then poll, or watch over the token, until cancelled."""
        failures = 0
        while not self._is_set_up:
            failures += 1
            await self._pause(backoff(failures, self._dice))
            await self._set_up()
        if self._access.mode == "polling" and self._receives:
            await self._alone(f"getUpdates:{self._account}", self._poll, self._stand_by)
        while True:
            await self._pause(_WATCH)
            await self._attempt(self._identify)

    async def _poll(self) -> None:
        self._health.ok()
        await self._poller().run()

    def _stand_by(self, why: str) -> None:
        self._health.standby(f"standing by to receive updates: {why}")

    def _poller(self) -> Poller:
        return Poller(
            fetch=self._fetch,
            answer=self._answer,
            reception=self._reception,
            load_offset=self._load_offset,
            save_offset=self._save_offset,
            health=self._health,
            dice=self._dice,
            pause=self._pause,
        )

    async def _set_up(self) -> None:
        if await self._attempt(self._identify, self._choose_delivery, self._offer_commands):
            self._is_set_up = True

    async def _attempt(self, *steps: Callable[[], Awaitable[None]]) -> bool:
        """Take the steps; say whether all went well, here and in the health."""
        try:
            for step in steps:
                await step()
        except (NotSent, NoVerdict) as failure:
            self._health.red(f"Telegram can't be reached ({failure.reason}); retrying")
        except Refused as refusal:
            self._health.red(f"Telegram refuses us: {refusal.description}; retrying")
        except ChannelMisconfigured as fault:
            self._health.red(fault.problem)
        else:
            self._health.ok()
            return True
        return False

    async def _identify(self) -> None:
        try:
            me = await self._call("getMe")
        except Refused as refusal:
            if refusal.code == 404 and not refusal.description:  # noqa: PLR2004 - a page, no Bot API
                raise NoVerdict("nothing_at_base_url") from None
            if refusal.code in {401, 404}:
                _misconfigured(f"AFTERTOUCH_TELEGRAM_TOKEN is refused ({refusal.code}): {HOW}")
            raise
        if not isinstance(me, dict) or "id" not in me:
            raise NoVerdict("not_a_bot")
        self._account, self._username = str(me["id"]), me.get("username")

    async def _choose_delivery(self) -> None:
        """A webhook and polling exclude each other: the chosen one must be the only one."""
        access = self._access
        if access.mode == "webhook" and access.public_url:
            await self._call(
                "setWebhook",
                url=access.public_url.rstrip("/") + PATH,
                secret_token=access.secret,
                allowed_updates=ALLOWED_UPDATES,
            )
        if access.mode == "polling":
            await self._leave_webhook()

    async def _leave_webhook(self) -> None:
        """Take a webhook away, if Telegram lets us; getUpdates says so while one is in the way."""
        try:
            await self._call("deleteWebhook")
        except (Refused, NoVerdict) as problem:
            _log.warning("deleteWebhook was of no avail: %s", problem)

    async def _offer_commands(self) -> None:
        scope = BotCommandScopeAllPrivateChats()
        try:
            await self._bot.set_my_commands(commands(ELSEWHERE), scope)
            for language in sorted({*languages()} - {ELSEWHERE}):
                await self._bot.set_my_commands(commands(language), scope, language_code=language)
        except TelegramError as error:
            _log.warning("The command menu was not set: %s", error)

    async def _fetch(self, offset: int | None) -> Json:
        wanted = {"timeout": self._access.long_poll, "allowed_updates": ALLOWED_UPDATES}
        if offset is not None:
            wanted["offset"] = offset
        try:
            return await self._call("getUpdates", patience=self._access.long_poll, **wanted)
        except Refused as refusal:
            if refusal.code == HTTPStatus.CONFLICT and "webhook" in refusal.description:
                await self._leave_webhook()
            raise

    async def _answer(self, answer: CallbackAnswer) -> None:
        if self._line.silence():
            return
        try:
            await self._bot.answer_callback_query(answer.query_id, answer.text or None)
        except TelegramError as error:
            _log.debug("A button press was not answered: %s", error)

    async def _call(self, method: str, *, patience: float = 0.0, **fields: Json) -> Json:
        return await self._request.call(f"{self._bot.base_url}/{method}", fields, patience=patience)
