"""What an address asks of the log: its filters read, each one that will not do told at its own place and left open."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from surveys.model import Channel, VerdictKind
from surveys.overview import LogWanted, Place
from surveys.program import Program
from surveys.timing import zone_of

LONGEST: Final = 100
USUAL: Final = timedelta(days=30)
FILTERS: Final = (
    *("trigger", "survey", "stage", "verdict", "rule", "channel"),
    *("since", "until"),
)
Fault = Literal["value", "day", "order", "future"]
"""No such value; no day at all; an end before its beginning; a beginning that has not come."""

_PLACE = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """What is asked for.

    Attributes:
        given: what was typed, by filter, whether or not it will do.
        faults: what is wrong with it, by filter.
        whole: all that is asked for, from the newest on.
        page: the page of it.
    """

    given: Mapping[str, str]
    faults: Mapping[str, Fault]
    whole: LogWanted
    page: LogWanted

    @property
    def is_first(self) -> bool:
        """Whether the page is the newest one."""
        return self.page == self.whole


def asked_for(parameters: Mapping[str, str], program: Program, now: datetime) -> AskedFor:
    """Read an address; days are the company's, and without a first one the log goes 30 days back."""
    given = {name: parameters.get(name, "").strip() for name in FILTERS}
    zone, _ = zone_of(program.company.zone, "UTC")
    faults = dict(_faults(given, now.astimezone(zone).date()))
    ok = {name: "" if name in faults else value for name, value in given.items()}
    since, until = _day(ok["since"]), _day(ok["until"])
    after = datetime.combine(until + timedelta(days=1), time(), zone) if until else None
    whole = LogWanted(
        since=datetime.combine(since, time(), zone) if since else (after or now) - USUAL,
        before=Place(after or now + timedelta(days=1), 0),
        triggers=_triggers(program, ok),
        kind=VerdictKind(ok["verdict"]) if ok["verdict"] else None,
        rule=ok["rule"],
        channel=Channel(ok["channel"]) if ok["channel"] else None,
    )
    before = _place_of(parameters.get("before", ""))
    page = replace(whole, before=before) if before else whole
    return AskedFor(given=given, faults=faults, whole=whole, page=page)


def spelled(place: Place | None) -> str:
    """Return a place as ``before`` takes it; "" for none."""
    if place is None:
        return ""
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.number}"


def _faults(given: Mapping[str, str], today: date) -> Iterator[tuple[str, Fault]]:
    allowed = {"verdict": tuple(VerdictKind), "channel": tuple(Channel)}
    yield from ((n, "value") for n, values in allowed.items() if given[n] not in ("", *values))
    named = ("trigger", "survey", "stage", "rule")
    yield from ((name, "value") for name in named if not _plain(given[name]))
    days = {name: _day(given[name]) for name in ("since", "until")}
    yield from ((name, "day") for name, day in days.items() if given[name] and day is None)
    since, until = days["since"], days["until"]
    if since and since > today:
        yield "since", "future"
    elif since and until and until < since:
        yield "until", "order"


def _triggers(program: Program, given: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the triggers meant; one that the program no longer has is meant by its own name only."""
    survey, stage, trigger = given["survey"], given["stage"], given["trigger"]
    if not (survey or stage):
        return (trigger,) if trigger else None
    return tuple(
        each.id
        for each in program.triggers
        if trigger in ("", each.id)
        and survey in ("", each.survey)
        and stage in ("", program.touchpoint(each.touchpoint).stage)
    )


def _plain(text: str) -> bool:
    return len(text) <= LONGEST and (text == "" or text.isprintable()) and "," not in text


def _day(text: str) -> date | None:
    """Return the day; None for what is none, or is at the end of the calendar."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1970, 1, 1) < day < date(9000, 1, 1) else None


def _place_of(text: str) -> Place | None:
    """Return the place that ``spelled`` told; None for anything else, which begins anew."""
    match = _PLACE.fullmatch(text)
    if match is None:
        return None
    try:
        return Place(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))
    except OverflowError:
        return None
