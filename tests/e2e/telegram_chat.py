"""A Telegram customer of the fake platform."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from surveys.language.texts import say
from tests.e2e.chats import Shown
from tests.e2e.deployment import Deployment, until
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_people import FakeUser, Message

SECRET = "webhook-secret_1"


@dataclass(slots=True)
class TelegramChat:
    """See tests.e2e.chats.Chat."""

    telegram: FakeTelegram
    user: FakeUser
    skipped: int = 0
    last: object = None

    async def see(self) -> Sequence[Shown]:
        return [_shown(message) for message in self.user.messages[self.skipped :]]

    async def press(self, shown: Shown, token: str, value: str) -> None:
        message = self.telegram.messages[self.user.id, int(shown.id)]
        self.last = await self.user.press(message, f"1:{token}:{value}")

    async def type(self, text: str) -> None:
        self.last = await self.user.say(text)

    async def again(self) -> None:
        assert isinstance(self.last, dict)
        await self.telegram.emit_raw(self.last)

    async def send_unreadable(self) -> bool:
        voice = {"file_id": "v1", "file_unique_id": "u1", "duration": 3}
        self.last = await self.user.send(voice=voice)
        return True

    def toasts(self) -> Sequence[str]:
        return self.user.toasts


@dataclass(slots=True)
class TelegramPlatform:
    """See tests.e2e.chats.Platform."""

    telegram: FakeTelegram
    mode: str

    @property
    def environ(self) -> Mapping[str, str]:
        return {
            "AFTERTOUCH_TELEGRAM_TOKEN": self.telegram.token,
            "AFTERTOUCH_TELEGRAM_BASE_URL": self.telegram.base_url,
            "AFTERTOUCH_TELEGRAM_MODE": self.mode,
            "AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET": SECRET,
        }

    def meet(self, url: str) -> None:
        """The bot itself says where, by setWebhook."""

    async def ready(self) -> None:
        """Polling needs no waiting: updates queue up until the first poll."""
        if self.mode == "webhook":
            assert self.telegram.webhook
            assert self.telegram.webhook.secret == SECRET

    async def join(
        self, deployment: Deployment, name: str, language: str, number: int = 1
    ) -> TelegramChat:
        await deployment.customer(name, locale=language)
        url = (await deployment.links(name))["telegram"]["url"]
        link, _, token = url.partition("?start=")
        assert link == "https://t.me/green_market_bot"
        user = self.telegram.user(30 + number, language)
        await user.start(token)

        async def welcomed() -> list[Message]:
            return user.messages

        (welcome,) = await until(welcomed)
        consent = deployment.app.ctx.program.consent.text[language]
        assert welcome.text == say(language, "notice.welcome", consent=consent)
        return TelegramChat(self.telegram, user, skipped=1)


def _shown(message: Message) -> Shown:
    buttons = [button for row in message.keyboard for button in row]
    parts = [button["callback_data"].split(":", 2) for button in buttons]
    labels = {part[2]: button["text"] for part, button in zip(parts, buttons, strict=True)}
    return Shown(str(message.message_id), message.text, parts[0][1] if parts else "", labels)


@asynccontextmanager
async def telegram(mode: str) -> AsyncIterator[TelegramPlatform]:
    async with FakeTelegram() as fake:
        yield TelegramPlatform(fake, mode)
