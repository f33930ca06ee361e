"""Which results are wanted: the window of days, the rule that counts, the filters."""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast, get_args

from surveys.errors import InvalidInput
from surveys.instruments import QUESTIONS
from surveys.language.texts import languages
from surveys.model import Channel, CountRule, Dimensions

By = Literal["stage", "touchpoint"]

LONGEST_DAYS = 3660
FILTERS = ("stage", "touchpoint", "instrument", "channel", "language", "trigger")

_SINCE = re.compile(r"([1-9][0-9]{0,3})d")
_PERIOD = re.compile(r"([1-9][0-9]{3})-(?:(0[1-9]|1[0-2])|Q([1-4]))")
_CLOSED_SETS: Mapping[str, tuple[str, ...]] = {
    "instrument": tuple(QUESTIONS),
    "channel": tuple(Channel),
    "language": languages(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days ``since`` to ``until``, both inclusive, and which answers of them count."""

    rule: CountRule
    since: date
    until: date
    period: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which results are wanted. Every filter narrows scores and cohorts alike.

    Attributes:
        since_days: a live window of whole days ending today, used where there is no period.
        period: a calendar month (``2026-11``) or quarter (``2026-Q4``), else "".
    """

    by: By = "stage"
    since_days: int = 90
    period: str = ""
    stage: str | None = None
    touchpoint: str | None = None
    instrument: str | None = None
    channel: str | None = None
    language: str | None = None
    trigger: str | None = None

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        named = ((name, getattr(self, name)) for name in FILTERS)
        return {name: value for name, value in named if value is not None}

    def window(self, today: date) -> Window:
        """Return the days this covers when asked on ``today`` (company zone)."""
        if self.period:
            return parse_period(self.period)
        since = today - timedelta(days=self.since_days - 1)
        return Window(rule=CountRule.NEWEST, since=since, until=today)

    def admits(self, dimensions: Dimensions, *, ignoring: frozenset[str] = frozenset()) -> bool:
        """Say whether a count passes all filters but the ignored ones."""
        return all(
            name in ignoring or getattr(dimensions, name) == value
            for name, value in self.filters.items()
        )


def parse_since(text: str) -> int:
    """Return the days of e.g. ``90d``; raises InvalidInput."""
    match = _SINCE.fullmatch(text)
    days = int(match[1]) if match else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("since", f"must be whole days from 1d to {LONGEST_DAYS}d, e.g. 90d")
    return days


def parse_period(text: str) -> Window:
    """Return the window of a calendar month or quarter; raises InvalidInput."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise InvalidInput("period", "must be a month such as 2026-11 or a quarter such as 2026-Q4")
    year, month, quarter = int(match[1]), match[2], match[3]
    first, last = (int(month),) * 2 if month else (3 * int(quarter) - 2, 3 * int(quarter))
    return Window(
        rule=CountRule.MONTH if month else CountRule.QUARTER,
        since=date(year, first, 1),
        until=date(year, last, monthrange(year, last)[1]),
        period=text,
    )


def parse_query(parameters: Mapping[str, str]) -> Query:
    """Read ``by``, ``since`` or ``period``, and filters; raises InvalidInput naming the parameter."""
    known = {"by", "since", "period", *FILTERS}
    for name in parameters:
        if name not in known:
            raise InvalidInput(name, f"is unknown; known are {', '.join(sorted(known))}")
    by = one_of("by", parameters.get("by", "stage"), get_args(By))
    if "since" in parameters and "period" in parameters:
        raise InvalidInput("period", "cannot be combined with since")
    if "period" in parameters:
        parse_period(parameters["period"])
    for name, allowed in _CLOSED_SETS.items():
        if name in parameters:
            one_of(name, parameters[name], allowed)
    return Query(
        by=cast("By", by),
        since_days=parse_since(parameters.get("since", "90d")),
        period=parameters.get("period", ""),
        **{name: parameters[name] for name in FILTERS if name in parameters},
    )


def one_of(name: str, value: str, allowed: Iterable[str]) -> str:
    """Return the value if it is allowed; raises InvalidInput naming the parameter and what is."""
    if value not in allowed:
        raise InvalidInput(name, f"must be one of {', '.join(sorted(allowed))}")
    return value
