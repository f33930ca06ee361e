"""An application about to ask one customer on one platform; what the platform saw, and what the ledger says."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app import Outside
from surveys.model import Attempt, Delivery, DeliveryState
from surveys.ports import UnitOfWork
from tests.e2e.chats import Chat
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.platforms import platform
from tests.e2e.slack_chat import SlackPlatform
from tests.e2e.telegram_chat import TelegramPlatform
from tests.fakes.relay import Relay

PUSHED = ("telegram-webhook", "slack-http")
ENDS = (DeliveryState.SENT, DeliveryState.PARKED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """See the module. ``posts`` counts the requests to post a message since the customer joined."""

    platform: TelegramPlatform | SlackPlatform
    deployment: Deployment
    chat: Chat
    wire: Relay
    before: int

    @property
    def channel(self) -> str:
        return "telegram" if isinstance(self.platform, TelegramPlatform) else "slack"

    @property
    def base_url(self) -> str:
        """Where the platform itself listens, as the channel's setting wants it."""
        return _base_url(self.platform)

    async def move(self, base_url: str) -> None:
        """Start the application again with another address of the platform."""
        settings = self.deployment.settings
        part = getattr(settings, self.channel).model_copy(update={"base_url": base_url})
        await self.deployment.stop()
        self.deployment.settings = settings.model_copy(update={self.channel: part})
        await self.deployment.start()

    def fail(self, telegram: Any, slack: Any) -> None:
        """Let the next post of a message go wrong as the platform at hand can."""
        if isinstance(self.platform, TelegramPlatform):
            self.platform.telegram.fail("sendMessage", telegram)
        else:
            self.platform.slack.fail("chat.postMessage", slack)

    @property
    def posts(self) -> int:
        """Read the platform's own journal."""
        return _posted(self.platform) - self.before

    async def arrived(self) -> int:
        """Count the messages that stand in the customer's chat."""
        return len(await self.chat.see())

    async def ask(self, *, kept: int = 0) -> None:
        """Let an event happen and its question fall due, while so many messages are kept from going out."""
        assert (await self.deployment.signed(self.deployment.event("c1"))).status == 202
        await self.deployment.come_to_the_present(kept=kept)

    async def question(self) -> Delivery | None:
        """Read the question from the outbox."""

        def look(tx: UnitOfWork) -> list[Delivery]:
            every = [d for state in DeliveryState for d in tx.deliveries.in_state(state, 10)]
            return [d for d in every if d.step == "ask" and d.target_id is None]

        found = await self.deployment.app.storage.read(look)
        assert len(found) <= 1
        return found[0] if found else None

    async def waiting(self) -> Delivery | None:
        """Read the question from the outbox once it is back in the queue."""
        question = await self.question()
        return question if question and question.state is DeliveryState.PENDING else None

    async def tried(self, times: int = 1) -> tuple[Attempt, ...]:
        """Return the attempts at the question once so many of them have an outcome."""

        async def outcomes() -> tuple[Attempt, ...]:
            question = await self.question()
            if question is None:
                return ()
            read = self.deployment.app.storage.read
            tries = await read(lambda tx: tx.deliveries.attempts(question.id))
            return tries if len([one for one in tries if one.kind]) >= times else ()

        found: tuple[Attempt, ...] = await until(outcomes)
        return found

    async def ended(self) -> Delivery:
        """Return the question once nothing more is done about it."""

        async def look() -> Delivery | None:
            found = await self.question()
            return found if found and found.state in ENDS else None

        found: Delivery = await until(look)
        return found

    async def later(self, **span: float) -> None:
        """Let what is under way end, time pass, and everything that falls due be done."""
        clock, app = self.deployment.clock, self.deployment.app
        await app.dispatcher.settled()
        clock.behind -= timedelta(**span)
        for _ in range(2):  # the first round may have begun before the time had passed
            now = clock.now()

            async def been_round(since: Any = now) -> bool:
                app.loop.wake()
                return app.loop.ran_at is not None and app.loop.ran_at > since

            await until(been_round)
            await app.dispatcher.settled()

    async def health(self) -> dict[str, str]:
        """Return what the channel says of itself."""
        channels = (await self.deployment.get("/healthz")).body["channels"]
        found: dict[str, str] = channels[self.channel]
        return found

    async def is_red(self) -> dict[str, str]:
        """Return what the channel says once it is red."""

        async def look() -> dict[str, str] | None:
            health = await self.health()
            return health if health["state"] == "red" else None

        found: dict[str, str] = await until(look)
        return found


def _posted(side: TelegramPlatform | SlackPlatform) -> int:
    if isinstance(side, TelegramPlatform):
        return len(side.telegram.calls("sendMessage"))
    return len(side.slack.calls("chat.postMessage"))


def _base_url(side: TelegramPlatform | SlackPlatform) -> str:
    return side.telegram.base_url if isinstance(side, TelegramPlatform) else side.slack.base_url


@asynccontextmanager
async def asking(
    name: str, folder: Path, *, language: str = "ko", outside: Outside | None = None
) -> AsyncIterator[Asking]:
    """Deploy on the platform, over a wire of our own, and let the customer join."""
    async with AsyncExitStack() as stack:
        side = await stack.enter_async_context(platform(name))
        assert isinstance(side, TelegramPlatform | SlackPlatform)
        wire = await stack.enter_async_context(Relay(_base_url(side)))
        setting = f"AFTERTOUCH_{name.partition('-')[0].upper()}_BASE_URL"
        deployment = await stack.enter_async_context(
            deployed(
                f"sqlite:///{folder}/aftertouch.sqlite3",
                {**side.environ, setting: wire.url},
                prepare=side.meet,
                outside=outside,
            )
        )
        await side.ready()
        chat = await side.join(deployment, "c1", language)
        yield Asking(
            platform=side, deployment=deployment, chat=chat, wire=wire, before=_posted(side)
        )
