"""A customer's chat, whatever the platform: what stands in it, and what she can do there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.e2e.deployment import Deployment, until


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it stands now. ``buttons``: label by value, in reading order."""

    id: str
    text: str
    token: str = ""
    buttons: Mapping[str, str] | None = None

    @property
    def values(self) -> list[str]:
        return list(self.buttons or {})

    @property
    def scores(self) -> list[str]:
        return [value for value in self.values if value.isdigit()]

    @property
    def chips(self) -> list[str]:
        return [value for value in self.values if value.startswith("c.")]


class Chat(Protocol):
    """One customer in one chat."""

    async def see(self) -> Sequence[Shown]:
        """Return the messages since she joined, oldest first."""

    async def press(self, shown: Shown, token: str, value: str) -> None:
        """Press a button on a message, with whatever token and value a client may claim."""

    async def type(self, text: str) -> None:
        """Write into the chat."""

    async def again(self) -> None:
        """Let the platform deliver the last act once more."""

    async def send_unreadable(self) -> bool:
        """Send a voice message or a photo; False where the platform has none."""

    def toasts(self) -> Sequence[str]:
        """Return the short lines shown with her taps."""


class Platform(Protocol):
    """A chat platform under test, before and after the application is up."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The settings that connect the application to it."""

    def meet(self, url: str) -> None:
        """Learn where the application will be."""

    async def ready(self) -> None:
        """Wait until the application is connected."""

    async def join(
        self, deployment: Deployment, name: str, language: str, number: int = 1
    ) -> "Chat":
        """Make a customer known, with consent, and return her chat."""


async def tap(chat: Chat, shown: Shown, value: str) -> None:
    """Tap a button that is there."""
    assert value in shown.values, shown
    await chat.press(shown, shown.token, value)


async def seen(chat: Chat, count: int) -> Sequence[Shown]:
    """Wait for so many messages; more are wrong."""
    return await waited(chat, lambda shown: len(shown) >= count)


async def waited(chat: Chat, fact: Callable[[Sequence[Shown]], bool]) -> Sequence[Shown]:
    """Return the messages once they are as wanted."""

    async def look() -> Sequence[Shown]:
        shown = await chat.see()
        return shown if shown and fact(shown) else ()

    found: Sequence[Shown] = await until(look)
    return found
