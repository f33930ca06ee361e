"""Reads words of degree ("매우 만족", "strongly agree") as a level between the ends of a scale."""

import re
from dataclasses import dataclass

from surveys.replies.tongue import Family, Level, Phrases
from surveys.replies.tongues import TONGUES

_WORD = re.compile(r"[^\s]+")
_LONGEST = 8
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
    words = list(_WORD.finditer(clause[:160]))
    for count in range(min(_LONGEST, len(words)), 0, -1):
        said = [word[0].strip(",.'-") for word in words[:count]]
        found = _parse(said, phrases)
        if found is None:
            continue
        level, typo = found
        whole = count == len(words) and len(clause) <= 160
        if whole or phrases.goes_on.match(_next(phrases, said, words[count][0])):
            return Phrase(level, words[count - 1].end(), whole, typo)
    return None


def _next(phrases: Phrases, said: list[str], following: str) -> str:
    """Return what tells whether a phrase ends here: its own last word in Korean, the next one in English."""
    return said[-1] if phrases.joined else following


def _parse(words: list[str], phrases: Phrases) -> tuple[Level, bool] | None:
    joint = "" if phrases.joined else " "
    text = joint.join(words)
    level = _Peeling(text, phrases).level()
    if level is not None:
        return level, False
    return _mistyped(text, phrases)


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

    def _front(self, words: object) -> str | None:
        """Return the longest of the words that the rest begins with, up to a word's end in English."""
        for size in range(min(len(self.rest), 36), 0, -1):
            if self.rest[:size] in words and (self.phrases.joined or self.rest[size : size + 1] in ("", " ")):  # type: ignore[operator]
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
        degree = _NEVER if said.get("never") else self.degree
        return _turned(self.phrases.stems[stem], degree, denied=denied)

    def _degree(self) -> bool:
        word = self._front(self.phrases.degrees)
        if word is None:
            return False
        degree = self.phrases.degrees[word]
        self.degree = degree if self.degree is None or abs(degree) > abs(self.degree) else self.degree
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


def _mistyped(text: str, phrases: Phrases) -> tuple[Level, bool] | None:
    """Try the words that one slip of the finger away from are what was typed."""
    if len(text) > 40:
        return None
    for place in range(len(text)):
        if not phrases.joined and place and text[place - 1] != " ":
            continue
        for stem in phrases.mistyped:
            for size in (len(stem) - 1, len(stem), len(stem) + 1):
                typed = text[place : place + size]
                if typed in phrases.real or len(typed) != size or not _one_slip(typed, stem):
                    continue
                level = _Peeling(text[:place] + stem + text[place + size :], phrases).level()
                if level is not None:
                    return level, True
    return None


def _one_slip(typed: str, meant: str) -> bool:
    """Say whether one letter more, less, other or swapped makes one word of the other."""
    a, b = _letters(typed), _letters(meant)
    if a == b or abs(len(a) - len(b)) > 1 or a[:1] != b[:1]:
        return False
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    swapped = a[same + 1 : same + 2] + a[same : same + 1] + a[same + 2 :]
    return a[same + 1 :] in (b[same:], b[same + 1 :]) or a[same:] == b[same + 1 :] or swapped == b[same:]


def _letters(word: str) -> str:
    """Return a word in letters, each Hangul syllable as its two or three."""
    return "".join(_jamo(char) for char in word)


def _jamo(char: str) -> str:
    place = ord(char) - 0xAC00
    if not 0 <= place < 11172:
        return char
    lead, vowel, tail = place // 588, place % 588 // 28, place % 28
    return chr(0x1100 + lead) + chr(0x1161 + vowel) + (chr(0x11A7 + tail) if tail else "")
