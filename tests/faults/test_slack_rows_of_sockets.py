"""SL rows of Socket Mode: connections that are silent, severed, or die between the commit and the ack."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.desk import Desk
from bot.slack.socket import Patience
from surveys.model import Delivery, DeliveryState, Incoming, Receipt
from surveys.ports import Storage
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_customer import Customer
from tests.fakes.slack_rig import Core, channel_to, running, until
from tests.world import World


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.person("U1")
        yield fake


def live(slack: FakeSlack) -> int:
    return sum(not socket.closed for socket in slack.sockets)


def test_sl16_from_the_last_sign_of_life_to_the_next_connection_it_is_a_minute_at_most() -> None:
    patience = Patience()
    noticed = patience.ping + patience.silence
    parted_addressed_connected = 3 * patience.step

    assert noticed + patience.pause + parted_addressed_connected <= 60


@pytest.mark.parametrize("fault", ["muted", "deaf", "severed", "hung up"])
async def test_sl16_a_connection_that_is_dead_or_only_looks_alive_is_replaced(
    slack: FakeSlack, fault: str
) -> None:
    """Deaf is to answer none of our pings while the connection itself is sound; aiohttp is content with it."""
    core = Core()
    async with (
        channel_to(slack, core, signing_secret="", app_token=slack.app_token) as channel,
        running(channel),
    ):
        await until(lambda: live(slack) == 1)
        if fault == "severed":
            slack.sever()
        elif fault == "hung up":
            await slack.hang_up()
        else:
            setattr(slack, fault, True)
        await until(lambda: len(slack.sockets) > 1)
        slack.muted = slack.deaf = False
        await until(lambda: channel.health()["state"] == "ok" and live(slack) == 1)
        answered = await Customer(slack, "U1").say("9")

    assert answered[0] == 200
    assert len(core.acts) == 1


@dataclass
class Wired:
    """A real desk where the rig wants a core."""

    desk: Desk

    async def receive(self, incoming: Incoming) -> Receipt:
        return await self.desk.receive(incoming)

    async def on_revoked(self) -> None:
        """Nobody is revoked here."""


async def test_sl17_what_a_connection_took_and_died_before_its_ack_has_one_effect(
    slack: FakeSlack, storage: Storage
) -> None:
    """Slack hands the event to the other connection of the same app, which may be another process's."""
    world = World(storage)
    core, socket = Wired(world.desk), {"signing_secret": "", "app_token": slack.app_token}
    slack.acks_to_lose, slack.ack_seconds = 1, 120.0
    user = Customer(slack, "U1")

    async def replies() -> tuple[Delivery, ...]:
        return await storage.read(lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 10))

    async with (
        channel_to(slack, core, **socket) as one,
        channel_to(slack, core, **socket) as other,
        running(one),
        running(other),
    ):
        await until(lambda: live(slack) == 2)
        async with asyncio.TaskGroup() as tasks:
            saying = tasks.create_task(user.say("도움말"))
            await until(lambda: not slack.acks_to_lose)
            saying.cancel()
        after_the_first = await replies()
        again = await user.again()
        after_both = await replies()

    assert again[0] == 200
    assert [delivery.kind for delivery in after_both] == ["notice.help"]
    assert after_both == after_the_first
