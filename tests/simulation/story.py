"""What happens in one seed's world: sign-ups, orders and support cases, restarts, clocks put right."""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any

from standardwebhooks.webhooks import Webhook

from bot.app import App
from surveys.model import Channel, Purpose
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.asking import reconsider
from surveys.service.people import ConsentGiven, CustomerUpsert, attach, create_link, upsert
from tests.programs import varied
from tests.simulation.asgi import post
from tests.simulation.outside import World
from tests.simulation.people import HOUR, Customer, SlackHand, TelegramHand
from tests.simulation.platforms import Platform
from tests.simulation.process import Down
from tests.simulation.slack import TEAM, Slack
from tests.simulation.telegram import Telegram

SECRET = "whsec_" + base64.b64encode(b"the secret of our events").decode()
DAYS = 4
KINDS = ("order.paid", "order.paid", "order.delivered", "support.solved", "account.created")
UNDONE_BY = {"order.paid": "order.cancelled", "support.solved": "support.reopened"}
ZONES = ("Asia/Seoul", "Asia/Seoul", "America/New_York", "Europe/Helsinki")

Ask = Callable[[Callable[[App], Awaitable[Any]]], Awaitable[Any]]
"""Lets the running application do something; raises Down where nothing comes back."""


@cache
def program() -> Program:
    """Return the program of the simulation: short delays, reminders, one question a day for each customer."""
    short = {"after": "20m", "max_wait": "1d", "reminder": True}
    return varied(
        rules={"cap": {"asks": 1, "days": 1}, "cooldown_days": 1},
        triggers={
            "signup": {"after": "1m", "max_wait": "1d"},
            "checkout": short,
            "delivery": {"after": "2h", "max_wait": "2d"},
            "support": {"after": "5m", "max_wait": "6h"},
            "recommend": {"after": "3h", "max_wait": "1d"},
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An event that a sender was told is accepted."""

    source: str
    id: str
    type: str


class Story:
    """Tells itself to the application, which may be down at any time."""

    def __init__(self, world: World, ask: Ask) -> None:
        self._world = world
        self._ask = ask
        self._dice = world.dice("story")
        self.telegram, self.slack = Telegram(world), Slack(world)
        self.customers = [self._customer(n) for n in range(4)]
        self.accepted: list[Sent] = []

    def platforms(self) -> tuple[Platform, ...]:
        return self.telegram, self.slack

    def begin(self) -> None:
        """Plan everything."""
        for customer in self.customers:
            self._world.begin(self._signs_up(customer))
            for n in range(self._dice.choice((1, 2, 3))):
                at = self._dice.uniform(0.0, DAYS * 24 * HOUR)
                self._world.later(at, partial(self._happens, customer, n))
        for _ in range(self._dice.choice((0, 1, 1))):
            at = self._dice.uniform(HOUR, DAYS * 24 * HOUR)
            by = timedelta(minutes=self._dice.choice((-60, -1, 1, 60)))
            self._world.later(at, partial(self._world.clock.step, by))

    def restarts(self) -> list[float]:
        """Return when the operator restarts the server."""
        times = self._dice.choice((0, 1, 2))
        return sorted(self._dice.uniform(0.0, DAYS * 24 * HOUR) for _ in range(times))

    def _customer(self, n: int) -> Customer:
        platform: Platform = self.slack if n % 2 else self.telegram
        hand = SlackHand(self.slack) if n % 2 else TelegramHand(self.telegram)
        customer = Customer(
            name=f"c{n}",
            zone=ZONES[n],
            chat=f"D{n}" if n % 2 else str(500 + n),
            world=self._world,
            hand=hand,
            dice=self._world.dice(f"c{n}"),
        )
        platform.joins(customer.chat, customer)
        return customer

    # --- signing up ---

    async def _signs_up(self, customer: Customer) -> None:
        """The company tells of her; on Telegram she then opens the link that it shows her."""
        token = await self._insist(lambda app: app.storage.write(self._known(app, customer)))
        if token is not None:
            self._world.later(self._dice.uniform(1.0, HOUR), lambda: customer.starts(token))

    def _known(self, app: App, customer: Customer) -> Callable[[UnitOfWork], str | None]:
        now, ctx = app.ctx.now(), app.ctx
        agreed = ConsentGiven(
            purpose=Purpose.SERVICE_SURVEY, at=now, source="signup_form", text_version="1"
        )
        given = CustomerUpsert(id=customer.name, timezone=customer.zone, consents=(agreed,))

        def sign_up(tx: UnitOfWork) -> str | None:
            person = upsert(tx, given, now=now, new_id=ctx.new_id)
            if customer.hand.can_block:
                return create_link(
                    tx, person.id, Channel.TELEGRAM, now=now, new_token=ctx.new_token
                )
            user = customer.chat.replace("D", "U", 1)
            attach(
                tx, person.id, Channel.SLACK, account=TEAM, user=user, chat=customer.chat,
                locale=None, now=now, new_id=ctx.new_id,
            )  # fmt: skip
            reconsider(tx, ctx, person.id)
            return None

        return sign_up

    # --- events ---

    def _happens(self, customer: Customer, n: int) -> None:
        kind = self._dice.choice(KINDS)
        subject = f"{customer.name}-{n}"
        self._world.begin(self._tells(customer, kind, subject))
        if kind in UNDONE_BY and self._dice.random() < 0.3:
            later = self._dice.uniform(1.0, 2 * HOUR)
            undone = UNDONE_BY[kind]
            self._world.later(
                later, lambda: self._world.begin(self._tells(customer, undone, subject))
            )

    async def _tells(self, customer: Customer, kind: str, subject: str) -> None:
        """Post an event until it is accepted, and sometimes once more."""
        event = {
            "specversion": "1.0",
            "id": f"{subject}-{kind}",
            "source": "/shop",
            "type": kind,
            "subject": subject,
            "time": self._world.clock.now().isoformat(),
            "data": {"customer": {"id": customer.name}},
        }
        for again in range(1 + (self._dice.random() < 0.2)):
            status = await self._insist(lambda app: self._post(app, event))
            assert status == 202, (status, event)
            what = "repeated" if again else "accepted"
            self._world.write(what, customer.name, f"{subject}-{kind}", kind)
        self.accepted.append(Sent(source="/shop", id=f"{subject}-{kind}", type=kind))

    async def _post(self, app: App, event: dict[str, Any]) -> int:
        body, now = json.dumps(event), self._world.clock.now()
        message = str(event["id"])
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(message, now, body),
        }
        return await post(app.asgi, "/v1/events", body.encode(), headers)

    async def _insist(self, wanted: Callable[[App], Awaitable[Any]]) -> Any:
        """Try until it is done, as a sender that gets no answer does."""
        while True:
            try:
                return await self._ask(wanted)
            except Down:
                await self._world.rests(self._dice.uniform(1.0, 30.0))
