"""The customers of the fake Telegram and what they see."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveys.model import Json

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


@dataclass(slots=True, kw_only=True)
class Message:
    """A message of the bot as the customer sees it now; ``texts`` are all its versions."""

    chat_id: int
    message_id: int
    date: int
    html: str
    texts: list[str]
    keyboard: list[list[dict[str, Json]]]

    @property
    def text(self) -> str:
        return self.texts[-1]

    @property
    def labels(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.keyboard]

    def data(self, label: str) -> str:
        found = [b["callback_data"] for row in self.keyboard for b in row if b["text"] == label]
        assert found, f"no button {label!r} in {self.labels}"
        return str(found[0])


class FakeUser:
    """A customer with a phone."""

    def __init__(self, telegram: "FakeTelegram", user_id: int, language: str | None) -> None:
        self._telegram = telegram
        self.id = user_id
        self.language = language
        self.toasts: list[str] = []
        self.blocked = False
        self.known = False
        self.moved_to: int | None = None

    @property
    def messages(self) -> list[Message]:
        """What the bot has written to this customer, oldest first."""
        return [m for m in self._telegram.messages.values() if m.chat_id == self.id]

    @property
    def last(self) -> Message:
        return self.messages[-1]

    def account(self) -> dict[str, Json]:
        account = {"id": self.id, "is_bot": False, "first_name": f"고객 {self.id}"}
        return {**account, "language_code": self.language} if self.language else account

    def chat(self) -> dict[str, Json]:
        if self.moved_to is not None:
            return {"id": self.moved_to, "type": "supergroup", "title": f"고객 {self.id}"}
        return {"id": self.id, "type": "private", "first_name": f"고객 {self.id}"}

    async def start(self, payload: str = "") -> Json:
        """Open the bot, perhaps by a deep link."""
        return await self.say(f"/start {payload}".strip())

    async def say(self, text: str) -> Json:
        return await self.send(text=text)

    async def send(self, **content: Json) -> Json:
        """Send a message with any content, e.g. ``voice={...}``."""
        self.known = True
        message = {**self._telegram.stamp(), "from": self.account(), "chat": self.chat(), **content}
        return await self._telegram.emit("message", message)

    async def edit(self, said: Json, text: str) -> Json:
        """Change a message that was said, given as its update."""
        date = self._telegram.stamp()["date"]
        edited = {**said["message"], "text": text, "edit_date": date}
        return await self._telegram.emit("edited_message", edited)

    async def tap(self, message: Message, label: str) -> Json:
        """Press the button of that label on the message as it is now."""
        return await self.press(message, message.data(label))

    async def press(self, message: Message | None, data: str) -> Json:
        """Press with any data, as a client may claim; without a message it is inaccessible to the bot."""
        query = {
            "id": self._telegram.new_query(self),
            "from": self.account(),
            "chat_instance": str(self.id),
            "data": data,
        }
        if message:
            query["message"] = self._telegram.as_json(message)
        return await self._telegram.emit("callback_query", query)

    async def block(self) -> Json:
        self.blocked = True
        return await self._membership("member", "kicked")

    async def unblock(self) -> Json:
        self.blocked = False
        return await self._membership("kicked", "member")

    async def _membership(self, old: str, new: str) -> Json:
        bot = self._telegram.me()
        change = {
            "chat": self.chat(),
            "from": self.account(),
            "date": self._telegram.stamp()["date"],
            "old_chat_member": _member(bot, old),
            "new_chat_member": _member(bot, new),
        }
        return await self._telegram.emit("my_chat_member", change)


def _member(bot: Json, status: str) -> dict[str, Json]:
    member = {"user": {k: bot[k] for k in ("id", "is_bot", "first_name")}, "status": status}
    return {**member, "until_date": 0} if status == "kicked" else member
