"""Weighs each number by the company it keeps: is it a rating, how surely, and is it meant as the answer?"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from surveys.replies.clauses import Clauses
from surveys.replies.mentions import Mark, Mention
from surveys.replies.tongue import REACH, Company
from surveys.replies.tongues import TONGUES

_WORD = re.compile(r"[^\s,.]+")
_NUMBER = re.compile(r"\d{1,2}")
_SHORT = 6
_COMPANIES = tuple(tongue.company for tongue in TONGUES)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A number that is a rating.

    Attributes:
        start, end: the stretch that says the rating and nothing else.
        value: None where it is no whole number.
        rule: why it counts.
        confidence: how surely numbers of this kind are the answer.
        doubt: why it may not be meant (negated, bounded, wished for, asked about, reported), or "".
    """

    start: int
    end: int
    mention: Mention
    rule: str
    confidence: float
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A number in its clause: what stands before and after it, no further than REACH."""

    text: str
    mention: Mention
    first: int
    last: int

    @property
    def before(self) -> str:
        return self.text[max(self.first, self.mention.start - REACH) : self.mention.start]

    @property
    def after(self) -> str:
        return self.text[self.mention.end : min(self.last, self.mention.end + REACH)]

    @property
    def wholly_before(self) -> bool:
        """Whether ``before`` reaches back to the beginning of the clause."""
        return self.mention.start - self.first <= REACH


def weigh(text: str, cut: Clauses, mention: Mention) -> Weighed | None:
    """Return the number as a rating, or None where it is none."""
    place = _Place(text, mention, *cut.around(mention.start, mention.end))
    found = _counted(place)
    if found is None:
        return None
    rule, confidence = found
    start, end = _stretch(place)
    doubt = _doubt(place, asked=cut.asks(place.last))
    return Weighed(start, end, mention, rule, confidence, doubt)


def _counted(place: _Place) -> tuple[str, float] | None:
    """Return the rule by which the number counts as a rating, and how surely."""
    mark = place.mention.mark
    if mark not in (Mark.BARE, Mark.WORD, Mark.TYPO, Mark.RANGE):
        return mark.value, 0.97
    if mark is Mark.BARE and (_counts_something(place) or _labelled(place)):
        return None
    if _alone(place):
        return "alone", 0.99 if mark is Mark.BARE else 0.9
    return None if mark is Mark.TYPO or _labelled(place) else _accompanied(place)


def _accompanied(place: _Place) -> tuple[str, float] | None:
    """Return the rule by which a number amid other words counts; "loose" only counts against others."""
    word = place.mention.mark is not Mark.BARE and not place.text[place.mention.start].isascii()
    rules: tuple[tuple[str, float, Callable[[], bool]], ...] = (
        ("cued", 0.9, lambda: not word and _cued(place)),
        ("leading", 0.85, lambda: not place.before.strip() and _goes_on(place, finite=word)),
        ("trailing", 0.85, lambda: not word and _closes(place)),
        ("loose", 0.0, lambda: place.mention.mark is Mark.BARE and _ends_here(place)),
    )
    return next(((rule, surely) for rule, surely, holds in rules if holds()), None)


def _any(pick: Callable[[Company], re.Pattern[str]], text: str) -> bool:
    return any(pick(company).search(text) for company in _COMPANIES)


def _labelled(place: _Place) -> bool:
    """Say whether the words before make it the name of something; a colon is no end of them."""
    raw = place.text[max(0, place.mention.start - REACH) : place.mention.start]
    return _any(lambda c: c.label, raw)


def _counts_something(place: _Place) -> bool:
    return any(company.unit.match(place.after) for company in _COMPANIES)


def _alone(place: _Place) -> bool:
    """Say whether the clause says the number and nothing else but what may go with it."""
    if not place.wholly_before or len(place.text[place.mention.end : place.last]) > REACH:
        return False
    return _led(place.before) and (_ends_here(place) or _qualified(place.after))


def _led(before: str) -> bool:
    """Say whether only lead-ins stand before it, or lead-ins and what casts doubt on it."""
    for company in _COMPANIES:
        doubt = company.doubt_before.search(before)
        if doubt and len(doubt[0].split()) <= _SHORT:
            before = before[: doubt.start()]
    return _all_words(before, lambda c: c.lead)


def _ends_here(place: _Place) -> bool:
    rest = place.after
    return any(_all_words(rest[size:], lambda c: c.tail) for size in _endings(rest))


def _endings(rest: str) -> list[int]:
    """Return how long the ending attached to a number may be: that of each language, and none."""
    matches = (company.ending.match(rest) for company in _COMPANIES)
    sizes = [match.end() for match in matches if match]
    return [*sizes, 0] if rest[:1] in ("", " ", ",", ".") else sizes


def _all_words(text: str, pick: Callable[[Company], re.Pattern[str]]) -> bool:
    patterns = [pick(company) for company in _COMPANIES]
    return all(
        _NUMBER.fullmatch(word) or any(p.fullmatch(word) for p in patterns)
        for word in _WORD.findall(text)
    )


def _cued(place: _Place) -> bool:
    """Say whether a cue stands before it and nothing it could count behind it."""
    return _any(lambda c: c.cue, place.before) and (_ends_here(place) or _goes_on(place))


def _goes_on(place: _Place, *, finite: bool = False) -> bool:
    """Say whether what follows is a comment; ``finite``: only behind an ending that closes a sentence."""
    if finite and not place.after[:1].strip():
        return False
    return any(company.opens.match(place.after + " ") for company in _COMPANIES)


def _closes(place: _Place) -> bool:
    return _any(lambda c: c.closes, place.before) and _ends_here(place)


def _doubt(place: _Place, *, asked: bool) -> str:
    if asked and len(place.text[place.mention.end : place.last]) <= REACH:
        return "asked"
    before = _since_turn(place.before)
    raw = place.text[max(0, place.mention.start - REACH) : place.mention.start]
    if _any(lambda c: c.doubt_aside, raw):
        return "hedged"
    if _qualified(place.after) or _any(lambda c: c.doubt_before, before):
        return "qualified"
    return ""


def _qualified(after: str) -> bool:
    return any(company.doubt_after.match(after) for company in _COMPANIES)


_TURN = re.compile(
    r".*(?<![a-z])(?:so|but|because|therefore|hence|and|still)\s|.*(?:지만|는데|라서|어서|아서|해서|니까)\s",
    re.DOTALL,
)


def _since_turn(before: str) -> str:
    """Return what stands before the number since the last "so" or "but": what was denied before is done."""
    turn = _TURN.match(before)
    return before[turn.end() :] if turn else before


def _stretch(place: _Place) -> tuple[int, int]:
    """Return the number with the words around it that belong to saying it."""
    start, end = place.mention.start, place.mention.end
    if place.wholly_before and _all_words(place.before, lambda c: c.lead):
        start = place.first
    else:
        cue = next((m for c in _COMPANIES if (m := c.cue.search(place.before))), None)
        if cue and cue[0].isascii():
            start -= len(place.before) - cue.start()
    sizes = _endings(place.after)
    end += max(sizes, default=0)
    rest = place.text[end : place.last]
    if len(rest) <= REACH and _all_words(rest, lambda c: c.tail):
        end = place.last
    return start, end
