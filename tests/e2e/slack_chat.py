"""A Slack customer of the fake workspace."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.e2e.chats import Shown
from tests.e2e.deployment import Deployment, until
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_customer import Answer, Customer

RETRIES = 3
NOT_TAKEN = (0, 503)
"""No acknowledgement in time, and too busy to store it."""


@dataclass(slots=True)
class SlackChat:
    """See tests.e2e.chats.Chat."""

    slack: FakeSlack
    customer: Customer

    async def see(self) -> Sequence[Shown]:
        return [_shown(message) for message in self.customer.messages]

    async def press(self, shown: Shown, token: str, value: str) -> None:
        message = self.slack.message(self.customer.dm, shown.id)
        assert message is not None
        button = {"type": "button", "action_id": "x", "value": f"1:{token}:{value}"}
        await self._taken(await self.customer.send(self.customer.tap(message, button)))

    async def type(self, text: str) -> None:
        await self._taken(await self.customer.say(text))

    async def again(self) -> None:
        await self._taken(await self.customer.again())

    async def send_unreadable(self) -> bool:
        await self._taken(await self.customer.say("", subtype="file_share", files=[{"id": "F1"}]))
        return True

    async def _taken(self, answer: Answer) -> None:
        """Deliver the last act again while the app is too busy to take it, at most as often as Slack does."""
        for retry in range(1, RETRIES + 1):
            if answer[0] in NOT_TAKEN:
                answer = await self.customer.again(retry=retry)
        assert answer[0] == 200

    def toasts(self) -> Sequence[str]:
        return [one["text"] for one in self.slack.ephemerals if one["user"] == self.customer.user]


@dataclass(slots=True)
class SlackPlatform:
    """See tests.e2e.chats.Platform."""

    slack: FakeSlack
    socket: bool

    @property
    def environ(self) -> Mapping[str, str]:
        app_token = {"AFTERTOUCH_SLACK_APP_TOKEN": self.slack.app_token} if self.socket else {}
        return app_token | {
            "AFTERTOUCH_SLACK_BOT_TOKEN": self.slack.token,
            "AFTERTOUCH_SLACK_SIGNING_SECRET": self.slack.secret,
            "AFTERTOUCH_SLACK_BASE_URL": self.slack.base_url,
        }

    def meet(self, url: str) -> None:
        self.slack.events_url = f"{url}/slack/events"

    async def ready(self) -> None:
        async def connected() -> bool:
            return any(not socket.closed for socket in self.slack.sockets)

        if self.socket:
            await until(connected)

    async def join(
        self, deployment: Deployment, name: str, language: str, number: int = 1
    ) -> SlackChat:
        """No link at all: a verified e-mail and a consent are enough."""
        self.slack.clock = lambda: deployment.clock.now().timestamp()
        user, email = f"U{number}", f"{name}@example.com"
        self.slack.person(user, email=email)
        await deployment.customer(
            name,
            locale=language,
            email=email,
            email_verified=True,
            consent=[deployment.consent()],
        )
        return SlackChat(self.slack, Customer(self.slack, user))


def _shown(message: Message) -> Shown:
    words = []
    for block in message.blocks:
        words += [block["text"]["text"]] if block["type"] == "section" else []
        words += [e["text"] for e in block["elements"]] if block["type"] == "context" else []
    parts = [button["value"].split(":", 2) for button in message.buttons]
    labels = [button["text"]["text"] for button in message.buttons]
    buttons = {part[2]: label for part, label in zip(parts, labels, strict=True)}
    return Shown(message.ts, "\n".join(words), parts[0][1] if parts else "", buttons)


@asynccontextmanager
async def slack(*, socket: bool) -> AsyncIterator[SlackPlatform]:
    async with FakeSlack() as fake:
        yield SlackPlatform(fake, socket)
