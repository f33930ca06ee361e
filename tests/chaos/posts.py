"""What stands in the platforms' chats, in terms that the ledger can be held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveys.model import Channel, Json
from tests.fakes.slack import FakeSlack
from tests.fakes.slack import Message as SlackMessage
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_people import Message as TelegramMessage

THANKS = "Thank you for every word."  # as in program.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One new message that a platform took.

    Attributes:
        chat: the platform's name of the chat.
        mark: what tells which delivery it was: our key where the platform keeps it (Slack), the token of
            its buttons, or, without any, what it says.
        step: ``ask`` or ``why`` by its buttons, else "".
        id: the platform's name of the message.
    """

    channel: Channel
    chat: str
    mark: str
    step: str = ""
    token: str = ""
    id: str = ""


def posts(telegram: FakeTelegram, slack: FakeSlack) -> Iterator[Post]:
    """Yield every message that the two platforms ever took from the app, as it was when they took it."""
    for call in telegram.calls("sendMessage"):
        if call.acted:
            markup = call.arguments.get("reply_markup") or {"inline_keyboard": []}
            chat, text = str(call.arguments["chat_id"]), str(call.arguments["text"])
            yield _telegram(chat, text, markup["inline_keyboard"])
    yield from map(slack_post, slack.messages)


def telegram_post(message: TelegramMessage) -> Post:
    """Read a message that has just come; an edit may take its buttons away."""
    return _telegram(str(message.chat_id), message.html, message.keyboard, str(message.message_id))


def _telegram(chat: str, text: str, keyboard: Sequence[Sequence[Json]], number: str = "") -> Post:
    token, step = _told([button["callback_data"] for row in keyboard for button in row])
    mark = token or ("thanks" if THANKS in text else "notice")
    return Post(channel=Channel.TELEGRAM, chat=chat, mark=mark, step=step, token=token, id=number)


def slack_post(message: SlackMessage) -> Post:
    """Read a message as it was first sent."""
    first: Sequence[Mapping[str, Any]] = message.versions[0] if message.versions else ()
    rows = [block["elements"] for block in first if block["type"] == "actions"]
    token, step = _told([button["value"] for row in rows for button in row])
    return Post(
        channel=Channel.SLACK,
        chat=message.channel,
        mark=message.metadata["event_payload"]["key"],
        step=step,
        token=token,
        id=message.ts,
    )


def _told(values: Sequence[str]) -> tuple[str, str]:
    """Return the token of a message's buttons, and which question they answer."""
    parts = [value.split(":", 2) for value in values]
    token = parts[0][1] if parts else ""
    answers = [part[2] for part in parts]
    if any(answer.isdigit() for answer in answers):
        return token, "ask"
    return token, "why" if any(answer.startswith("c.") for answer in answers) else ""
