"""What our own side is told: digests, alerts, shared results. What a message is, and how its rows are kept.

Whoever has something to say adds a message with all its renderings; when and how it goes out is the sender's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from surveys.errors import InvalidInput
from surveys.model import Channel, Json

LONGEST_DESTINATION = 300
_SCHEMES = "slack:<channel or user id>, telegram:<chat id> or file:<path>"


class StaffState(StrEnum):
    """Where a message is: pending, sending (its request is begun), sent, failed, unknown (it may have arrived)."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBody:
    """What is said, written out for every kind of destination when the message is added.

    It is about many: no customer is named or quoted, since an erasure does not look in here.

    Attributes:
        text: plain text; alone it says everything, and notifications show its beginning.
        telegram: HTML as Telegram takes it; "" sends ``text``.
        blocks: Slack's blocks; none send ``text``.
        page: a whole HTML document, self-contained; "" writes ``text``.
    """

    text: str
    telegram: str = ""
    blocks: tuple[Mapping[str, Json], ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMessage:
    """A message to staff.

    Attributes:
        id: its name, given by whoever adds it: what may be added again after a crash is added under the same name.
        kind: ``digest``, ``alert``, ``share``.
        destination: see ``parse_place``.
        body: None once it has been sent.
        due_at: from when on it goes out; None once it has ended, or is unknown.
        fence: counts the claims; an outcome of an earlier claim than the last changes nothing.
        tries: requests that proved to have delivered nothing.
        ref: the platform's name of the message.
    """

    id: str
    kind: str
    destination: str
    body: StaffBody | None
    created_at: datetime
    due_at: datetime | None
    state: StaffState = StaffState.PENDING
    fence: int = 0
    tries: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    ref: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A destination that was read: the channel, or None for a file, and the name behind the colon."""

    channel: Channel | None
    name: str


def parse_place(destination: str) -> Place:
    """Return where a destination is; raises InvalidInput naming it.

    ``slack:C0123``, ``slack:U0123``, ``telegram:-100123`` or ``telegram:@name``, and ``file:weekly.html``: a path
    below the configured folder, without a part that leads out of it.
    """
    scheme, _, name = destination.partition(":")
    known = len(destination) <= LONGEST_DESTINATION and name.isprintable() and name == name.strip()
    if known and name and scheme == "file" and _stays_inside(name):
        return Place(None, name)
    if known and scheme == "slack" and name.isalnum() and name.isascii():
        return Place(Channel.SLACK, name)
    if known and scheme == "telegram" and _is_chat(name):
        return Place(Channel.TELEGRAM, name)
    raise InvalidInput("destination", f"{destination[:80]!r} must be {_SCHEMES}")


def _is_chat(name: str) -> bool:
    number = name.removeprefix("-")
    return (number.isascii() and number.isdecimal()) or (
        name.startswith("@") and name[1:].isidentifier() and name.isascii()
    )


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not path.is_absolute() and ".." not in path.parts and "\\" not in name and bool(path.name)
    )


class StaffMessages(Protocol):
    """Messages to staff. Unique on ``id``."""

    def add(self, message: StaffMessage) -> None:
        """Insert; raises AlreadyStored, so that what is added under one name goes out once."""

    def save(self, message: StaffMessage) -> None:
        """Replace."""

    def get(self, message_id: str) -> StaffMessage | None:
        """Return the message."""

    def claimable(self, now: datetime, limit: int) -> tuple[StaffMessage, ...]:
        """Claim pending messages due at or before now, earliest first (PostgreSQL: SKIP LOCKED).

        Left out are those to a destination to which one is ``sending``.
        """

    def overdue_sending(self, started_before: datetime, limit: int) -> tuple[StaffMessage, ...]:
        """Claim messages in state sending that were started before the instant."""

    def count(self, state: StaffState) -> int:
        """Count the messages in this state."""

    def newest(self, limit: int) -> tuple[StaffMessage, ...]:
        """Return the newest messages, newest first (by insertion); it locks nothing."""

    def forget_ended(self, before: datetime, limit: int) -> int:
        """Delete sent and failed messages that ended before the instant, earliest first; return how many."""

    def count_ended(self, before: datetime) -> int:
        """Count the messages that ended before the instant."""

    def next_due(self) -> datetime | None:
        """Return when the next one can be sent, or given up as unknown."""
