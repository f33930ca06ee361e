"""Times of a cron expression in a time zone, reckoned by APScheduler. See surveys.recurring.Rule."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from surveys.errors import InvalidInput

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_HORIZON = timedelta(days=9 * 366)
"""29 February is never further away: 2100 is no leap year, 2096 and 2104 are."""

_WIDEST_CHANGE = timedelta(hours=3)
"""By which no zone's clock was ever changed at once since 1970, but for days left out at the date line."""


class CronRule:
    """Five fields as in cron: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday).

    Where both day fields are restricted, either will do. Times are reckoned on the wall clock, as if it never changed,
    and only then looked up in the zone, so that each comes once a day.
    """

    def __init__(self, expression: str, zone: str) -> None:
        """Read it. Raises InvalidInput for what is no cron expression, or never comes."""
        self._zone = ZoneInfo(zone)
        self._choices = [_fields(choice) for choice in _either_day(_parts(expression))]
        try:
            first = self.after(datetime(2000, 1, 1, tzinfo=UTC))
        except ValueError as fault:
            raise InvalidInput(
                "cron", f"{expression[:80]!r} is no cron expression: {fault}"
            ) from None
        if first is None:
            raise InvalidInput("cron", f"{expression[:80]!r} never comes")

    def after(self, moment: datetime) -> datetime | None:
        """See surveys.recurring.Rule."""
        wall = moment.astimezone(self._zone).replace(tzinfo=UTC) - _WIDEST_CHANGE
        while (wall_next := self._after_on_the_wall(wall)) is not None:
            at = wall_next.replace(tzinfo=self._zone).astimezone(UTC)
            if at > moment:
                return at
            wall = wall_next
        return None

    def _after_on_the_wall(self, wall: datetime) -> datetime | None:
        start = wall + timedelta(microseconds=1)
        found = (
            self._trigger(fields, start).get_next_fire_time(None, start) for fields in self._choices
        )
        return min((at for at in found if at is not None), default=None)

    def _trigger(self, fields: dict[str, str], start: datetime) -> CronTrigger:
        return CronTrigger(**fields, timezone=UTC, end_date=start + _HORIZON)


def _parts(expression: str) -> list[str]:
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise InvalidInput("cron", f"{expression[:80]!r} must have five fields, e.g. 0 9 * * 1")
    return parts


def _either_day(parts: list[str]) -> list[list[str]]:
    """Return two readings where both the day of the month and of the week are restricted, else one."""
    minute, hour, day, month, weekday = parts
    if day.startswith("*") or weekday.startswith("*"):
        return [parts]
    return [[minute, hour, day, month, "*"], [minute, hour, "*", month, weekday]]


def _fields(parts: list[str]) -> dict[str, str]:
    fields = dict(zip(_FIELDS, parts, strict=True))
    return {**fields, "day_of_week": _named_days(fields["day_of_week"])}


def _named_days(field: str) -> str:
    """Return cron's days of the week by name: APScheduler 3 counts them from Monday."""
    if field == "*":
        return field
    days = {day % 7 for item in field.lower().split(",") for day in _days_of(item)}
    return ",".join(_DAYS[day] for day in sorted(days))


def _days_of(item: str) -> range:
    span, slash, step = item.partition("/")
    first, dash, last = span.partition("-")
    if span == "*":
        first, last = "0", "6"
    elif not dash:
        last = first
    start, end = _day(first), _day(last)
    if end == 0 and start > 0:
        end = 7  # fri-sun
    by = int(step) if step.isdecimal() else 0
    if end < start or (slash and not 1 <= by <= 7) or (slash and not dash and span != "*"):  # noqa: PLR2004 a week
        raise InvalidInput("cron", f"{item[:20]!r} is no day of the week: 0-7 or sun-sat")
    return range(start, end + 1, by or 1)


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isascii() and text.isdecimal() and int(text) <= 7:  # noqa: PLR2004 Sunday again
        return int(text)
    raise InvalidInput("cron", f"{text[:20]!r} is no day of the week: 0-7 or sun-sat")
