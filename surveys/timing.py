"""When an ask may go out: local zones, quiet hours, holidays, and the least instant they all allow."""

from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from surveys.journey import Frozen

CLOCK_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class QuietHours(Frozen):
    """Local times of the day, ``HH:MM``, from ``start`` up to but not including ``end``.

    ``end`` before ``start`` crosses midnight; equal times mean no quiet hours.
    """

    start: str = Field(default="21:00", pattern=CLOCK_TIME)
    end: str = Field(default="08:00", pattern=CLOCK_TIME)

    @property
    def begins(self) -> time:
        """``start`` as a time of day."""
        return time.fromisoformat(self.start)

    @property
    def ends(self) -> time:
        """``end`` as a time of day."""
        return time.fromisoformat(self.end)


def zone_known(name: str) -> bool:
    """Say whether ``name`` is an IANA time zone, e.g. ``Asia/Seoul``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_of(name: str | None, fallback: str) -> tuple[ZoneInfo, bool]:
    """Return the zone, and whether to warn: ``name`` is unknown, so ``fallback`` (else UTC) is used."""
    for candidate in (name, fallback, "UTC"):
        if candidate and zone_known(candidate):
            return ZoneInfo(candidate), candidate != name
    raise AssertionError("tzdata always knows UTC")  # pragma: no cover


def holidays_known(country: str) -> bool:
    """Say whether the public holidays of this country code (``KR``) are known."""
    import holidays  # noqa: PLC0415  # half a second that most programs do not need

    return country in holidays.list_supported_countries(include_aliases=False)
