"""When a page's numbers are from."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from surveys.results import ResultTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The window of days, both inclusive, and when it was read, in the company's zone."""

    since: str
    until: str
    zone: str
    as_of: str
    as_of_utc: str


def moment(table: ResultTable) -> Moment:
    """Return when the table is from."""
    return Moment(
        since=table.window.since.isoformat(),
        until=table.window.until.isoformat(),
        zone=table.zone,
        as_of=local(table.as_of, table.zone),
        as_of_utc=table.as_of.isoformat(timespec="minutes"),
    )


def today_of(table: ResultTable) -> date:
    """Return the company's day on which the table was read."""
    return table.as_of.astimezone(ZoneInfo(table.zone)).date()


def local(at: datetime, zone: str) -> str:
    """Return an instant as a clock in the zone shows it, to the minute."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
