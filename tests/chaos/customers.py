"""The customers: each is told of by one event, and some answer what they are then asked."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

import aiohttp

from surveys.model import Channel
from tests.chaos.posts import Post, slack_post, telegram_post
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_customer import Customer as SlackCustomer
from tests.fakes.telegram import FakeTelegram

CHIPS = ("speed", "clarity", "manner")
_ANSWERING, _UNDECIDED, _EXPLAINING = 0.75, 0.2, 0.8  # shares of the customers
_LOOK = 0.03  # seconds between two looks at the chats
_AGAIN = 0.15  # seconds before a tap that was not taken is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody will answer: the scores in turn, then a chip or a comment, or nothing at all."""

    scores: tuple[int, ...] = ()
    chip: str | None = None
    comment: str | None = None


def intent(rng: Random, name: str) -> Intent:
    """Make up somebody's mind."""
    if rng.random() > _ANSWERING:
        return Intent()
    scores = tuple(rng.sample(range(1, 8), 2 if rng.random() < _UNDECIDED else 1))
    if rng.random() > _EXPLAINING:
        return Intent(scores=scores)
    if rng.random() < 0.5:
        return Intent(scores=scores, chip=rng.choice(CHIPS))
    return Intent(scores=scores, comment=f"because of {name}")


@dataclass(slots=True, kw_only=True)
class Customer:
    """One person with one chat.

    Attributes:
        chat: the platform's name of her chat.
        accepted: whether her event got its 2xx.
        told: what the platform saw acknowledged, by question.
    """

    name: str
    channel: Channel
    user: str
    chat: str
    intent: Intent
    accepted: bool = False
    told: dict[str, int | str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def event_id(self) -> str:
        """The id of the one event that tells of her."""
        return f"event-{self.name}"


class Public:
    """All customers, with an eye on their chats."""

    def __init__(
        self, telegram: FakeTelegram, slack: FakeSlack, door: Callable[[], str], rng: Random
    ) -> None:
        """Take ``door`` for where Slack finds the app now."""
        self._telegram, self._slack, self._door, self._rng = telegram, slack, door, rng
        self._read = {Channel.TELEGRAM: 0, Channel.SLACK: 0}
        self._at_work = 0
        self.customers: dict[tuple[Channel, str], Customer] = {}
        self.acts = 0

    def born(self, channel: Channel, number: int) -> Customer:
        """Return a new customer, known to her platform."""
        name = f"{channel.value}-{number}"
        if channel is Channel.TELEGRAM:
            user = chat = str(self._telegram.user(1000 + number, "en").id)
        else:
            user = f"U{number}"
            self._slack.person(user, email=f"{name}@example.com", locale="en-US")
            chat = self._slack.dm(user)
        customer = Customer(
            name=name, channel=channel, user=user, chat=chat, intent=intent(self._rng, name)
        )
        self.customers[channel, chat] = customer
        return customer

    @property
    def idle(self) -> bool:
        """Say whether nobody is about to do anything."""
        return not self._at_work and not self._telegram.updates.waiting

    async def watch(self) -> None:
        """React to what arrives, for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for post in self._news():
                    customer = self.customers[post.channel, post.chat]
                    if post.step and post.step not in customer.seen:
                        customer.seen.add(post.step)
                        self._at_work += 1
                        tasks.create_task(self._react(customer, post))
                await asyncio.sleep(_LOOK)

    def _news(self) -> Iterator[Post]:
        read = self._read[Channel.TELEGRAM]
        for message in tuple(islice(self._telegram.messages.values(), read, None)):
            self._read[Channel.TELEGRAM] += 1
            yield telegram_post(message)
        for posted in self._slack.messages[self._read[Channel.SLACK] :]:
            self._read[Channel.SLACK] += 1
            yield slack_post(posted)

    async def _react(self, customer: Customer, post: Post) -> None:
        try:
            async with customer.turn:
                await asyncio.sleep(self._rng.uniform(0, 0.6))
                await (self._rate if post.step == "ask" else self._explain)(customer, post)
        finally:
            self._at_work -= 1

    async def _rate(self, customer: Customer, post: Post) -> None:
        for score in customer.intent.scores:
            await self._tap(customer, post, str(score))
            customer.told["score"] = score

    async def _explain(self, customer: Customer, post: Post) -> None:
        if customer.intent.chip is not None:
            await self._tap(customer, post, f"c.{customer.intent.chip}")
            customer.told["reason"] = customer.intent.chip
        elif customer.intent.comment is not None:
            await self._write(customer, customer.intent.comment)
            customer.told["comment"] = customer.intent.comment

    # --- acts that the platform carries until the app has taken them ---

    async def _tap(self, customer: Customer, post: Post, value: str) -> None:
        self.acts += 1
        if customer.channel is Channel.TELEGRAM:
            message = self._telegram.messages[int(post.chat), int(post.id)]
            await self._telegram.user(int(customer.user)).press(message, f"1:{post.token}:{value}")
            return
        shown = self._slack.message(post.chat, post.id)
        assert shown is not None
        button = {"type": "button", "action_id": "x", "value": f"1:{post.token}:{value}"}
        await self._deliver(customer, lambda hand: hand.tap(shown, button))

    async def _write(self, customer: Customer, text: str) -> None:
        self.acts += 1
        if customer.channel is Channel.TELEGRAM:
            await self._telegram.user(int(customer.user)).say(text)
            return
        said = SlackCustomer(self._slack, customer.user).words(text)
        await self._deliver(customer, lambda _: said)

    async def _deliver(
        self, customer: Customer, payload: Callable[[SlackCustomer], Mapping[str, Any]]
    ) -> None:
        """Deliver until it is acknowledged: Slack repeats an event, and a person taps once more."""
        hand = SlackCustomer(self._slack, customer.user)
        while not await self._taken(payload(hand)):
            await asyncio.sleep(_AGAIN)

    async def _taken(self, payload: Mapping[str, Any]) -> bool:
        self._slack.events_url = f"{self._door()}/slack/events"
        try:
            status, _ = await self._slack.deliver(payload)
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return False
        return status == 200
