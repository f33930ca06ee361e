"""What tests of the Telegram channel share: a desk that records, a still clock, fast pauses, prompts."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import aiohttp

from bot.telegram.channel import TelegramAccess, TelegramChannel
from surveys.errors import StorageBusy
from surveys.model import Act, Address, Button, Channel, Incoming, Prompt, Receipt
from tests.fakes.telegram import FakeTelegram

NOW = datetime(2026, 11, 18, 3, 12, tzinfo=UTC)
TOKEN = "7Qk2mZpX4Lr9AbCdEfGh_-"
SECRET = "webhook-secret_1"


class StillClock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW


@dataclass(slots=True)
class RecordingDesk:
    """Takes acts once per key; ``troubles`` are raised first, one per call."""

    acts: list[Incoming] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    toast: str = ""
    poison: Callable[[Act], bool] = lambda _: False
    tried: int = 0

    async def receive(self, incoming: Incoming) -> Receipt:
        self.tried += 1
        if self.troubles:
            raise self.troubles.pop(0)
        if self.poison(incoming.act):
            raise RuntimeError("poison")
        if any((each.source, each.key) == (incoming.source, incoming.key) for each in self.acts):
            return Receipt(duplicate=True, toast=self.toast)
        self.acts.append(incoming)
        return Receipt(toast=self.toast)


@dataclass(slots=True)
class Offset:
    """The kept polling offset."""

    value: int | None = None
    busy: bool = False
    saved: list[int] = field(default_factory=list)

    async def load(self) -> int | None:
        if self.busy:
            raise StorageBusy
        return self.value

    async def save(self, value: int) -> None:
        if self.busy:
            raise StorageBusy
        self.value = value
        self.saved.append(value)


@dataclass(slots=True)
class Pauses:
    """Sleeps a moment instead of what was asked; remembers what was asked and what ``watch`` said then."""

    asked: list[float] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    watch: Callable[[], str] = lambda: ""

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.seen.append(self.watch())
        await asyncio.sleep(0.001)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A channel under test and everything around it."""

    telegram: FakeTelegram
    session: aiohttp.ClientSession
    settings: TelegramAccess
    desk: RecordingDesk = field(default_factory=RecordingDesk)
    offset: Offset = field(default_factory=Offset)
    pauses: Pauses = field(default_factory=Pauses)

    def channel(self, **changes: object) -> TelegramChannel:
        """Build a channel, with settings changed."""
        return TelegramChannel(
            replace(self.settings, **changes),  # type: ignore[arg-type]  # a test's own keywords
            session=self.session,
            receive=self.desk.receive,
            load_offset=self.offset.load,
            save_offset=self.offset.save,
            clock=StillClock(),
            dice=random.Random(1),  # noqa: S311 - jitter
            pause=self.pauses,
        )


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """Open a platform, a session and settings that fit them."""
    async with FakeTelegram() as telegram, aiohttp.ClientSession() as session:
        settings = TelegramAccess(
            token=telegram.token,
            base_url=telegram.base_url,
            secret=SECRET,
            long_poll=1,
        )
        yield Rig(telegram=telegram, session=session, settings=settings)


@asynccontextmanager
async def running(channel: TelegramChannel) -> AsyncIterator[TelegramChannel]:
    """Enter the channel and run it beside the test."""
    async with channel, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(channel.run())
        yield channel
        task.cancel()


async def until(fact: Callable[[], object]) -> None:
    """Wait for a fact, however busy the machine is."""
    async with asyncio.timeout(120):
        while not fact():
            await asyncio.sleep(0.005)


def address(user: int = 31) -> Address:
    """The address of the fake's customer."""
    return Address(
        id="a1",
        person_id="p1",
        channel=Channel.TELEGRAM,
        account="7001",
        user=str(user),
        chat=str(user),
        created_at=NOW,
    )


def buttons(*values: int) -> tuple[Button, ...]:
    return tuple(Button(value=str(each), label=str(each)) for each in values)


def question(language: str = "ko") -> Prompt:
    """A 0-10 question with its two controls."""
    korean = language == "ko"
    return Prompt(
        kind="question",
        language=language,
        heading="초록마켓 · 11월 18일 주문" if korean else "Green Market · order of 18 November",
        text="얼마나 추천하고 싶으세요?" if korean else "Would you recommend us?",
        hint="0 = 전혀 · 10 = 매우" if korean else "0 = not at all · 10 = very much",
        scale=buttons(*range(11)),
        controls=(
            Button(value="skip", label="건너뛰기" if korean else "Skip"),
            Button(value="stop", label="그만 받기" if korean else "Stop"),
        ),
        token=TOKEN,
    )


def notice(text: str, language: str = "ko") -> Prompt:
    """A sentence without buttons."""
    return Prompt(kind="notice", text=text, language=language)
