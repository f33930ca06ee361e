"""Finds every number in a text that may be a rating, with the mark that makes it one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from surveys.replies.tongue import Numbers
from surveys.replies.tongues import TONGUES

_HOLE = "\x00"
# More numbers than anybody puts into an answer: a list, a table, a prank.
MOST = 16

_ELSEWHERE = (
    re.compile(r"\+\d{1,3}[\s-]?\d[\d\s-]{5,14}\d|(?<![\d-])\d{2,4}-\d{3,4}(?:-\d{3,4})?(?![\d-])"),
    re.compile(
        r"(?<!\d)\d{2,4}([-./])\d{1,2}\1\d{1,4}(?!\d)|(?<![\d.])\d{1,2}:\d{2}(?::\d{2})?(?!\d)"
    ),
    re.compile(
        r"(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)|[$€£₩¥#@]\s?\d+(?:\.\d+)?|\d+(?:\.\d+)?\s?[$€£₩¥%℃°]"
    ),
    re.compile(r"[\^ㅠㅜ><ㅡ-][_.]?0[_.]?[\^ㅠㅜ><ㅡ]"),
    re.compile(r"(?<!\d)\d{1,2}\s?\+\s?\d{1,2}(?!\d)"),
    re.compile(r"(?:https?:|www\.)\S{1,200}"),
    re.compile(r"(?<![\d.])\d{4,}(?![\d.]|\s?점)"),
    re.compile(r"(?<![a-z_])[a-z_]{1,24}-?\d+[a-z\d_]*(?!\d*\s?점)(?<!rating\d)(?<!score\d)"),
)
_RATIO = re.compile(
    r"(?<![\d/.,-])(?P<a>\d{1,3}(?:\.\d+)?)\s?/\s?(?P<b>\d{1,3})(?![\d/]|\.\d)\s?점?"
)
_DIGITS = re.compile(r"(?P<sign>(?<!\S)[-+])?(?P<n>\d{1,9})(?P<part>\.\d+)?|(?P<half>\.5)")
_STARS = re.compile(r"[⭐★☆🌟]+(?:\s?[⭐★☆🌟]+){0,9}")
_Reader = Callable[[re.Match[str]], tuple[int, int] | None]


class Mark(StrEnum):
    """What makes a number a score; a bare one needs the right company."""

    BARE = "bare"
    WORD = "word"
    POINTS = "points"
    TYPO = "typo"
    RATIO = "ratio"
    STARS = "stars"
    RANGE = "range"
    LOW = "low_end"
    HIGH = "high_end"


@dataclass(frozen=True, slots=True)
class Mention:
    """A number as it stands in the plain text. ``value`` None: no single whole number. ``of``: its scale's maximum."""

    start: int
    end: int
    mark: Mark
    value: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Mentions:
    """All numbers of a text that may be ratings, in order, and the scales it names."""

    found: tuple[Mention, ...]
    scales: tuple[Mention, ...]


def mentions(text: str) -> Mentions:
    """Find the numbers of a plain text, leaving out what is never a rating."""
    return _Search(text).run()


def number(word: str) -> int | None:
    """Return what digits or a number word of any language are worth; None for no whole number."""
    if word.isdigit():
        return int(word)
    return next((n for t in TONGUES if (n := t.numbers.value(word)) is not None), None)


def _group(match: re.Match[str], letter: str) -> str | None:
    """Return what the one alternative that matched has in its group of this letter (a, a2, a3)."""
    groups = match.groupdict()
    return next((found for name, found in groups.items() if name[0] == letter and found), None)


class _Search:
    """What is left of a text while its numbers are taken out of it, the best marked first."""

    def __init__(self, text: str) -> None:
        self.rest = text
        self.found: list[Mention] = []
        self.scales: list[Mention] = []

    def run(self) -> Mentions:
        for pattern in _ELSEWHERE:
            self._cut(pattern)
        self._cut(_STARS, self._drawn_stars)
        for tongue in TONGUES:
            self._cut(tongue.numbers.stars, self._counted_stars)
        for tongue in TONGUES:
            for pattern in tongue.company.foreign:
                self._cut(pattern)
        for tongue in TONGUES:
            self._marked(tongue.numbers)
        self._cut(_RATIO, self._ratio)
        for tongue in TONGUES:
            self._cut(tongue.numbers.scale, self._scale)
        for tongue in TONGUES:
            self._cut(tongue.numbers.several, lambda m: self._add(m.span(), Mark.RANGE, None))
        for tongue in TONGUES:
            self._cut(tongue.numbers.word, partial(self._word, tongue.numbers))
        self._cut(_DIGITS, self._digits)
        return Mentions(tuple(sorted(self.found, key=lambda m: m.start)), tuple(self.scales))

    def _cut(self, pattern: re.Pattern[str], read: _Reader | None = None) -> None:
        """Cut out the stretches that ``read`` makes something of; without it, every match."""
        pieces, last = [], 0
        for match in pattern.finditer(self.rest):
            start, end = match.span() if read is None else read(match) or (last, last)
            if start >= last and end > start:
                pieces += [self.rest[last:start], _HOLE * (end - start)]
                last = end
        self.rest = "".join([*pieces, self.rest[last:]])

    def _add(
        self, span: tuple[int, int], mark: Mark, value: int | None, of: int | None = None
    ) -> tuple[int, int]:
        self.found.append(Mention(*span, mark, value, of))
        return span

    def _marked(self, numbers: Numbers) -> None:
        self._cut(numbers.ratio, self._ratio)
        self._cut(numbers.high, lambda m: self._add(m.span(), Mark.HIGH, None))
        self._cut(numbers.low, lambda m: self._add(m.span(), Mark.LOW, None))

    def _counted_stars(self, match: re.Match[str]) -> tuple[int, int]:
        a = match.groupdict().get("a")
        if a:
            return self._add(match.span(), Mark.STARS, number(a), number(match["stars"]))
        whole = not (match["several"] or match["half"])
        return self._add(match.span(), Mark.STARS, number(match["stars"]) if whole else None)

    def _drawn_stars(self, match: re.Match[str]) -> tuple[int, int] | None:
        stars = match[0]
        full, empty = sum(stars.count(s) for s in "⭐★🌟"), stars.count("☆")
        if full + empty == 1:
            return None  # one star is the sign of a number beside it
        return self._add(match.span(), Mark.STARS, full or empty)

    def _ratio(self, match: re.Match[str]) -> tuple[int, int]:
        a, b = _group(match, "a"), _group(match, "b")
        end = self._behind_points(match.end())
        of = number(b) if b else None
        return self._add(
            (match.start(), end), Mark.RATIO, number(a) if a else None, -1 if of is None else of
        )

    def _behind_points(self, end: int) -> int:
        for tongue in TONGUES:
            mark = tongue.numbers.points.match(self.rest, end)
            if mark:
                return mark.end()
        return end

    def _scale(self, match: re.Match[str]) -> tuple[int, int]:
        base = next(
            group for name, group in match.groupdict().items() if name.startswith("b") and group
        )
        self.scales.append(Mention(*match.span(), Mark.RATIO, None, number(base)))
        return match.span()

    def _word(self, numbers: Numbers, match: re.Match[str]) -> tuple[int, int]:
        word, value = match["word"], numbers.value(match["word"])
        points = numbers.points.match(self.rest, match.end())
        end = points.end() if points else match.end()
        half = numbers.half.match(self.rest, end)
        if half:
            return self._add((match.start(), half.end()), Mark.POINTS, None)
        mark = Mark.POINTS if points and word in numbers.plain else Mark.WORD
        return self._add((match.start(), end), mark, value)

    def _digits(self, match: re.Match[str]) -> tuple[int, int]:
        start, end = match.span()
        whole = match["n"] if not (match["part"] or match["sign"] or match["half"]) else None
        mark = Mark.BARE
        for tongue in TONGUES:
            for kind, pattern in (
                (Mark.POINTS, tongue.numbers.points),
                (Mark.TYPO, tongue.numbers.typos),
            ):
                found = pattern.match(self.rest, end)
                if found and mark is Mark.BARE:
                    mark, end = kind, found.end()
            if tongue.numbers.half.match(self.rest, end) and (
                mark is Mark.POINTS or tongue.language == "en"
            ):
                whole = None
        coded = whole is not None and len(whole) > 1 and whole.startswith("0")
        return self._add((start, end), mark, int(whole) if whole and not coded else None)
