"""The three instruments: scale, bands, and their wordings from each language's catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from surveys.errors import NotFound
from surveys.language.texts import languages, template

Scale = Literal["0-10", "1-5", "1-7", "no-partly-yes"]
Band = Literal["low", "mid", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How an instrument is asked in one language.

    Attributes:
        question: a template with ``{about}``; the Korean ones name a particle pair after a colon
            (``{about:을/를}``), to be filled by ``surveys.language.josa.fill``.
        labels: what each score means, in scale order; "" where the scale names only its ends.
    """

    language: str
    name: str
    question: str
    labels: tuple[str, ...]
    bands: Mapping[Band, str]

    @property
    def low(self) -> str:
        """What the lowest score means."""
        return self.labels[0]

    @property
    def high(self) -> str:
        """What the highest score means."""
        return self.labels[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A scale with its bands: low ends at ``low_until``, high begins at ``high_from``, both inclusive.

    ``words`` name the points of a scale that has no numbers: a score then is only the word's place in it, is shown
    to nobody, and has no mean.
    """

    id: str
    short: str
    scale: Scale
    low: int
    high: int
    low_until: int
    high_from: int
    polarity: Literal["up"] = "up"
    words: tuple[str, ...] = ()

    @property
    def scores(self) -> range:
        """Every score of the scale, ascending."""
        return range(self.low, self.high + 1)

    def valid(self, score: int) -> bool:
        """Say whether the score is on the scale."""
        return self.low <= score <= self.high

    def band(self, score: int) -> Band:
        """Return the band of a score on the scale."""
        if score <= self.low_until:
            return "low"
        return "high" if score >= self.high_from else "mid"

    def word(self, score: int) -> str | None:
        """Return the word a score stands for, e.g. ``yes``; None where scores are numbers."""
        return self.words[score - self.low] if self.words else None

    def wording(self, language: str) -> Wording:
        """Return the wording in a language that has a catalogue; raises NotFound for any other."""
        if language not in languages():
            raise NotFound(f"{self.id} wording", language)
        return _wording(self, language)


@cache
def _wording(of: Instrument, language: str) -> Wording:
    def text(key: str) -> str:
        return template(language, f"instrument.{of.id}.{key}") or ""

    return Wording(
        language=language,
        name=text("name"),
        question=text("question"),
        labels=tuple(text(f"score.{score}") for score in of.scores),
        bands=MappingProxyType({band: text(f"band.{band}") for band in get_args(Band)}),
    )


# Question and anchors: Reichheld 2003; the Korean stem as the Korean survey vendors ask it.
NPS = Instrument(id="nps", short="NPS", scale="0-10", low=0, high=10, low_until=6, high_from=9)

CSAT = Instrument(id="csat", short="CSAT", scale="1-5", low=1, high=5, low_until=2, high_from=4)

# CES 2.0 (CEB 2013), 7 = easy. CES 1.0 ran 1-5 and the other way round: never the same series.
CES2 = Instrument(id="ces2", short="CES", scale="1-7", low=1, high=7, low_until=3, high_from=5)

# What the closed loop asks once a complaint was seen to (docs/decisions/0028): three words, no score.
RESOLVED = Instrument(
    id="resolved",
    short="Resolved",
    scale="no-partly-yes",
    low=1,
    high=3,
    low_until=1,
    high_from=3,
    words=("no", "partly", "yes"),
)

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType({i.id: i for i in (NPS, CSAT, CES2)})
"""What is scored."""

QUESTIONS: Mapping[str, Instrument] = MappingProxyType({**INSTRUMENTS, RESOLVED.id: RESOLVED})
"""What is asked."""


def instrument(instrument_id: str) -> Instrument:
    """Return the instrument; raises NotFound for an unknown id."""
    if instrument_id not in QUESTIONS:
        raise NotFound("instrument", instrument_id)
    return QUESTIONS[instrument_id]
