"""Reads words of degree ("매우 만족", "strongly agree") as a level between the ends of a scale."""

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import lru_cache

from surveys.replies.tongue import Family, Level, Phrases
from surveys.replies.tongues import TONGUES

_WORD = re.compile(r"[^\s]+")
_LONGEST = 8
_SHORT = 24
# No phrase is longer; what stands further on in a clause is not looked at.
_SEEN = 160
# Hangul syllables from U+AC00 on: 19 leading letters x 21 vowels x 28 final letters or none (Unicode 3.12).
_SYLLABLES = 11172
_FINAL = ("요", "다", "음", "임", "네", "죠")
_STRONG, _PLAIN, _MILD, _NEVER, _BARELY, _NOT_AT_ALL = 3, 2, 1, -3, -1, -4


@dataclass(frozen=True, slots=True)
class Phrase:
    """A level, the size of the phrase that says it, and whether the clause ends with it or goes on."""

    level: Level
    size: int
    whole: bool
    typo: bool = False


def phrase(clause: str) -> Phrase | None:
    """Return the level that a clause of plain text states from its first word on."""
    for tongue in TONGUES:
        found = _longest(clause, tongue.phrases)
        if found is not None:
            return found
    return None


def _longest(clause: str, phrases: Phrases) -> Phrase | None:
    words = list(_WORD.finditer(clause[:_SEEN]))
    joint = "" if phrases.joined else " "
    said = [word[0].strip(",.'-") for word in words[:_LONGEST]]
    for count in range(len(said), 0, -1):
        level = _Peeling(joint.join(said[:count]), phrases).level()
        whole = count == len(words) and len(clause) <= _SEEN
        if level is not None and (whole or _ends(phrases, level, said[:count], words[count][0])):
            end = words[count - 1].end()
            sure = not (phrases.taken_back.match(clause, end) or _imagined(phrases, said[:count]))
            return Phrase(replace(level, clear=level.clear and sure), end, whole)
    meant = _mistyped(joint.join(said), phrases) if said and len(said) == len(words) else None
    return Phrase(meant, words[-1].end(), whole=True, typo=True) if meant else None


def _imagined(phrases: Phrases, said: list[str]) -> bool:
    """Say whether the words before the verdict make it a condition, where verbs come first."""
    return not phrases.joined and phrases.unmeant.search(" ".join(said)) is not None


def _ends(phrases: Phrases, level: Level, said: list[str], following: str) -> bool:
    """Say whether a phrase ends where more follows: told by its own last word in Korean, the next in English."""
    if level.family is Family.NEUTRAL and phrases.joined and not said[-1].endswith(_FINAL):
        return False
    return phrases.goes_on.match(said[-1] if phrases.joined else following) is not None


def closing_phrase(clause: str) -> Phrase | None:
    """Return the level of a verdict that a clause ends with (배송이 빨라서 만족합니다), in languages whose verbs come last."""
    for tongue in TONGUES:
        words = list(_WORD.finditer(clause[-_SEEN:])) if tongue.phrases.joined else []
        for first in range(max(1, len(words) - _LONGEST), len(words)):
            if tongue.phrases.unmeant.search(words[first - 1][0]):
                continue
            level = _Peeling("".join(w[0] for w in words[first:]), tongue.phrases).level()
            verdict = level is not None and level.family in (Family.SATISFACTION, Family.AGREEMENT)
            if level is not None and verdict and "그렇" not in words[-1][0]:
                apart = tongue.phrases.apart.search(words[first - 1][0]) is not None
                level = replace(level, clear=level.clear and apart)
                return Phrase(level, words[-1].end() - words[first].start(), whole=True)
    return None


class _Peeling:
    """A phrase being peeled from its front: lead-ins, degrees and denials, until a stem and its end are left."""

    def __init__(self, text: str, phrases: Phrases) -> None:
        self.rest = text
        self.phrases = phrases
        self.degree: int | None = None
        self.denied = False

    def level(self) -> Level | None:
        while self.rest:
            found = self._stem()
            if found is not None:
                return found
            if not (self._degree() or self._denial() or self._lead()):
                return None
        return None

    def _front(self, words: Container[str]) -> str | None:
        """Return the longest of the words that the rest begins with, up to a word's end in English."""
        for size in range(min(len(self.rest), 36), 0, -1):
            if self.rest[:size] in words and (
                self.phrases.joined or self.rest[size : size + 1] in ("", " ")
            ):
                return self.rest[:size]
        return None

    def _drop(self, word: str) -> bool:
        self.rest = self.rest[len(word) :].lstrip()
        return True

    def _stem(self) -> Level | None:
        stem = self._front(self.phrases.stems)
        if stem is None:
            return None
        end = self.phrases.turned.fullmatch(self.rest, len(stem))
        if end is None:
            return None
        said = end.groupdict()
        denied = self.denied ^ bool(said.get("no"))
        degree = _NEVER if said.get("never") else _STRONG if said.get("strong") else self.degree
        return _turned(self.phrases.stems[stem], degree, denied=denied)

    def _degree(self) -> bool:
        word = self._front(self.phrases.degrees)
        if word is None:
            return False
        degree = self.phrases.degrees[word]
        self.degree = (
            degree if self.degree is None or abs(degree) > abs(self.degree) else self.degree
        )
        return self._drop(word)

    def _denial(self) -> bool:
        word = self._front(self.phrases.refusals)
        if word is None:
            return False
        self.denied = not self.denied
        return self._drop(word)

    def _lead(self) -> bool:
        word = self._front(self.phrases.leads)
        return word is not None and self._drop(word)


def _turned(base: Level, degree: int | None, *, denied: bool) -> Level | None:
    """Return a stem's level with its word of degree and its denial."""
    if base.family is Family.NEUTRAL:
        plain = not denied and degree in (None, _PLAIN, _STRONG)
        return Level(base.family, 0, clear=base.clear and plain)
    sign = 1 if base.degree > 0 else -1
    if denied:
        return _denied(base, degree, sign)
    if degree == _NOT_AT_ALL:
        return Level(base.family, -3 * sign, clear=base.clear and sign > 0)
    if degree in (_NEVER, _BARELY):
        return Level(base.family, -3 if degree == _NEVER else -2, clear=False) if sign > 0 else None
    strength = {None: abs(base.degree), _STRONG: 3, _MILD: 1}.get(degree, abs(base.degree))
    return Level(base.family, sign * strength, clear=base.clear and degree != 0)


def _denied(base: Level, degree: int | None, sign: int) -> Level:
    if sign < 0:
        return Level(base.family, 1, clear=False)
    strength = {None: -2, _PLAIN: -2, _MILD: -1, _NEVER: -3}.get(degree, -2)
    clear = base.clear and degree in (None, _MILD, _NEVER)
    return Level(base.family, strength, clear=clear)


def _mistyped(text: str, phrases: Phrases) -> Level | None:
    """Try the words that one slip of the finger away from are what was typed."""
    if len(text) > _SHORT:
        return None
    for place in range(len(text)):
        if not phrases.joined and place and text[place - 1] != " ":
            continue
        for stem in phrases.mistyped:
            for size in (len(stem), len(stem) + 1, len(stem) - 1):
                typed = text[place : place + size]
                if typed in phrases.real or not _one_slip(typed, stem):
                    continue
                level = _Peeling(text[:place] + stem + text[place + size :], phrases).level()
                if level is not None:
                    return level
    return None


def _one_slip(typed: str, meant: str) -> bool:
    """Say whether one letter more, less, other or swapped makes one word of the other."""
    a, b = _letters(typed), _letters(meant)
    if a == b or abs(len(a) - len(b)) > 1 or a[:1] != b[:1]:
        return False
    same = next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    swapped = a[same + 1 : same + 2] + a[same : same + 1] + a[same + 2 :]
    return (
        a[same + 1 :] in (b[same:], b[same + 1 :])
        or a[same:] == b[same + 1 :]
        or swapped == b[same:]
    )


@lru_cache(maxsize=256)
def _letters(word: str) -> str:
    """Return a word in letters, each Hangul syllable as its two or three."""
    return "".join(_jamo(char) for char in word)


def _jamo(char: str) -> str:
    place = ord(char) - 0xAC00
    if not 0 <= place < _SYLLABLES:
        return char
    lead, vowel, tail = place // 588, place % 588 // 28, place % 28
    return chr(0x1100 + lead) + chr(0x1161 + vowel) + (chr(0x11A7 + tail) if tail else "")
