"""A place in somebody else's JSON: reads one value and, where it is malformed, says where that is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from bot.intake.instants import from_epoch, instant
from surveys.errors import InvalidInput
from surveys.model import Identifier, Json

# Characters. Two of these make a unique key, and an index entry of PostgreSQL ends at 2704 bytes.
MAX_NAME: Final = 256
MAX_ENTRIES: Final = 100
RESERVED_NAMESPACES: Final = frozenset({"id", "email", "email_hint"})

_EMAIL: Final = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]{1,190}")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")


@dataclass(frozen=True, slots=True)
class Place:
    """A value and its path. Every reader takes null and absence for None and raises InvalidInput."""

    value: Json
    path: str = ""

    def at(self, key: str) -> "Place":
        """Return the member of an object; of nothing, nothing."""
        path = f"{self.path}.{key}" if self.path else key
        if self.value is None:
            return Place(None, path)
        if not isinstance(self.value, dict):
            raise self.refusal("must be an object")
        return Place(self.value.get(key), path)

    def first(self, *keys: str) -> "Place":
        """Return the first of these members that says anything, else the last."""
        places = [self.at(key) for key in keys]
        return next((place for place in places if place.value not in (None, "")), places[-1])

    def entries(self, *, most: int | None = None) -> Iterator["Place"]:
        """Yield the items of an array of at most ``most``."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.refusal("must be an array")
        if most is not None and len(self.value) > most:
            raise self.refusal(f"must have at most {most} entries")
        for index, value in enumerate(self.value):
            yield Place(value, f"{self.path}[{index}]")

    def text(self, *, most: int = MAX_NAME) -> str | None:
        """Return a text of at most ``most`` characters, stripped; a blank one is None."""
        if self.value is None:
            return None
        if not isinstance(self.value, str):
            raise self.refusal("must be a text")
        if len(self.value) > most:
            raise self.refusal(f"must have at most {most} characters")
        return self.value.strip() or None

    def needed(self, *, most: int = MAX_NAME) -> str:
        """Return a text that must be there."""
        text = self.text(most=most)
        if text is None:
            raise self.refusal("is missing" if self.value is None else "must not be blank")
        return text

    def name(self) -> str | None:
        """Return an id as text; some systems write the same id as number and as text."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return Place(str(self.value), self.path).text()
        return self.text()

    def needed_name(self) -> str:
        """Return an id that must be there."""
        name = self.name()
        if name is None:
            raise self.refusal("is missing")
        return name

    def flag(self) -> bool | None:
        """Return true or false."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        raise self.refusal("must be true or false")

    def number(self) -> float | None:
        """Return a number, or None where there is none to be read: amounts come in many forms."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | str):
            return None
        try:
            found = float(self.value)
        except (ValueError, OverflowError):
            return None
        return found if abs(found) < float("inf") else None

    def instant(self) -> datetime | None:
        """Return an RFC 3339 time."""
        text = self.text()
        return None if text is None else instant(text, self.path)

    def epoch(self) -> datetime | None:
        """Return a time given in Unix seconds, as a number or as its digits."""
        if self.value is None:
            return None
        seconds = self.number()
        if seconds is None:
            raise self.refusal("must be seconds since 1970")
        return from_epoch(seconds, self.path)

    def email(self) -> str | None:
        """Return an e-mail address, casefolded."""
        text = self.text()
        if text is None:
            return None
        if not _EMAIL.fullmatch(text):
            raise self.refusal("must be one e-mail address")
        return text.casefold()

    def locale(self) -> str | None:
        """Return a language tag like ``ko`` or ``ko-KR``."""
        text = self.text()
        if text is None:
            return None
        if not _LOCALE.fullmatch(text):
            raise self.refusal("must be a language tag like ko or ko-KR")
        return text.replace("_", "-")

    def timezone(self) -> str | None:
        """Return an IANA zone."""
        text = self.text()
        if text is not None and text not in _zones():
            raise self.refusal("must be an IANA time zone like Asia/Seoul")
        return text

    def identifiers(self) -> tuple[Identifier, ...]:
        """Return ``[{namespace, value}]``, each once."""
        found = dict.fromkeys(entry.identifier() for entry in self.entries(most=MAX_ENTRIES))
        return tuple(found)

    def identifier(self) -> Identifier:
        """Return ``{namespace, value}``; the reserved namespaces are ours."""
        if self.value is None:
            raise self.refusal("must be an object")
        namespace = self.at("namespace").needed()
        if namespace in RESERVED_NAMESPACES:
            raise self.at("namespace").refusal(f"{namespace} is reserved")
        return Identifier(namespace=namespace, value=self.at("value").needed())

    def refusal(self, problem: str) -> InvalidInput:
        """Return the error that says what is wrong here."""
        return InvalidInput(self.path, problem)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
