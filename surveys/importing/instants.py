"""Reads points in time as files write them, in Korean and English, with and without a zone."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Final

from surveys.importing.causes import BadCell
from surveys.importing.serials import serial_instant

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
NOON: Final = time(12)
"""A day without a time is its noon, so that it is the same day in every zone near by."""


class Order(StrEnum):
    """In which order a date's numbers stand where its year is last, or has two digits."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


_NAMES: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS: Final = {name: number for number, name in enumerate(_NAMES.split(), start=1)}
_CLOCK: Final = (
    r"(?:(?:[t\s,]+|\s+at\s+)(?P<half>오전|오후|am|pm|a\.m\.|p\.m\.)?\s*(?P<hour>\d{1,2})(?:[:시]\s*(?P<minute>\d{1,2}))?"
    r"(?:[:분]\s*(?P<second>\d{1,2})(?:[.,]\d{1,9})?)?[분초]?\s*(?P<behind>am|pm|a\.m\.|p\.m\.|오전|오후)?)?"
)
_ZONE: Final = (
    r"\s*(?P<zone>(?:utc|gmt)\s?[+-]\d{1,2}(?::?\d{2})?|z|utc|gmt|kst|jst|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
    r"(?:(?<=\d)\s(?:\([^)]*\)|utc|kst|jst)|(?<=[\dz])\[[^]]*\])?\s*"
)
"""What is several zones, as BST or CST are, is read as none of them. After an offset its name may stand."""

_YEAR_FIRST: Final = r"(?P<year>\d{4})\s*(?:[-./]|년)\s*(?P<month>\d{1,2})\s*(?:[-./]|월)\s*(?P<day>\d{1,2})\s*(?:일|\.)?(?:\s*(?:\([^)]*\)|[월화수목금토일]요일))?"
_COMPACT: Final = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_COMPACT_CLOCK: Final = r"t?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
_NUMBERS: Final = r"(?P<a>\d{1,2})(?P<mark>[-./])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{2}|\d{4})\.?"
_NAMED: Final = (
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<name>[a-z]{3})[a-z]*\.?,?|(?P<name2>[a-z]{3})[a-z]*\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?)"
    r"[\s-]+(?P<year>\d{4})"
)
_NAMED_SHORT: Final = r"(?P<day>\d{1,2})-(?P<name>[a-z]{3})-(?P<year>\d{2})"
"""As Oracle writes days; a year of two digits is of this century."""

_WEEKDAY: Final = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+")
_NUMBERS_FIRST: Final = re.compile(_NUMBERS + _CLOCK + _ZONE)
_SHAPES: Final = (
    re.compile(_YEAR_FIRST + _CLOCK + _ZONE),
    _NUMBERS_FIRST,
    *(re.compile(shape + _CLOCK + _ZONE) for shape in (_COMPACT, _NAMED, _NAMED_SHORT)),
    re.compile(_COMPACT + _COMPACT_CLOCK + _ZONE),
)
_OFFSET: Final = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")
_EPOCH: Final = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")
_NINE: Final = timezone(timedelta(hours=9))
_ZONES: Final = {"z": UTC, "utc": UTC, "gmt": UTC, "kst": _NINE, "jst": _NINE}


@dataclass(frozen=True, slots=True)
class _Parts:
    year: int
    month: int
    day: int
    clock: time | None
    zone: tzinfo | None


def looks_like_instant(cell: str) -> bool:
    """Say whether a cell can be read as a date in some order."""
    return any(_readings(cell, UTC, Order).values())


def fitting_orders(cell: str, now: datetime) -> frozenset[Order]:
    """Return the orders in which a cell is a date of the past; none where it is no date at all."""
    latest = now + timedelta(days=1)
    found = _readings(cell, UTC, Order)
    return frozenset(order for order, at in found.items() if at and EARLIEST <= at <= latest)


def is_serial(cell: str, now: datetime) -> bool:
    """Say whether a cell is the number of a day since 2000 as a spreadsheet counts them."""
    at = serial_instant(cell, UTC)
    return at is not None and EARLIEST <= at <= now + timedelta(days=1)


def read_instant(cell: str, zone: tzinfo, order: Order | None, now: datetime) -> datetime:
    """Return the instant in UTC; raises BadCell saying what is wrong with it.

    ``zone`` is that of a cell that names none. ``order`` None refuses what can be read in several.
    """
    if not cell.strip():
        raise BadCell("empty")
    read = _readings(cell, zone, (order,) if order else Order)
    found = {at for at in read.values() if at is not None}
    if len(found) > 1:
        raise BadCell("dates")
    if not found:
        raise BadCell("serial" if is_serial(cell, now) else "date")
    return _within(found.pop(), now)


def _within(at: datetime, now: datetime) -> datetime:
    if at < EARLIEST:
        raise BadCell("early")
    if at > now + timedelta(days=1):
        raise BadCell("future")
    return at


def _readings(cell: str, zone: tzinfo, orders: Iterable[Order]) -> Mapping[Order, datetime | None]:
    """Return what a cell says in each order; only numbers with their year last depend on it."""
    text = _folded(cell)
    match = next((found for shape in _SHAPES if (found := shape.fullmatch(text))), None)
    if match is not None and match.re is _NUMBERS_FIRST:
        return {order: _instant(match, zone, order) for order in orders}
    at = _instant(match, zone, Order.YEAR_FIRST) if match else _epoch(text)
    return dict.fromkeys(orders, at)


def _folded(cell: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", cell).casefold().split())
    return _WEEKDAY.sub("", text)


def _epoch(text: str) -> datetime | None:
    match = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _instant(match: re.Match[str], zone: tzinfo, order: Order) -> datetime | None:
    parts = _parts(match.groupdict(), order)
    return None if parts is None else _put_together(parts, zone)


def _put_together(parts: _Parts, zone: tzinfo) -> datetime | None:
    try:
        day = datetime(parts.year, parts.month, parts.day, tzinfo=parts.zone or zone)
        return datetime.combine(day.date(), parts.clock or NOON, day.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parts(found: dict[str, str | None], order: Order) -> _Parts | None:
    date = _date(found, order)
    try:
        clock, zone = _clock(found), _zone(found.get("zone"))
    except ValueError:
        return None
    return None if date is None else _Parts(*date, clock, zone)


def _date(found: dict[str, str | None], order: Order) -> tuple[int, int, int] | None:
    if found.get("a"):
        return _ordered([str(found[name]) for name in "abc"], str(found["mark"]), order)
    name = found.get("name") or found.get("name2")
    day = found.get("day") or found.get("day2")
    month = _MONTHS.get(name) if name else int(found.get("month") or 0)
    year = str(found["year"])
    return (int(year) + (2000 if len(year) == 2 else 0), month, int(day)) if month and day else None  # noqa: PLR2004 digits


def _ordered(numbers: Sequence[str], mark: str, order: Order) -> tuple[int, int, int] | None:
    """Read three numbers of which the year is last, or has two digits; a year of four digits is never first here."""
    first, second, last = map(int, numbers)
    four = len(numbers[2]) == len("2026")
    if four:
        if order is Order.MONTH_FIRST and mark != ".":
            return last, first, second
        return (last, second, first) if order is not Order.YEAR_FIRST or mark == "." else None
    century = 2000
    orders: dict[Order, Callable[[], tuple[int, int, int]]] = {
        Order.YEAR_FIRST: lambda: (century + first, second, last),
        Order.DAY_FIRST: lambda: (century + last, second, first),
        Order.MONTH_FIRST: lambda: (century + last, first, second),
    }
    return orders[order]()


def _clock(found: dict[str, str | None]) -> time | None:
    if found.get("hour") is None:
        return None
    hour = int(found["hour"] or 0)
    half = (found.get("half") or found.get("behind") or "").replace(".", "")
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 a clock of twelve hours
            raise ValueError(half)
        hour = hour % 12 + (12 if half in ("오후", "pm") else 0)
    return time(hour, int(found["minute"] or 0), int(found["second"] or 0))


def _zone(name: str | None) -> tzinfo | None:
    found = _OFFSET.search(name or "")
    if found is None:
        return _ZONES.get(name or "")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)
