"""When an ask may go out: local zones, quiet hours, holidays, and the least instant they all allow.

Quiet hours are intervals between two instants. A wall time that a clock change skips means the first
valid instant after it; one that happens twice means its first occurrence.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from surveys.journey import Frozen

CLOCK_TIME: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
HORIZON: Final = timedelta(days=400)
"""How far ahead an allowed instant is looked for; longer than any delay with its ``max_wait``."""

STEPS: Final = 1000
"""Moves after which rules count as leaving nothing open: two quiet nights a day up to the horizon."""

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)


class QuietHours(Frozen):
    """Local times of the day, ``HH:MM``, from ``start`` up to but not including ``end``.

    ``end`` before ``start`` crosses midnight; equal times mean no quiet hours.
    """

    start: str = Field(default="21:00", pattern=CLOCK_TIME)
    end: str = Field(default="08:00", pattern=CLOCK_TIME)


AD_NIGHT: Final = QuietHours(start="21:00", end="08:00")
"""When nobody may be sent advertising without a consent of its own (Korea, Network Act §50(3))."""

Clock = Callable[[datetime], tuple[datetime, str | None]]
"""Returns the earliest instant at or after its argument that it allows, and the rule if it is later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The least instant that every rule accepts.

    Attributes:
        rule: the rule that moved it last; None when it was allowed at once.
        steps: every move in order: the rule and the instant it moved to.
    """

    at: datetime
    rule: str | None = None
    steps: tuple[tuple[str, datetime], ...] = ()


def zone_known(name: str) -> bool:
    """Say whether ``name`` is an IANA time zone, e.g. ``Asia/Seoul``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_of(name: str | None, fallback: str) -> tuple[ZoneInfo, bool]:
    """Return the zone, and whether to warn that ``name`` is unknown and ``fallback`` (or UTC) is used.

    No name at all uses the fallback without a warning.
    """
    known = next((zone for zone in (name, fallback) if zone and zone_known(zone)), "UTC")
    return ZoneInfo(known), bool(name) and known != name


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the local day."""
    return at.astimezone(zone).date()


def month_named(day: date) -> str:
    """Return the calendar month of a day, e.g. ``2026-11``."""
    return f"{day:%Y-%m}"


def quarter_named(day: date) -> str:
    """Return the calendar quarter of a day, e.g. ``2026-Q4``."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def days_of_period(name: str) -> tuple[date, date]:
    """Return the first and the last day of a month or a quarter that ``month_named`` or ``quarter_named`` names."""
    year, _, part = name.partition("-")
    last = int(part.removeprefix("Q")) * 3 if part.startswith("Q") else int(part)
    first = last - 2 if part.startswith("Q") else last
    return date(int(year), first, 1), date(int(year), last, monthrange(int(year), last)[1])


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """Return the local calendar month, e.g. ``2026-11``."""
    return month_named(day_of(at, zone))


def quarter_of(at: datetime, zone: ZoneInfo) -> str:
    """Return the local calendar quarter, e.g. ``2026-Q4``."""
    return quarter_named(day_of(at, zone))


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a naive local time: after a gap, the first of a fold."""
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _transition(early.replace(microsecond=0), late, zone)


def begin_of(days: int, now: datetime, zone_name: str) -> datetime:
    """Return when the first of so many whole days began that end today, in the company's zone."""
    zone, _ = zone_of(zone_name, "UTC")
    first = day_of(now, zone) - timedelta(days=days - 1)
    return instant(datetime.combine(first, time.min), zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole second in (before, after] with the offset that ``after`` has."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before) / _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + high * _SECOND


@lru_cache(maxsize=4096)
def _quiet_night(start: str, end: str, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """Return the quiet hours that start on the local ``day`` as instants, end exclusive."""
    begins, ends = time.fromisoformat(start), time.fromisoformat(end)
    last = day + _DAY if ends < begins else day
    return (
        instant(datetime.combine(day, begins), zone),
        instant(datetime.combine(last, ends), zone),
    )


def _quiet_until(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime | None:
    today = day_of(at, zone)
    for day in (today - _DAY, today, today + _DAY):
        begins, ends = _quiet_night(quiet.start, quiet.end, zone, day)
        if begins <= at < ends:
            return ends
    return None


def local_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Say whether the instant lies in the zone's quiet hours, ``[start, end)``."""
    return _quiet_until(at, quiet, zone) is not None


def after_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return the first instant at or after ``at`` outside the zone's quiet hours."""
    while (ends := _quiet_until(at, quiet, zone)) is not None:
        at = ends
    return at


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  # half a second that most programs do not need

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def holidays_known(country: str) -> bool:
    """Say whether the public holidays of this country code (``KR``) are known."""
    return country in holiday_countries()


@lru_cache(maxsize=1)
def holiday_countries() -> frozenset[str]:
    """Return the codes of the countries whose public holidays are known; half a second, once."""
    import holidays  # noqa: PLC0415  # as above

    return frozenset(holidays.list_supported_countries(include_aliases=False))


def skip_holidays(at: datetime, country: str, zone: ZoneInfo) -> datetime:
    """Return ``at``, or the start of the first local day after it that is no public holiday.

    A country whose holidays are unknown has none.
    """
    day = day_of(at, zone)
    if day not in _holidays(country, day.year):
        return at
    while day in _holidays(country, day.year):
        day += _DAY
    return instant(datetime.combine(day, time()), zone)


def allowed(
    at: datetime,
    *,
    quiet: QuietHours | None,
    zone_names: Sequence[str],
    holidays: str | None,
    clock: Clock,
    advertising: bool = False,
) -> Allowed:
    """Return the least instant at or after ``at`` that every rule accepts: their fixpoint.

    Quiet hours hold in each of ``zone_names``; the first is the customer's and decides what day is a
    holiday. An unknown zone is replaced by the last one given, else UTC. Rules that leave nothing open
    within ``HORIZON`` give the end of it, which lies past every ``ask_by``. Never raises for aware times.
    What is ``advertising`` keeps AD_NIGHT besides, whatever the quiet hours are.
    """
    if not _FIRST <= at <= _LAST:
        return Allowed(at=at)
    rules = _rules(quiet, _zones(zone_names), holidays, clock, advertising=advertising)
    end, now, steps = at + HORIZON, at, list[tuple[str, datetime]]()
    while now < end and (moved := _moved(now, rules)):
        rule, later = moved
        now = min(later, end) if len(steps) < STEPS else end
        steps.append((rule, now))
    return Allowed(at=now, rule=steps[-1][0] if steps else None, steps=tuple(steps))


def _zones(names: Sequence[str]) -> tuple[ZoneInfo, ...]:
    fallback = names[-1] if names else "UTC"
    return tuple(dict.fromkeys(zone_of(name, fallback)[0] for name in names or (fallback,)))


def _rules(
    quiet: QuietHours | None,
    zones: Sequence[ZoneInfo],
    country: str | None,
    clock: Clock,
    *,
    advertising: bool,
) -> tuple[Clock, ...]:
    rules = [clock]
    if country is not None:
        rules.append(lambda at: (skip_holidays(at, country, zones[0]), "holiday"))
    if quiet is not None:
        rules += [_quiet_rule("quiet_hours", quiet, zone) for zone in zones]
    if advertising:
        rules += [_quiet_rule("ad_night", AD_NIGHT, zone) for zone in zones]
    return tuple(rules)


def _quiet_rule(name: str, quiet: QuietHours, zone: ZoneInfo) -> Clock:
    return lambda at: (after_quiet(at, quiet, zone), name)


def _moved(at: datetime, rules: Sequence[Clock]) -> tuple[str, datetime] | None:
    """Return the first rule that does not accept ``at`` and where it moves it; None at the fixpoint."""
    for rule in rules:
        later, name = rule(at)
        if later > at:
            return name or "clock", later
    return None
