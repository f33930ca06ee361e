"""The form of filters and the chips of those that are on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.console.asking import ABOUT, OF_PAGE, RATING
from bot.console.look import SPANS, Look
from bot.console.texts import say as sentence
from bot.console.words import SHEET, Words
from surveys.instruments import INSTRUMENTS
from surveys.language.texts import languages
from surveys.model import Channel
from surveys.program import Program
from surveys.results import Query
from surveys.results.query import IMPORTED_CHANNEL, OTHERS, PREVIOUS, RESPONSE

PERIODS_BACK = 6
_MONTHS, _QUARTER = 12, 3
_WINDOW = ("since", "period")
_CHIPS = ("compare", "weights", "period", RATING, ABOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value to choose; "" is all of them."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter with its options."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on, and where the page is without it."""

    label: str
    value: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterBar:
    """A form that leads to ``action``; ``kept`` goes along unseen. ``sheet`` is where the page's rows are as CSV."""

    action: str
    kept: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    chips: tuple[Chip, ...]
    sheet: str


def filter_bar(
    program: Program, look: Look, query: Query, today: date, offered: Mapping[str, Iterable[str]]
) -> FilterBar:
    """Return the bar of a page whose address has ``look.parameters``; ``offered`` are further fields' values."""
    words = Words(program, look.language)
    values = {
        "channel": (*map(str, Channel), IMPORTED_CHANNEL),
        "instrument": tuple(INSTRUMENTS),
        "language": languages(),
        **offered,
        "weights": (RESPONSE,),
    }
    fields = [_when(words, query, today), _compare(words, look, today)]
    fields += [
        _field(words, name, tuple(options), look.parameters.get(name, ""))
        for name, options in values.items()
    ]
    shown = {field.name for field in fields} | {*_WINDOW}
    return FilterBar(
        action=look.path,
        kept=tuple((name, value) for name, value in look.parameters.items() if name not in shown),
        fields=tuple(fields),
        sheet=_sheet(look, query),
        chips=_chips(words, look, query),
    )


def _chips(words: Words, look: Look, query: Query) -> tuple[Chip, ...]:
    return tuple(
        Chip(label=words.name(name), value=words.value(name, value), href=look.link(**{name: ""}))
        for name, value in look.parameters.items()
        if name in query.filters or name in _CHIPS
    )


def _sheet(look: Look, query: Query) -> str:
    dropped = dict.fromkeys(OF_PAGE, "")
    place = {name: getattr(query, name) or "" for name in ("stage", "touchpoint")}
    return look.onward(SHEET, **dropped, **place, by=query.by)


def periods(today: date) -> tuple[str, ...]:
    """Return this month and those before it, then this quarter and the one before: closed windows."""
    months = [today.year * _MONTHS + today.month - 1 - back for back in range(PERIODS_BACK)]
    quarters = dict.fromkeys(
        (month // _MONTHS, month % _MONTHS // _QUARTER + 1) for month in months
    )
    return (
        *(f"{month // _MONTHS}-{month % _MONTHS + 1:02}" for month in months),
        *(f"{year}-Q{quarter}" for year, quarter in quarters),
    )


def _when(words: Words, query: Query, today: date) -> Field:
    now = "" if query.days else query.period or f"{query.since_days}d"
    live = {f"{days}d": days for days in (*SPANS, query.since_days)}
    labels = {
        value: sentence(words.language, "period.days", days=str(days))
        for value, days in sorted(live.items(), key=lambda entry: entry[1])
    }
    labels |= {period: period for period in (*periods(today), *filter(None, [query.period]))}
    if query.days:
        labels[""] = " – ".join(day.isoformat() for day in query.days)
    options = (
        Option(value=value, label=label, chosen=value == now) for value, label in labels.items()
    )
    return Field(name="when", label=words.name("when"), options=tuple(options))


def _compare(words: Words, look: Look, today: date) -> Field:
    """Offer what to compare with; left open, it is the window before."""
    now = look.parameters.get("compare", "").removeprefix(PREVIOUS)
    labels = {"": words.value("compare", PREVIOUS), OTHERS: words.value("compare", OTHERS)}
    labels |= {period: period for period in (*periods(today), *filter(None, [now]))} | labels
    options = (
        Option(value=value, label=label, chosen=value == now) for value, label in labels.items()
    )
    return Field(name="compare", label=words.name("compare"), options=tuple(options))


def _field(words: Words, name: str, values: tuple[str, ...], now: str) -> Field:
    without = "filter.none" if name == "weights" else "filter.all"
    every = Option(value="", label=sentence(words.language, without), chosen=not now)
    known = dict.fromkeys((*values, *filter(None, [now])))
    options = (
        Option(value=value, label=words.value(name, value), chosen=value == now) for value in known
    )
    return Field(name=name, label=words.name(name), options=(every, *options))
