"""What one language contributes to reading ratings: words and patterns, no logic of its own.

A third language is one more module that builds a ``Tongue`` and a place in ``tongues.TONGUES``. Patterns
see plain text (surveys.replies.plain) and at most ``REACH`` characters to either side of a number, so that
no text can make them slow.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

REACH = 48


def words(text: str, between: str | None = None) -> tuple[str, ...]:
    """Return the words of a table written as one text, as their languages are read."""
    return tuple(text.split(between))


class Family(StrEnum):
    """What a word of degree is about; which instrument it counts on follows from that."""

    SATISFACTION = "satisfaction"
    AGREEMENT = "agreement"
    NEUTRAL = "neutral"
    LIKELIHOOD = "likelihood"
    OPINION = "opinion"


@dataclass(frozen=True, slots=True)
class Level:
    """How far a phrase goes, from -3 (the lowest end) over 0 to +3, and whether that is quite clear."""

    family: Family
    degree: int
    clear: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How a language writes numbers and the scale they are on.

    Attributes:
        word: finds number words.
        value: what such a word is worth; None where it is no single number ("seven or eight" in one word).
        plain: the words that a mark of points makes a score anywhere; others count only where nothing else is said.
        points: the mark after a number that makes it a score; ``typos`` what it is mistyped as.
        half: after a mark or a number: it was no whole number.
        ratio: finds ``9 out of 10`` in the groups ``a`` and ``b``.
        scale: finds a scale named without a score, in the group ``b``.
        several: finds two numbers offered for one ("7 or 8").
        high, low: find words for the ends of the scale.
        stars: finds a number of stars in the group ``stars``.
    """

    word: re.Pattern[str]
    value: Callable[[str], int | None]
    plain: frozenset[str]
    points: re.Pattern[str]
    typos: re.Pattern[str]
    half: re.Pattern[str]
    ratio: re.Pattern[str]
    scale: re.Pattern[str]
    several: re.Pattern[str]
    high: re.Pattern[str]
    low: re.Pattern[str]
    stars: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company a number keeps: patterns over what stands before it or after it in its clause.

    Attributes:
        foreign: finds whole stretches that are never ratings (times, amounts, counts with their units).
        unit: after a number: it counts or measures something.
        label: before a number: it names something (order 7, iphone 7).
        cue: before a number: what follows is a score (give it a, overall).
        lead: one word that may stand before a bare score; ``tail`` one that may stand after it.
        ending: what may be attached to a number.
        opens: after a leading number: the text goes on as a comment would.
        closes: before a number at the end: a sentence has ended there.
        doubt_aside: before a number, in whatever clause: its writer says that she does not know.
        doubt_before, doubt_after: the number is negated, bounded, wished for, asked about or reported.
    """

    foreign: tuple[re.Pattern[str], ...]
    unit: re.Pattern[str]
    label: re.Pattern[str]
    cue: re.Pattern[str]
    lead: re.Pattern[str]
    tail: re.Pattern[str]
    ending: re.Pattern[str]
    opens: re.Pattern[str]
    closes: re.Pattern[str]
    doubt_aside: re.Pattern[str]
    doubt_before: re.Pattern[str]
    doubt_after: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """How a language says how much: lead-ins, degrees, stems, negations and what may follow.

    Attributes:
        joined: whether spaces inside a phrase mean nothing (Korean spacing is anybody's guess).
        leads: what may stand before, longest first when peeled.
        degrees: words of degree: 3 strong, 2 as without one, 1 mild, 0 doubtful; -1 hardly; -3 strengthens a
            denial (전혀), -4 is one by itself (not at all).
        stems: what it is about, and its level without a word of degree.
        refusals: before a stem: they turn it round.
        turned: what may follow a stem: a denial in the group ``no``, its strengthening in ``never``, an end.
        goes_on: after a finished phrase: the text goes on as a comment would.
        taken_back: after a phrase: another one is offered in its place, or it was none.
        apart: ends a word that can't belong to a verdict behind it; any other may be a degree we don't know.
        unmeant: before a verdict at the end: it is a condition, a question or somebody else's.
        mistyped: the stems that one slip of the finger may hide.
        real: words one slip away from a stem that are words of their own.
        courtesies: words that add nothing to a rating.
    """

    joined: bool
    leads: frozenset[str]
    degrees: Mapping[str, int]
    stems: Mapping[str, Level]
    refusals: frozenset[str]
    turned: re.Pattern[str]
    goes_on: re.Pattern[str]
    taken_back: re.Pattern[str]
    apart: re.Pattern[str]
    unmeant: re.Pattern[str]
    mistyped: frozenset[str]
    real: frozenset[str]
    courtesies: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language's part in reading ratings."""

    language: str
    numbers: Numbers
    company: Company
    phrases: Phrases
