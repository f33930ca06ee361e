"""A company whose only channel is the fake Telegram: real rules, real requests, a clock that the test sets."""

import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import aiohttp
from starlette.applications import Starlette

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from bot.telegram.channel import TelegramAccess, TelegramChannel
from surveys.interview import Interview
from surveys.model import (
    Address,
    Answer,
    Channel,
    Delivery,
    DeliveryState,
    InboxEntry,
    Invitation,
    Json,
)
from surveys.pacing import Pacing
from surveys.ports import Storage, UnitOfWork
from surveys.service.people import create_link
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_kit import Offset, Pauses
from tests.fakes.telegram_people import FakeUser
from tests.programs import standard, varied
from tests.serving import serve
from tests.world import World

T = TypeVar("T")
SECRET = "webhook-secret_1"
FIRST = 31
"""The Telegram id of the first customer."""


@dataclass(slots=True, kw_only=True)
class Shop:
    """See the module. Customers' acts are committed when they return; ``works`` sends what is due."""

    world: World
    telegram: FakeTelegram
    channel: TelegramChannel
    dispatcher: Dispatcher

    # --- what happens ---

    async def customer(
        self, name: str = "kim", user_id: int = FIRST, language: str = "ko"
    ) -> FakeUser:
        """A customer who came by her link and has read the welcome."""
        user = self.telegram.user(user_id, language)
        await user.start(await self.link(await self.world.customer(name, locale=language)))
        await self.works(2)
        return user

    async def link(self, person_id: str) -> str:
        ctx = self.world.ctx
        return await self.world.write(
            lambda tx: create_link(
                tx, person_id, Channel.TELEGRAM, now=ctx.now(), new_token=ctx.new_token
            )
        )

    async def asked(
        self, name: str = "kim", user_id: int = FIRST, language: str = "ko"
    ) -> FakeUser:
        """A customer with a fresh question: five scores, of her order."""
        user = await self.customer(name, user_id, language)
        await self.world.happens("order.paid", name)
        await self.works()
        return user

    async def works(self, seconds: int = 0) -> None:
        """Let so many seconds pass, and do in each what is due."""
        await self._do_what_is_due()
        for _ in range(seconds):
            self.world.clock.at += timedelta(seconds=1)
            await self._do_what_is_due()

    async def later(self, **span: float) -> None:
        """Let time pass at once, then do what is due."""
        self.world.clock.at += timedelta(**span)
        await self.works(2)

    async def _do_what_is_due(self) -> None:
        begun = 1
        while begun:
            await self.world.drain()
            begun = await self.dispatcher.drain()
            await self.dispatcher.settled()

    # --- what is stored ---

    async def address(self, user: FakeUser) -> Address:
        found = await self._read(
            lambda tx: tx.addresses.find(Channel.TELEGRAM, "7001", str(user.id))
        )
        assert found is not None
        return found

    async def invitation(self, user: FakeUser) -> Invitation:
        """Return the customer's one open invitation."""
        address = await self.address(user)
        (found,) = await self._read(lambda tx: tx.invitations.live_of_person(address.person_id))
        return found

    async def interview(self, user: FakeUser) -> Interview:
        return Interview.from_json((await self.invitation(user)).interview)

    async def answers(self, subject: str = "o1") -> dict[str, Answer]:
        """Return the answers about an order, by question."""

        def look(tx: UnitOfWork) -> list[Answer]:
            events = tx.events.of_occasions([subject])
            asked = [i for event in events for i in tx.invitations.of_event(event.id)]
            return [a for i in asked for a in tx.answers.of_invitation(i.id)]

        return {answer.question: answer for answer in await self._read(look)}

    async def deliveries(self, state: DeliveryState | None = None) -> list[Delivery]:
        """Return all deliveries, or those of a state, oldest first."""
        states = [state] if state else list(DeliveryState)
        found = await self._read(
            lambda tx: [d for each in states for d in tx.deliveries.in_state(each, 999)]
        )
        return sorted(found, key=lambda d: (d.created_at, d.id))

    async def inbox(self, update: Json) -> InboxEntry | None:
        key = str(update["update_id"])
        return await self._read(lambda tx: tx.inbox.find("telegram:7001", key))

    async def _read(self, look: Callable[[UnitOfWork], T]) -> T:
        return await self.world.storage.read(look)


@asynccontextmanager
async def shop(
    storage: Storage, *, pacing: Pacing | None = None, **triggers: Json
) -> AsyncIterator[Shop]:
    """Open a shop that asks at once, whatever the hour; ``triggers`` changes all of them."""
    soon = {"after": "0s", "occurrence": None, **triggers}
    program = varied(
        triggers={each.id: soon for each in standard().triggers}, rules={"quiet_hours": None}
    )
    world = World(storage, program, pacing)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with FakeTelegram() as telegram, aiohttp.ClientSession() as session:
            access = TelegramAccess(
                token=telegram.token,
                base_url=telegram.base_url,
                mode="webhook",
                secret=SECRET,
                public_url=url,
            )
            offset = Offset()
            channel = TelegramChannel(
                access,
                session=session,
                receive=world.desk.receive,
                load_offset=offset.load,
                save_offset=offset.save,
                clock=world.clock,
                dice=random.Random(1),  # noqa: S311 jitter
                pause=Pauses(),
            )
            dispatcher = Dispatcher(
                storage=world.storage,
                ctx=world.ctx,
                messengers=lambda: {Channel.TELEGRAM: channel.messenger},
                metrics=Metrics(),
                wake=lambda: None,
            )
            async with (
                channel,
                serve(Starlette(routes=channel.routes()), listener.dup()),
                dispatcher,
            ):
                yield Shop(world=world, telegram=telegram, channel=channel, dispatcher=dispatcher)
