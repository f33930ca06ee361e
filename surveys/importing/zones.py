"""The zone of times that name none: as told, as their column's header names it, else the company's."""

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from surveys.errors import InvalidInput
from surveys.timing import zone_known

_IANA: Final = re.compile(r"[A-Za-z_]+(?:/[A-Za-z_+-]+)+")
_OFFSET: Final = re.compile(r"\b(?:UTC|GMT)?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?=[\s)\]]|$)")
_NAME: Final = re.compile(r"\b(?:UTC|GMT|KST|JST)\b", re.IGNORECASE)
_OTHER: Final = re.compile(r"[(\[]\s*([A-Z]{2,4}T)\s*[)\]]")
_NINE: Final = timezone(timedelta(hours=9))


class HowZone(StrEnum):
    """Where a zone comes from."""

    TOLD = "told"
    HEADER = "header"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, what it is called, and where it comes from."""

    name: str
    at: tzinfo
    how: HowZone


def zone_for(told: str | None, header: str, company: str) -> Zone:
    """Return the zone of a column of times; raises InvalidInput for one that isn't known, or may be several."""
    if told is not None:
        if not zone_known(told):
            raise InvalidInput("zone", f"{told!r} is not a time zone such as Asia/Seoul")
        return Zone(told, ZoneInfo(told), HowZone.TOLD)
    return _named_in(header) or Zone(company, ZoneInfo(company), HowZone.COMPANY)


def _named_in(header: str) -> Zone | None:
    """Return the zone that a header names: ``Rated at (America/New_York)``, ``Date (UTC+9)``, ``일시(KST)``."""
    for name in _IANA.findall(header):
        if zone_known(name):
            return Zone(name, ZoneInfo(name), HowZone.HEADER)
    if offset := _OFFSET.search(header):
        return Zone(offset[0].strip(), _fixed(offset), HowZone.HEADER)
    if name := _NAME.search(header):
        said = name[0].upper()
        return Zone(said, UTC if said in ("UTC", "GMT") else _NINE, HowZone.HEADER)
    if other := _OTHER.search(header):
        problem = (
            f"{header!r} names {other[1]}, which may be several; say --zone, such as Asia/Seoul"
        )
        raise InvalidInput("zone", problem)
    return None


def _fixed(offset: re.Match[str]) -> tzinfo:
    minutes = min(int(offset[2]) * 60 + int(offset[3] or 0), 14 * 60)
    return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
