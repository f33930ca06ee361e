"""The port behind which every vendor's webhook is one small module."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from bot.intake.instants import loose_instant
from bot.intake.places import Place
from bot.strict_json import parse_object
from surveys.errors import InvalidInput
from surveys.model import Event, Json

MAX_AHEAD: Final = timedelta(hours=24)
MAX_TAG: Final = 100
MAX_TAGS: Final = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One verified request of a vendor.

    Attributes:
        source: ``<vendor>:<connection>``, the source of every event read from it.
        headers: looked up without regard to case.
    """

    source: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    def object(self) -> Place:
        """Return the body as a JSON object; raises InvalidInput."""
        return Place(parse_object(self.body))

    def composed_id(self, topic: str, subject: str) -> str:
        """Return an id for a notice that has none; a repeat of the same bytes gets the same."""
        digest = hashlib.sha256(self.body).hexdigest()[:32]
        return f"{topic}:{subject}:{digest}"[:256]

    def when(self, stated: datetime | None) -> tuple[datetime, bool]:
        """Return when it happened and whether the vendor said so; raises InvalidInput if to come."""
        if stated is not None and stated > self.received_at + MAX_AHEAD:
            raise InvalidInput("time", "lies more than 24 hours in the future")
        return stated or self.received_at, stated is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A genuine notice that is no event of ours; answered 200 so that the vendor doesn't repeat it."""

    reason: str


class Vendor(Protocol):
    """One vendor's way of signing and of telling what happened. Stateless.

    A module in ``bot.intake.vendors`` defines one as ``VENDOR``; nothing else has to know it.
    """

    @property
    def name(self) -> str:
        """Return the name in the hook's path, ``[a-z0-9_]+``."""

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Return if one of the secrets signed the body; raises SignatureRefused, and nothing else.

        Compares in constant time, and refuses a timestamp more than five minutes away where the
        scheme has one. ``headers`` are looked up without regard to case.
        """

    def read(self, notice: Notice) -> tuple[Event, ...] | Ignored:
        """Return what happened, or why it is nothing to us.

        Raises InvalidInput, and nothing else, naming the place of whatever is malformed. The same
        notice read twice gives events of the same ids. Every event of one order or ticket has the
        same subject, or shares a ref with it.
        """


def stated(**values: Json) -> dict[str, Json]:
    """Return the values that say something."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def told(read: Callable[[], T | None]) -> T | None:
    """Return what is read, None where it is malformed: what only adorns an event must not lose it."""
    try:
        return read()
    except InvalidInput:
        return None


def email_of(place: Place) -> str | None:
    """Return the e-mail; what a shopper mistyped is none, and no reason to lose the order."""
    return told(place.email)


def locale_of(place: Place) -> str | None:
    """Return the language tag, or None where the vendor writes something else."""
    return told(place.locale)


def time_of(place: Place) -> datetime | None:
    """Return the time in whichever ISO 8601 form the vendor writes it; None for anything else."""
    text = told(place.name)
    return None if text is None else loose_instant(text)


def word_of(place: Place) -> str | None:
    """Return a status in lower case: the same vendor writes it in capitals elsewhere."""
    text = place.text()
    return None if text is None else text.lower()


def words(place: Place, separator: str | None) -> list[str]:
    """Return tags: an array, or one text parted by ``separator`` (None: white space)."""
    if isinstance(place.value, str):
        parts = [part.strip() for part in place.value.split(separator)]
    else:
        parts = [str(entry.value).strip() for entry in place.entries()]
    return [part[:MAX_TAG] for part in parts[:MAX_TAGS] if part]


def distinct(*names: str | None) -> tuple[str, ...]:
    """Return the names that are there, each once, in order."""
    return tuple(dict.fromkeys(name for name in names if name))
