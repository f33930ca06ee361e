"""Which results are wanted: the window of days, the filters, what to compare with."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast, get_args

from surveys.errors import InvalidInput
from surveys.instruments import QUESTIONS
from surveys.journey import SLUG
from surveys.language.texts import languages
from surveys.model import SEGMENT, Channel, CountRule, Dimensions
from surveys.results.windows import Window, parse_days, parse_period, parse_since

By = Literal["stage", "touchpoint"]

FILTERS = ("stage", "touchpoint", "survey", "trigger", "instrument", "channel", "language")
PREVIOUS, OTHERS = "previous", "others"
RESPONSE = "response"
IMPORTED_CHANNEL = "import"
"""The channel of imported answers whose file names none."""

_WINDOWS = ("since", "period", "from", "to")
PARAMETERS = frozenset({"by", "handler", "compare", "weights", *_WINDOWS, *FILTERS})
"""What a query knows by name, besides ``segment.<id>``."""

_SEGMENT = re.compile(rf"{re.escape(SEGMENT)}({SLUG.removeprefix('^').removesuffix('$')})")
_LONGEST_VALUE = 128
_CLOSED_SETS: Mapping[str, tuple[str, ...]] = {
    "instrument": tuple(QUESTIONS),
    "channel": (*Channel, IMPORTED_CHANNEL),
    "language": languages(),
    "weights": (RESPONSE,),
}


class NotOneOf(InvalidInput):
    """A parameter has a value that is none of those it may have; ``allowed`` are these."""

    def __init__(self, where: str, allowed: tuple[str, ...]) -> None:
        super().__init__(where, f"must be one of {', '.join(allowed)}")
        self.allowed = allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which results are wanted. Every filter narrows scores and cohorts alike.

    Attributes:
        since_days: a live window of whole days ending today, used where there is no other.
        period: a calendar month (``2026-11``) or quarter (``2026-Q4``), else "".
        days: the first and the last of any other window, in which every answer counts.
        segments: values of customers' segments by the segment's id, sorted.
        compare: ``previous``, a period, ``2026-08-01..2026-10-31``, ``others`` (all other stages), or "".
        weights: ``response`` to show the score weighted by channel beside the plain one, or "".
    """

    by: By = "stage"
    since_days: int = 90
    period: str = ""
    days: tuple[date, date] | None = None
    stage: str | None = None
    touchpoint: str | None = None
    survey: str | None = None
    trigger: str | None = None
    instrument: str | None = None
    channel: str | None = None
    language: str | None = None
    handler: str | None = None
    segments: tuple[tuple[str, str], ...] = ()
    compare: str = ""
    weights: str = ""

    @property
    def picks_days(self) -> bool:
        """Whether days of anybody's choice are asked for: two such windows tell the answers of the days between."""
        return self.days is not None or ".." in self.compare

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, by parameter."""
        named = ((name, getattr(self, name)) for name in (*FILTERS, "handler"))
        segments = {f"{SEGMENT}{name}": value for name, value in self.segments}
        return {name: value for name, value in named if value is not None} | segments

    @property
    def sides(self) -> dict[str, str]:
        """The filters that no Dimensions carry: segments and the handler, by attribute."""
        handler = {} if self.handler is None else {"handler": self.handler}
        return dict(self.segments) | handler

    def window(self, today: date) -> Window:
        """Return the days this covers when asked on ``today`` (company zone)."""
        if self.period:
            return parse_period(self.period)
        if self.days:
            return Window(rule=CountRule.ALL, since=self.days[0], until=self.days[1])
        since = today - timedelta(days=self.since_days - 1)
        return Window(rule=CountRule.NEWEST, since=since, until=today)

    def compared(self, today: date) -> Window | None:
        """Return the other window; None where there is none, as beside other stages."""
        if self.compare in ("", OTHERS):
            return None
        if self.compare == PREVIOUS:
            return self.window(today).before()
        return _window_named(self.compare)

    def admitting(self, ignoring: frozenset[str] = frozenset()) -> Callable[[Dimensions], bool]:
        """Return whether a count passes all filters of its dimensions but the ignored ones."""
        values = ((name, getattr(self, name)) for name in FILTERS if name not in ignoring)
        wanted = [(name, value) for name, value in values if value is not None]
        return lambda dimensions: all(getattr(dimensions, name) == v for name, v in wanted)


def parse_query(parameters: Mapping[str, str]) -> Query:
    """Read what ``GET /v1/results`` takes; raises InvalidInput naming the parameter."""
    _check_names(parameters)
    by = one_of("by", parameters.get("by", "stage"), get_args(By))
    for name, allowed in _CLOSED_SETS.items():
        if name in parameters:
            one_of(name, parameters[name], allowed)
    if parameters.get("compare", OTHERS) not in (OTHERS, PREVIOUS):
        _window_named(parameters["compare"])
    given = ("handler", "compare", "weights", *FILTERS)
    return Query(
        by=cast("By", by),
        since_days=parse_since(parameters.get("since", "90d")),
        period=_period(parameters),
        days=_days(parameters),
        segments=_segments(parameters),
        **{name: parameters[name] for name in given if name in parameters},
    )


def one_of(name: str, value: str, allowed: Iterable[str]) -> str:
    """Return the value if it is allowed; raises NotOneOf naming the parameter and what is."""
    if value not in allowed:
        raise NotOneOf(name, tuple(sorted(allowed)))
    return value


def _check_names(parameters: Mapping[str, str]) -> None:
    for name, value in parameters.items():
        if name not in PARAMETERS and not _SEGMENT.fullmatch(name):
            told = ", ".join(sorted(PARAMETERS))
            raise InvalidInput(name, f"is unknown; known are {told}, segment.<id>")
        if not 1 <= len(value) <= _LONGEST_VALUE and name not in _WINDOWS:
            raise InvalidInput(name, f"must have 1 to {_LONGEST_VALUE} characters")
    given = [name for name in ("since", "period", "from") if name in parameters]
    if len(given) > 1:
        raise InvalidInput(given[1], f"cannot be combined with {given[0]}")
    if ("from" in parameters) != ("to" in parameters):
        missing, there = ("to", "from") if "from" in parameters else ("from", "to")
        raise InvalidInput(missing, f"must be given with {there}")


def _period(parameters: Mapping[str, str]) -> str:
    return parse_period(parameters["period"]).period if "period" in parameters else ""


def _days(parameters: Mapping[str, str]) -> tuple[date, date] | None:
    if "from" not in parameters:
        return None
    window = parse_days(parameters["from"], parameters["to"])
    return window.since, window.until


def _segments(parameters: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = ((_SEGMENT.fullmatch(name), value) for name, value in parameters.items())
    return tuple(sorted((match[1], value) for match, value in found if match))


def _window_named(text: str) -> Window:
    first, dots, last = text.partition("..")
    if dots:
        return parse_days(first, last, ("compare", "compare"))
    return parse_period(text, "compare")
