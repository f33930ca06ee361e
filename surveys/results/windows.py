"""Windows of days, and which answers of them count."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from surveys.errors import InvalidInput
from surveys.model import CountRule
from surveys.timing import month_named, quarter_named

LONGEST_DAYS = 3660

_SINCE = re.compile(r"([1-9][0-9]{0,3})d")
_PERIOD = re.compile(r"([1-9][0-9]{3})-(?:(0[1-9]|1[0-2])|Q([1-4]))")
_DAY = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days ``since`` to ``until``, both inclusive, and which answers of them count."""

    rule: CountRule
    since: date
    until: date
    period: str = ""

    @property
    def name(self) -> str:
        """What the window is called: ``2026-11``, else ``2026-08-01..2026-10-31``."""
        return self.period or f"{self.since}..{self.until}"

    @property
    def kind(self) -> str:
        """``month``, ``quarter``, or ``days``: windows of one kind count alike, as far as that can be."""
        return self.rule.value if self.period else "days"

    def closed(self, today: date) -> bool:
        """Say whether this is a reporting period that is over: only such a one allows a verdict."""
        return bool(self.period) and self.until < today

    def weeks_until(self, today: date) -> date:
        """Return the day that the weeks beside a score end with.

        Today, while the window goes on. Of one that is over the last Sunday in it: of a week that it cuts, another
        window's part would tell the rest.
        """
        if self.until >= today:
            return today
        return self.until - timedelta(days=self.until.isoweekday() % 7)

    def before(self) -> "Window":
        """Return the window right before this one: the period before, else as many days.

        In days before a live window every answer counts: of those who answered again since, the newest is not there.
        """
        eve = self.since - _ONE_DAY
        if self.rule is CountRule.MONTH:
            return parse_period(month_named(eve))
        if self.rule is CountRule.QUARTER:
            return parse_period(quarter_named(eve))
        return Window(rule=CountRule.ALL, since=eve - (self.until - self.since), until=eve)

    def months(self) -> "tuple[Window, ...]":
        """Return the months of a quarter; of no other window anybody asks for parts."""
        if self.rule is not CountRule.QUARTER:
            return ()
        firsts = (self.since.replace(month=self.since.month + nth) for nth in range(3))
        return tuple(parse_period(month_named(first)) for first in firsts)

    def to_json(self) -> dict[str, str | None]:
        """Return the window as the API gives it."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "rule": self.rule.value,
            "period": self.period or None,
        }


def parse_since(text: str) -> int:
    """Return the days of e.g. ``90d``; raises InvalidInput."""
    match = _SINCE.fullmatch(text)
    days = int(match[1]) if match else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("since", f"must be whole days from 1d to {LONGEST_DAYS}d, e.g. 90d")
    return days


def parse_period(text: str, where: str = "period") -> Window:
    """Return the window of a calendar month or quarter; raises InvalidInput."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise InvalidInput(where, "must be a month such as 2026-11 or a quarter such as 2026-Q4")
    year, month, quarter = int(match[1]), match[2], match[3]
    first, last = (int(month),) * 2 if month else (3 * int(quarter) - 2, 3 * int(quarter))
    return Window(
        rule=CountRule.MONTH if month else CountRule.QUARTER,
        since=date(year, first, 1),
        until=date(year, last, monthrange(year, last)[1]),
        period=text,
    )


def parse_days(first: str, last: str, where: tuple[str, str] = ("from", "to")) -> Window:
    """Return the window of two days, both inclusive, in which every answer counts; raises InvalidInput."""
    since, until = _day(first, where[0]), _day(last, where[1])
    if until < since:
        raise InvalidInput(where[1], f"must not be before {since}")
    if (until - since).days >= LONGEST_DAYS:
        raise InvalidInput(where[1], f"must be within {LONGEST_DAYS} days of {since}")
    return Window(rule=CountRule.ALL, since=since, until=until)


def _day(text: str, where: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(where, "must be a day such as 2026-11-01")
