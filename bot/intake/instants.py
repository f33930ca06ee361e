"""Reads the times that other systems write."""

import re
from datetime import UTC, datetime
from typing import Final

from surveys.errors import InvalidInput

# RFC 3339; Zendesk and Go programs write nine digits of a second, Python keeps six.
_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_EPOCH: Final = 253_000_000_000  # seconds; the year 9987, far from datetime's own end


def instant(text: str, where: str) -> datetime:
    """Return the UTC time of an RFC 3339 text; raises InvalidInput naming ``where``."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise InvalidInput(where, "must be an RFC 3339 time with a zone, like 2026-11-21T09:00:00Z")
    day, clock, fraction, zone = match.groups()
    micros = (fraction or "0")[:6].ljust(6, "0")
    offset = "+00:00" if zone in "Zz" else zone
    try:
        found = datetime.fromisoformat(f"{day}T{clock}.{micros}{offset}").astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise InvalidInput(where, "is no time of any calendar") from exc
    if found < EARLIEST:
        raise InvalidInput(where, "lies before 1970")
    return found


def loose_instant(text: str) -> datetime | None:
    """Return the UTC time of any ISO 8601 text, UTC where it names no zone; None for other texts."""
    try:
        stated = datetime.fromisoformat(text.strip())
        found = stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return _finer_than_ours(text)
    return found if found >= EARLIEST else None


def _finer_than_ours(text: str) -> datetime | None:
    try:
        return instant(text.strip(), "")
    except InvalidInput:
        return None


def from_epoch(seconds: float, where: str) -> datetime:
    """Return the UTC time of Unix seconds; raises InvalidInput naming ``where``."""
    if not 0 <= seconds <= _LATEST_EPOCH:
        raise InvalidInput(where, "must be seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
