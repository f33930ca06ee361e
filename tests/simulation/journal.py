"""What the platforms, the senders and the customers saw: the outside's own record, against which ours is held."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened outside the application.

    Attributes:
        at: virtual second.
        what: ``request``, ``post``, ``edit``, ``look``, ``act``, ``ack``, ``event``, ``accepted``, ``note``.
        who: the customer or sender.
        key: the delivery, or the identity of the act or event.
        detail: the kind of message, or what was done.
    """

    at: float
    what: str
    who: str = ""
    key: str = ""
    detail: str = ""

    def line(self) -> str:
        return f"{self.at:14.6f} {self.what:9} {self.who:8} {self.key} {self.detail}".rstrip()


class Journal:
    """Entries in the order in which they were made."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def of(self, what: str) -> list[Entry]:
        return [entry for entry in self._entries if entry.what == what]

    def text(self) -> str:
        return "".join(f"{entry.line()}\n" for entry in self._entries)
