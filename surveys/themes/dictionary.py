"""What a comment is about: themes by a dictionary of phrases, Korean and English at once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Protocol

from surveys.journey import Texts
from surveys.themes.lexicon import Hit, Hits, Lexicon
from surveys.themes.normal import clauses, jamo
from surveys.themes.phrases import NEGATIVE, Phrase, Stem, read
from surveys.themes.schema import Theme

BETWEEN: Final = 3
"""How many other words may stand among those of a phrase."""

SHORTEST_GUESSED: Final = 8
"""Jamo or letters of a whole phrase, one of which may be wrong."""

_MOST_PLACES: Final = 6
"""Places of one part in a clause that are tried; nobody says a word more often than that without meaning it."""

_BEFORE: Final = 3
"""Words before an English phrase in which a no turns it round."""

_NOT_SO: Final = ("지", "지는", "지도", "지를", "진", "질")
_NO_KOREAN: Final = ("않", "못", "안")
_NONE: Final = ("없", "아니")
_BEHIND: Final = 4
"""Words behind a trouble among which it may be said that there was none."""

_CASE: Final = "적 적이 적은 적도 일이 일은 일도 점 점이 점은 점도 곳 곳이 곳은 데 데가 부분 부분이 경우 경우가"
_CASES: Final = frozenset(_CASE.split())
_EVEN: Final = _CASES.union(
    ("하나", "하나도", "전혀", "일절", "아예", "거의", "한번도", "한", "번도"),
    ("같은", "거", "건", "것", "것도", "것이", "게", "따위", "문제"),
)
_THAT: Final = frozenset({"줄", "줄은", "줄만"})
_FEARED: Final = re.compile(jamo("까").join(("\u11af", "(?:봐|봐서|요|$)")))
"""늦을까, 깨질까봐: feared, and not said to be so."""


class Analyser(Protocol):
    """A morphological analyser of Korean."""

    def morphemes(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        """Return the morphemes of each of a clause's words, verbs and adjectives by their stem."""


@dataclass(frozen=True, slots=True)
class Found:
    """A theme in a comment, the phrase by which it was found, and whether a letter of it was wrong."""

    theme: str
    phrase: str
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    word: int
    hit: Hit


@dataclass(frozen=True, slots=True)
class _Meaning:
    theme: str
    phrase: Phrase
    trouble: bool


class Dictionary:
    """Themes, ready to be looked for. Equal themes make dictionaries that find the same."""

    def __init__(
        self,
        themes: Iterable[Theme],
        *,
        fillers: Sequence[str] = (),
        apart: Iterable[str] = (),
        common: Iterable[str] = (),
        analyser: Analyser | None = None,
    ) -> None:
        self.themes: Mapping[str, Theme] = {theme.id: theme for theme in themes}
        self._analyser = analyser
        self._chips = {chip: t.id for t in self.themes.values() for chip in t.chips}
        self._meanings: defaultdict[Stem, list[_Meaning]] = defaultdict(list)
        for meaning in self._meant():
            for stem in meaning.phrase.parts[0]:
                self._meanings[stem].append(meaning)
        stems = {s for m in self._meant() for part in m.phrase.parts for s in part}
        stems.update(s for m in self._meant() for s in m.phrase.without)
        stems.update(s for word in common for s in read(word, "ko").parts[0])
        self._lexicon = Lexicon(sorted(stems, key=_order), fillers, apart)

    def of_chip(self, survey: str, chip: str) -> str:
        """Return the theme that a tapped reason means: the one that names it, else the reason itself."""
        return self._chips.get(f"{survey}/{chip}") or self._chips.get(chip) or chip

    def label(self, theme: str) -> Texts | None:
        """Return what a theme is called; None of one that is only a reason, or is none."""
        known = self.themes.get(theme)
        return known.label if known else None

    def find(self, text: str) -> tuple[Found, ...]:
        """Return the themes of a comment, sorted, each once: by a phrase spelt right where there is one."""
        found: dict[str, Found] = {}
        for words in clauses(text):
            for each in self._in_clause(words):
                known = found.get(each.theme)
                if known is None or (known.guessed and not each.guessed):
                    found[each.theme] = each
        return tuple(found[theme] for theme in sorted(found))

    def _meant(self) -> Iterator[_Meaning]:
        for theme in self.themes.values():
            for language, phrases in sorted(theme.words.items()):
                for written in phrases:
                    yield _Meaning(theme.id, read(written, language), bool(theme.trouble))

    def _in_clause(self, words: Sequence[str]) -> Iterator[Found]:
        places: defaultdict[Stem, list[_Place]] = defaultdict(list)
        for number, hits in enumerate(self._hits(words)):
            for hit in sorted(hits, key=_by_care):
                places[hit.stem].append(_Place(number, hit))
        if not places:
            return
        seen = {stem for stem, at in places.items() if not all(p.hit.guessed for p in at)}
        meant = {id(m): m for stem in places for m in self._meanings.get(stem, ())}
        for meaning in meant.values():
            if not seen.isdisjoint(meaning.phrase.without):
                continue
            for chosen in _combined(meaning.phrase, places):
                if not (meaning.trouble and _denied(chosen, words)):
                    guessed = any(place.hit.guessed for place in chosen)
                    yield Found(meaning.theme, meaning.phrase.written, guessed)
                    break

    def _hits(self, words: Sequence[str]) -> Iterator[Hits]:
        analysed = self._analyser.morphemes(words) if self._analyser else ()
        for number, word in enumerate(words):
            hits = self._lexicon.read(word)
            if number:
                hits |= self._lexicon.across(words[number - 1], word)
            known = hits or self._lexicon.guess(word)
            yield self._with_morphemes(known, analysed[number]) if analysed else known

    def _with_morphemes(self, known: Hits, morphemes: Sequence[str]) -> Hits:
        stems = {hit.stem for hit in known}
        return known | {hit for hit in self._lexicon.spelled(morphemes) if hit.stem not in stems}


def _order(stem: Stem) -> tuple[str, str, bool]:
    return stem.language, stem.text, stem.bends


def _by_care(hit: Hit) -> tuple[bool, bool]:
    """Sort what was read before what was guessed, and what stands before what is denied."""
    return hit.guessed, hit.negated


def _combined(
    phrase: Phrase, places: Mapping[Stem, Sequence[_Place]]
) -> Iterator[tuple[_Place, ...]]:
    """Yield places for the parts of a phrase that stand near enough, with one misspelling at most."""
    each = [
        sorted((p for s in part for p in places.get(s, ())), key=lambda p: _by_care(p.hit))[
            :_MOST_PLACES
        ]
        for part in phrase.parts
    ]
    for chosen in product(*each):
        numbers = [place.word for place in chosen]
        near = max(numbers) - min(numbers) < len(chosen) + BETWEEN
        if near and len({p.hit.stem for p in chosen}) == len(chosen) and _is_sure(chosen):
            yield chosen


def _is_sure(chosen: Sequence[_Place]) -> bool:
    guesses = sum(place.hit.guessed and not place.hit.sounded for place in chosen)
    length = sum(len(jamo(place.hit.stem.text)) for place in chosen)
    return guesses == 0 or (guesses == 1 and length >= SHORTEST_GUESSED)


def _denied(chosen: Sequence[_Place], words: Sequence[str]) -> bool:
    """Say whether the clause says that it is not so; a no that belongs to the phrase denies nothing."""
    if any(place.hit.stem.text in NEGATIVE for place in chosen):
        return False
    if any(place.hit.negated for place in chosen):
        return True
    if chosen[0].hit.stem.language == "en":
        numbers = [place.word for place in chosen]
        return not NEGATIVE.isdisjoint(words[max(0, min(numbers) - _BEFORE) : max(numbers)])
    return any(_denied_beside(place, words) for place in chosen)


def _denied_beside(place: _Place, words: Sequence[str]) -> bool:
    word, behind = words[place.word], words[place.word + 1 : place.word + 1 + _BEHIND]
    if _FEARED.search(jamo(word)) or _expected(word, behind):
        return True
    if place.hit.stem.bends:
        before = words[place.word - 1] if place.word else ""
        following = behind[0] if behind else ""
        if before in _NO_KOREAN or (word.endswith(_NOT_SO) and following.startswith(_NO_KOREAN)):
            return True
        return bool(behind) and behind[0] in _CASES and _none_follows(behind[1:])
    return _none_follows(behind)


def _none_follows(behind: Sequence[str]) -> bool:
    """Say whether there is none of it: 파손 없이, 파손 하나 없이, 늦은 적이 한번도 없어요."""
    first = next((word for word in behind if word not in _EVEN), "")
    return first.startswith(_NONE)


def _expected(word: str, behind: Sequence[str]) -> bool:
    """Say whether it was only thought that it would be so: 늦을 줄 알았는데."""
    thought = len(behind) > 1 and behind[0] in _THAT and behind[1].startswith("알")
    return thought and jamo(word).endswith("\u11af")
