"""Finds the stems of a dictionary in single words: as they are bent, run together, or misspelt by one letter."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from surveys.themes import english, korean
from surveys.themes.normal import jamo
from surveys.themes.phrases import Stem

REMEMBERED: Final = 10_000
"""Words whose stems are kept: a few thousand make up most of what is written."""

LONGEST_WORD: Final = 120
"""Jamo or letters; what is longer is no word."""

SHORTEST_NOUN: Final = 5
SHORTEST_OTHER: Final = 6
"""Jamo or letters of a stem that is looked for misspelt; one wrong letter in a shorter word makes another word."""

_MOST_MORPHEMES: Final = 4
_BEGINNINGS: Final = (4, 3, 2)
"""Jamo by which spellings are found, those of the shortest syllable last."""

_NOT: Final = tuple(map(jamo, ("안", "못")))
_NOT_SO: Final = re.compile(jamo("(?:지|지는|지도|지를|진|질)(?:않|못|안).*"))
_MIXED: Final = re.compile("([a-z]{2,})([가-힣]+)")
_WITHOUT: Final = re.compile(jamo("(?:이|가|은|는|도)?(?:없|아니).*"))


@dataclass(frozen=True, slots=True)
class Hit:
    """A stem in a word.

    ``negated``: the same word says that it is not so. ``guessed``: it is misspelt by one letter, ``sounded``: only by
    vowels that sound alike (베송, 환뷸), which may happen in a short word too.
    """

    stem: Stem
    negated: bool = False
    guessed: bool = False
    sounded: bool = False


Hits = frozenset[Hit]
NOTHING: Final[Hits] = frozenset()
_SOUNDS: Final = str.maketrans(
    "\u1163\u1167\u116d\u1172\u1166\u1168\u1164\u116b\u1170\u1174",  # ㅑ ㅕ ㅛ ㅠ ㅔ ㅖ ㅒ ㅙ ㅞ ㅢ
    "\u1161\u1165\u1169\u116e\u1162\u1162\u1162\u116c\u116c\u1175",  # ㅏ ㅓ ㅗ ㅜ ㅐ ㅐ ㅐ ㅚ ㅚ ㅣ
)
Known = dict[str, Hits | None]


class _Shelf:
    """Stems of one kind by how they are spelt."""

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._owners: defaultdict[str, set[Stem]] = defaultdict(set)
        self._alike: defaultdict[str, list[str]] = defaultdict(list)
        self._sounds: defaultdict[str, set[Stem]] = defaultdict(set)

    def add(self, spelling: str, stem: Stem) -> None:
        if spelling not in self._owners and len(spelling) >= self._shortest:
            self._alike[spelling[0]].append(spelling)
        if len(spelling) >= self._shortest:
            self._sounds[spelling.translate(_SOUNDS)].add(stem)
        self._owners[spelling].add(stem)

    @property
    def all(self) -> Collection[str]:
        return self._owners.keys()

    def spelt(self, spelling: str) -> Collection[Stem]:
        return self._owners.get(spelling, ())

    def sounding(self, sounds: str) -> Collection[Stem]:
        """Return the stems that sound like this, which says each vowel in one way."""
        return self._sounds.get(sounds, ())

    def nearly(self, spelling: str) -> Iterator[Stem]:
        """Yield the stems one letter away that begin alike."""
        alike = self._alike.get(spelling[0], ())
        for near, _, _ in extract(spelling, alike, scorer=OSA.distance, score_cutoff=1, limit=None):
            yield from self._owners[near]


class Lexicon:
    """All stems of a dictionary.

    ``fillers`` are Korean words that may stand before a stem without a space, ``apart`` words that are no misspelling.
    """

    def __init__(
        self, stems: Iterable[Stem], fillers: Sequence[str] = (), apart: Iterable[str] = ()
    ) -> None:
        self._nouns, self._predicates = _Shelf(SHORTEST_NOUN), _Shelf(SHORTEST_OTHER)
        self._english = _Shelf(SHORTEST_OTHER)
        self._korean = (
            (self._nouns, korean.noun_ends),
            (self._predicates, korean.predicate_ends),
        )
        self._fillers = frozenset(map(jamo, fillers))
        self._apart = tuple(jamo(word) for word in apart)
        for stem in stems:
            self._add(stem)
        self._lengths = _lengths({*self._nouns.all, *self._predicates.all, *self._fillers})
        self.read: Callable[[str], Hits] = lru_cache(REMEMBERED)(self._read)
        self.guess: Callable[[str], Hits] = lru_cache(REMEMBERED)(self._guess)

    def _add(self, stem: Stem) -> None:
        if stem.language == "en":
            for form in english.forms(stem.text, inflected=stem.bends):
                self._english.add(form, stem)
        elif stem.bends:
            for shape in korean.stems(stem.text):
                self._predicates.add(shape, stem)
        else:
            self._nouns.add(jamo(stem.text), stem)

    def _read(self, word: str) -> Hits:
        """Return the stems of a word that can be read to its end."""
        found = {Hit(stem) for stem in self._english.spelt(word)}
        apart = jamo(word)
        if len(apart) <= LONGEST_WORD:
            found.update(self._rest(apart, {}) or ())
        if mixed := _MIXED.fullmatch(word):
            found.update(map(Hit, self._with_particle(*mixed.groups())))
        return frozenset(found)

    def _with_particle(self, word: str, tail: str) -> Collection[Stem]:
        """Return the stems of an English word with a Korean particle: app이, refund는."""
        return self._english.spelt(word) if korean.noun_ends(jamo(tail)) else ()

    def across(self, first: str, second: str) -> Hits:
        """Return the stems that two words make only together: 재 문의."""
        return self.read(first + second) - self.read(second)

    def spelled(self, morphemes: Sequence[str]) -> Hits:
        """Return the stems that are made of whole morphemes of one word."""
        taken = tuple(map(jamo, morphemes))
        found: set[Hit] = set()
        for begin in range(len(taken)):
            for end in range(begin + 1, min(begin + _MOST_MORPHEMES, len(taken)) + 1):
                joined = "".join(taken[begin:end])
                for shelf in (self._nouns, self._predicates):
                    found.update(map(Hit, shelf.spelt(joined)))
        return frozenset(found)

    def _rest(self, rest: str, known: Known) -> Hits | None:
        """Return the stems of all ways to read this to its end; None where there is none. ``known`` has each end once."""
        if rest not in known:
            readings = tuple(self._readings(rest, known))
            known[rest] = NOTHING.union(*readings) if readings else None
        return known[rest]

    def _readings(self, rest: str, known: Known) -> Iterator[Hits]:
        begun = (self._lengths.get(rest[:length], ()) for length in _BEGINNINGS)
        for end in chain.from_iterable(begun):
            head, tail = rest[:end], rest[end:]
            if nouns := self._nouns.spelt(head):
                yield from self._with_noun(nouns, tail, known, no=head in _NOT)
            if predicates := self._predicates.spelt(head):
                yield from self._with_predicate(predicates, tail, known)
            if tail and head in self._fillers:
                more = self._rest(tail, known)
                if more is not None:
                    yield _denied(more) if head in _NOT else more

    def _with_noun(
        self, nouns: Iterable[Stem], tail: str, known: Known, *, no: bool
    ) -> Iterator[Hits]:
        without = _WITHOUT.fullmatch(tail) is not None
        hits = frozenset(Hit(stem, negated=without) for stem in nouns)
        if without or korean.noun_ends(tail):
            yield hits
        for behind in {tail, tail[korean.particle(tail) :]} - {""}:
            more = self._rest(behind, known)
            if more is not None:
                denied = _denied(more) if no else more
                yield denied | frozenset(h for h in hits if no or len(h.stem.text) > 1)

    def _with_predicate(
        self, predicates: Iterable[Stem], tail: str, known: Known
    ) -> Iterator[Hits]:
        """Yield what a predicate ends with, or what follows it without a space: 빠르고 포장도, 늦지만 친절."""
        if korean.predicate_ends(tail):
            yield frozenset(map(Hit, predicates))
        elif _NOT_SO.fullmatch(tail):
            yield frozenset(Hit(stem, negated=True) for stem in predicates)
        for end in korean.joints(tail):
            more = self._rest(tail[end:], known)
            if more is not None:
                yield more | frozenset(map(Hit, predicates))

    def _guess(self, word: str) -> Hits:
        """Return the stems that a word may be a misspelling of: one letter more, less or other, or two swapped."""
        apart = jamo(word)
        if len(apart) > LONGEST_WORD or apart.startswith(self._apart):
            return NOTHING
        if word.isascii():
            return frozenset(Hit(stem, guessed=True) for stem in self._english.nearly(word))
        found, sounded = set[Stem](), set[Stem]()
        sounds = apart.translate(_SOUNDS)
        for length in range(SHORTEST_NOUN - 1, len(apart) + 1):
            head, tail = apart[:length], apart[length:]
            for shelf, ends in self._korean:
                if ends(tail):
                    found.update(shelf.nearly(head))
                    sounded.update(shelf.sounding(sounds[:length]))
        return frozenset(Hit(s, guessed=True, sounded=s in sounded) for s in found | sounded)


def _lengths(spellings: Iterable[str]) -> Mapping[str, Sequence[int]]:
    """Return how long the spellings are that begin alike, the longest first: nothing else need be looked up."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for spelling in spellings:
        found[spelling[: _BEGINNINGS[0]]].add(len(spelling))
    return {beginning: sorted(lengths, reverse=True) for beginning, lengths in found.items()}


def _denied(hits: Hits) -> Hits:
    return frozenset(replace(hit, negated=True) for hit in hits)
