"""Dates as a spreadsheet keeps them and writes them where a cell's format is lost: 45800.5 is noon of 2025-05-23.

Days are counted as the 1900 date system does, which takes 1900 for a leap year, so that from March 1900 on day 0 is
1899-12-30 (ECMA-376, part 1, 18.17.4.1).
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_SERIAL: Final = re.compile(r"(\d{5})(?:[.,](\d{1,20}))?")
_DAY_0: Final = datetime(1899, 12, 30, tzinfo=UTC)
_NOON: Final = timedelta(hours=12)


def serial_instant(cell: str, zone: tzinfo) -> datetime | None:
    """Return the instant in UTC, to the second, of a number of days in a zone; noon of a day without a time."""
    match = _SERIAL.fullmatch(cell.strip())
    if match is None:
        return None
    time = timedelta(days=float(f"0.{match[2]}")) if match[2] else _NOON
    local = _DAY_0 + timedelta(days=int(match[1]), seconds=round(time.total_seconds()))
    return local.replace(tzinfo=zone).astimezone(UTC)
