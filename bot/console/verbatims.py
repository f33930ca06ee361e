"""Customers' own words, and which of them a page asks for."""

from dataclasses import dataclass, replace

from bot.console.asking import Choice
from bot.console.moment import local
from bot.console.texts import named
from bot.console.words import Words
from surveys.instruments import INSTRUMENTS, Instrument, instrument
from surveys.model import Side
from surveys.reports import AnswerRow
from surveys.results import Query, Window
from surveys.verbatims import Wanted

_TAGS = ("stage", "touchpoint", "survey", "trigger", "instrument", "channel", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbatim:
    """One customer's words with what she answered; ``language`` is the one she wrote in, as far as known.

    ``id`` is the score's, which has the themes.
    """

    id: str
    text: str
    language: str
    score: str
    band: str
    band_name: str
    place: str
    channel: str
    reasons: tuple[str, ...]
    at: str
    at_utc: str


def wanted_words(query: Query, window: Window, choice: Choice) -> tuple[Wanted, ...]:
    """Return which words fit the page's filters: one entry, or one for each scale that a band lies on elsewhere."""
    everything = Wanted(
        since=window.since,
        until=window.until,
        tags={name: value for name, value in query.filters.items() if name in _TAGS},
        theme=choice.about,
        sides=tuple(Side(name, value) for name, value in query.sides.items()),
    )
    rating = choice.rating
    if not rating:
        return (everything,)
    if rating.isdigit():
        return (replace(everything, low=int(rating), high=int(rating)),)
    kinds = (kind for kind in INSTRUMENTS.values() if query.instrument in (None, kind.id))
    return tuple(_band(everything, kind, rating) for kind in kinds)


def _band(everything: Wanted, kind: Instrument, band: str) -> Wanted:
    scores = [score for score in kind.scores if kind.band(score) == band]
    tags = {**everything.tags, "instrument": kind.id}
    return replace(everything, tags=tags, low=scores[0], high=scores[-1])


def verbatim(row: AnswerRow, words: Words) -> Verbatim:
    """Return an answer as it is read."""
    tags = row.dimensions
    kind = instrument(tags.instrument)
    band = kind.band(row.score)
    zone = words.program.company.zone
    return Verbatim(
        id=row.id,
        text=row.comment or "",
        language=tags.language,
        score="" if kind.words else f"{row.score} / {kind.high}",
        band=band,
        band_name=kind.wording(words.language).bands[band],
        place=words.label("touchpoint", tags.touchpoint),
        channel=named(words.language, "channel", tags.channel),
        reasons=tuple(words.chip(tags.survey, reason, band) for reason in row.reasons),
        at=local(row.answered_at, zone),
        at_utc=row.answered_at.isoformat(timespec="minutes"),
    )
