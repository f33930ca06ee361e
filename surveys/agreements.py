"""What a customer's consent ledger says now: per purpose the newest entry counts, and a marketing one for two years only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from surveys.model import Consent, Purpose

RECONFIRMED_AFTER_YEARS: Final = 2
"""Korea, Network Act §50(8): whoever advertises asks again every two years whether the consent still holds."""


class Standing(StrEnum):
    """``none``: never asked. ``lapsed``: granted, and too long ago to count without being confirmed."""

    NONE = "none"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How a purpose stands, by which entry, and until when a granted one counts; None for as long as she likes."""

    standing: Standing
    entry: Consent | None = None
    until: datetime | None = None


def agreement(consents: Sequence[Consent], purpose: Purpose, now: datetime) -> Agreement:
    """Return how the purpose stands. ``consents`` are one person's, oldest first."""
    entry = next((c for c in reversed(consents) if c.purpose is purpose), None)
    if entry is None:
        return Agreement(standing=Standing.NONE)
    if not entry.granted:
        return Agreement(standing=Standing.WITHDRAWN, entry=entry)
    until = good_until(entry)
    lapsed = until is not None and now >= until
    standing = Standing.LAPSED if lapsed else Standing.GRANTED
    return Agreement(standing=standing, entry=entry, until=until)


def good_until(consent: Consent) -> datetime | None:
    """Return when a granted consent has to be confirmed; None where it need not be."""
    if consent.purpose is not Purpose.MARKETING:
        return None
    return _years_after(consent.at, RECONFIRMED_AFTER_YEARS)


def _years_after(at: datetime, years: int) -> datetime:
    """Return the same day of a later year; of 29 February the day before it, where there is none."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, day=at.day - 1)
