"""Decides what a text says: one number, words of degree, signs, or nothing; never a guess."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from surveys.instruments import Instrument
from surveys.language.texts import languages
from surveys.replies import signs
from surveys.replies.clauses import Clauses, clauses
from surveys.replies.edges import LONG, ends, rates_between
from surveys.replies.levels import Phrase, closing_phrase, phrase
from surveys.replies.mentions import MOST, Mark, Mention, Mentions, mentions
from surveys.replies.plain import Plain, plain
from surveys.replies.reading import NOTHING, Reading
from surveys.replies.tongue import Family, Level
from surveys.replies.tongues import TONGUES
from surveys.replies.weighing import Weighed, weigh
from surveys.replies.words import read_word

# Where words of degree are the scale's own labels or stand for them. Anywhere else they only suggest.
_COUNTS_ON = {
    Family.SATISFACTION: frozenset({"csat"}),
    Family.AGREEMENT: frozenset({"ces2"}),
    Family.NEUTRAL: frozenset({"csat", "ces2"}),
}
_STARS_ON = frozenset({"csat"})
# More are no answer in words of degree but a list, or a prank.
_MOST_CLAUSES = 24
_EDGE = " \t\n.,;:!?~-()[]\"'/|…·♥♡^_="


def read(text: str, instrument: Instrument) -> Reading:
    """Return what a typed text says on the instrument's scale. Total, deterministic, linear in the text."""
    if len(text) > LONG:
        return _read_long(text, instrument)
    typed = plain(text)
    labelled = _label(typed, instrument)
    if labelled is not None:
        return labelled
    if instrument.words:
        return read_word(typed, instrument)
    return _Judge(typed, instrument).reading()


def _read_long(text: str, instrument: Instrument) -> Reading:
    """Read the ends of a long text; a rating there stands unless another one may lie between them."""
    reading = read(ends(text), instrument)
    if reading.score is None:
        return reading
    if rates_between(text):
        return _unsure("candidates")
    return replace(reading, comment=text.strip())


def _label(typed: Plain, instrument: Instrument) -> Reading | None:
    """Read a text that is one of the scale's own labels, in any language the instrument is worded in."""
    said = " ".join(typed.text.split()).strip(_EDGE)
    for wording in map(instrument.wording, languages()):
        for score, label in zip(instrument.scores, wording.labels, strict=True):
            if label and said == label.lower():
                if instrument.id == "nps":
                    return Reading(
                        kind="unsure", suggestion=score, confidence=0.9, rule="likelihood"
                    )
                return Reading(kind="rated", score=score, confidence=0.99, rule="label")
    return None


def on_scale(degree: int, instrument: Instrument) -> int:
    """Return the score at a level from -3 (the lowest end) to +3 (the highest)."""
    return round(instrument.low + (degree + 3) / 6 * (instrument.high - instrument.low))


@dataclass(frozen=True, slots=True)
class _Said:
    """A phrase of degree and where it stands in the plain text."""

    start: int
    end: int
    phrase: Phrase

    @property
    def level(self) -> Level:
        return self.phrase.level


class _Judge:
    """One text being read against one instrument."""

    def __init__(self, typed: Plain, instrument: Instrument) -> None:
        self.typed = typed
        self.text = typed.text
        self.instrument = instrument
        self.cut: Clauses = clauses(self.text)

    def reading(self) -> Reading:
        numbers: Mentions = mentions(self.text)
        if len(numbers.found) > MOST:
            return Reading(kind="none", rule="crowded")
        said = _blanked(self.text, numbers.scales)
        weighed = [w for m in numbers.found if (w := weigh(said, self.cut, m)) is not None]
        if any(w.confidence for w in weighed) or len(weighed) == 1:
            return self._numeric(weighed, numbers.scales)
        return self._worded() or self._signed() or NOTHING

    # --- numbers ------------------------------------------------------------------------------

    def _numeric(self, weighed: list[Weighed], scales: tuple[Mention, ...]) -> Reading:
        values = {self._value(w) for w in weighed}
        clean = {self._value(w) for w in weighed if not w.doubt} - {None}
        suggestion = clean.pop() if len(clean) == 1 and self._all_here(scales) else None
        if len(values) > 1:
            return _unsure("candidates", suggestion)
        value = values.pop()
        if value is None:
            return _unsure("off_scale")
        if not self._all_here(scales):
            return _unsure("other_scale")
        if not any(w.confidence and not w.doubt for w in weighed):
            return _unsure(weighed[0].doubt or weighed[0].rule, value)
        return self._rated(value, weighed, scales)

    def _all_here(self, scales: tuple[Mention, ...]) -> bool:
        return all(scale.of == self.instrument.high for scale in scales)

    def _value(self, weighed: Weighed) -> int | None:
        """Return the score that a number is on this scale; None for a fraction, another scale's, one off it."""
        mention, scale = weighed.mention, self.instrument
        if mention.mark in (Mark.HIGH, Mark.LOW):
            return scale.high if mention.mark is Mark.HIGH else scale.low
        if mention.mark is Mark.STARS and scale.id not in _STARS_ON:
            return None
        if mention.of is not None and mention.of != scale.high:
            return None
        value = mention.value
        return value if value is not None and scale.valid(value) else None

    def _rated(self, value: int, weighed: list[Weighed], scales: tuple[Mention, ...]) -> Reading:
        best = max(weighed, key=lambda w: w.confidence)
        comment = self._beside(
            [*((w.start, w.end) for w in weighed), *((s.start, s.end) for s in scales)]
        )
        said = self._only_phrase(comment)
        if said is not None and self._against(value, said):
            return _unsure("contradiction", value)
        return Reading(
            kind="rated", score=value, comment=comment, confidence=best.confidence, rule=best.rule
        )

    def _only_phrase(self, comment: str) -> Level | None:
        """Return the level that a comment consists in, if it is nothing but words of degree."""
        text = plain(comment).text.strip(_EDGE)
        found = phrase(text) if text else None
        return found.level if found is not None and found.whole else None

    def _against(self, value: int, level: Level) -> bool:
        """Say whether words and number point to opposite ends, as of somebody who has the scale upside down."""
        middle = (self.instrument.low + self.instrument.high) / 2
        return (value - middle) * level.degree < 0 and abs(level.degree) > 1

    # --- words --------------------------------------------------------------------------------

    def _worded(self) -> Reading | None:
        said = list(self._phrases())
        counted = [s for s in said if s.level.family not in (Family.OPINION, Family.LIKELIHOOD)]
        if counted:
            return self._levelled(counted)
        alone = [s for s in said if s.phrase.whole]
        if alone and _says_more(self.text) and not self._beside([(s.start, s.end) for s in alone]):
            return self._suggested(alone)
        return None

    def _phrases(self) -> Iterable[_Said]:
        stretches = list(self.cut.all())
        for start, end in stretches if len(stretches) <= _MOST_CLAUSES else ():
            if self.cut.asks(end):
                continue
            lead = len(self.text[start:end]) - len(self.text[start:end].lstrip(" .,-~"))
            clause = self.text[start + lead : end]
            found = phrase(clause)
            if found is not None:
                yield _Said(start, start + lead + found.size, found)
            elif (last := closing_phrase(clause)) is not None:
                yield _Said(end - last.size, end, last)

    def _levelled(self, said: list[_Said]) -> Reading:
        degrees = {(s.level.family, s.level.degree) for s in said}
        first = said[0]
        if len(degrees) > 1:
            return _unsure("candidates")
        score = on_scale(first.level.degree, self.instrument)
        here = self.instrument.id in _COUNTS_ON.get(first.level.family, frozenset())
        if not here:
            return _unsure("other_words", score)
        if not first.level.clear or self._hangs(said):
            return _unsure("qualified", score)
        comment = self._beside([(s.start, s.end) for s in said])
        confidence = 0.8 if any(s.phrase.typo for s in said) else 0.95 if not comment else 0.9
        return Reading(
            kind="rated",
            score=score,
            comment=comment,
            confidence=confidence,
            rule=str(first.level.family),
        )

    def _hangs(self, said: list[_Said]) -> bool:
        """Say whether none of the phrases begins the text or stands as a clause of its own."""
        return not any(s.phrase.whole or not self.text[: s.start].strip(_EDGE) for s in said)

    def _suggested(self, said: list[_Said]) -> Reading:
        degrees = {s.level.degree for s in said}
        if len(degrees) > 1:
            return _unsure("candidates")
        family = said[0].level.family
        return _unsure(str(family), on_scale(degrees.pop(), self.instrument))

    # --- signs --------------------------------------------------------------------------------

    def _signed(self) -> Reading | None:
        degree = signs.degree(self.text)
        if degree is None or _says_more(signs.without(self.text)):
            return None
        return _unsure("sign", on_scale(degree, self.instrument))

    # --- the rest -----------------------------------------------------------------------------

    def _beside(self, spans: list[tuple[int, int]]) -> str:
        """Return what was typed beside the rating; the whole text where the rating stands amid it."""
        first, last = min(s for s, _ in spans), max(e for _, e in spans)
        before = _untitled(self.typed.typed_between(0, first).rstrip()).strip(_EDGE)
        after = self.typed.typed_between(last, len(self.text)).strip(_EDGE)
        sides = [side for side in (before, after) if _says_more(signs.without(plain(side).text))]
        inner = len(spans) > 1 and _says_more(self._between(spans))
        if len(sides) > 1 or inner:
            return self.typed.typed.strip()
        return sides[0] if sides else ""

    def _between(self, spans: list[tuple[int, int]]) -> str:
        return " ".join(self.text[end:start] for (_, end), (start, _) in pairwise(sorted(spans)))


def _blanked(text: str, spans: tuple[Mention, ...]) -> str:
    """Return the text with spaces in the place of the scales it names."""
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


_LETTER = re.compile(r"[a-z0-9가-힣]")


def _says_more(text: str) -> bool:
    """Say whether a plain text says anything but courtesies."""
    rest = text
    for piece in re.split(r"[\n.,!?;:~()^ㄱ-ㅎㅏ-ㅣ]+", rest):
        words = " ".join(piece.split())
        if _LETTER.search(words) and not _courteous(words):
            return True
    return False


def _untitled(before: str) -> str:
    """Drop what only announces the rating: "Rating:"."""
    words = plain(before[:-1]).text.split() if before.endswith(":") else []
    announced = words and all(any(t.company.lead.fullmatch(w) for t in TONGUES) for w in words)
    return "" if announced else before


def _courteous(words: str) -> bool:
    return any(t.phrases.courtesies.fullmatch(words) for t in TONGUES) or all(
        any(t.phrases.courtesies.fullmatch(word) for t in TONGUES) for word in words.split()
    )


def _unsure(rule: str, suggestion: int | None = None) -> Reading:
    confidence = 0.5 if suggestion is not None else 0.3
    return Reading(kind="unsure", suggestion=suggestion, confidence=confidence, rule=rule)
