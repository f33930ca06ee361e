"""Finds the stems of a dictionary in single words: as they are bent, run together, or misspelt by one letter."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from surveys.themes import english, korean
from surveys.themes.normal import jamo
from surveys.themes.phrases import Stem

REMEMBERED: Final = 10_000
"""Words whose stems are kept: a few thousand make up most of what is written."""

LONGEST_WORD: Final = 60
"""Jamo or letters; what is longer is no word."""

SHORTEST_NOUN: Final = 5
SHORTEST_OTHER: Final = 6
"""Jamo or letters of a stem that is looked for misspelt; one wrong letter in a shorter word makes another word."""

_MOST_MORPHEMES: Final = 4
_NOT: Final = tuple(map(jamo, ("안", "못")))
_NOT_SO: Final = re.compile(jamo("(?:지|지는|지도|지를|진|질)(?:않|못|안).*"))
_WITHOUT: Final = re.compile(jamo("(?:이|가|은|는|도)?(?:없|아니).*"))


@dataclass(frozen=True, slots=True)
class Hit:
    """A stem in a word. ``negated``: the same word says that it is not so. ``guessed``: one letter differs."""

    stem: Stem
    negated: bool = False
    guessed: bool = False


Hits = frozenset[Hit]
NOTHING: Final[Hits] = frozenset()


class _Shelf:
    """Stems of one kind by how they are spelt."""

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._owners: defaultdict[str, set[Stem]] = defaultdict(set)
        self._alike: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, spelling: str, stem: Stem) -> None:
        if spelling not in self._owners and len(spelling) >= self._shortest:
            self._alike[spelling[0]].append(spelling)
        self._owners[spelling].add(stem)

    def spelt(self, spelling: str) -> Collection[Stem]:
        return self._owners.get(spelling, ())

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
        self._fillers = frozenset(map(jamo, fillers))
        self._apart = tuple(jamo(word) for word in apart)
        for stem in stems:
            self._add(stem)
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
            found.update(*self._readings(apart))
        return frozenset(found)

    def across(self, first: str, second: str) -> Hits:
        """Return the stems that two words make only together: 재 문의."""
        own = self.read(second)
        return frozenset(hit for hit in self.read(first + second) if hit not in own)

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

    def _readings(self, rest: str) -> Iterator[Hits]:
        for end in range(len(rest), 0, -1):
            head, tail = rest[:end], rest[end:]
            if nouns := self._nouns.spelt(head):
                yield from self._with_noun(nouns, tail, no=head in _NOT)
            if predicates := self._predicates.spelt(head):
                yield from _with_predicate(predicates, tail)
            if tail and head in self._fillers:
                for hits in self._readings(tail):
                    yield frozenset(replace(h, negated=h.negated or head in _NOT) for h in hits)

    def _with_noun(self, nouns: Iterable[Stem], tail: str, *, no: bool) -> Iterator[Hits]:
        without = _WITHOUT.fullmatch(tail) is not None
        hits = frozenset(Hit(stem, negated=without) for stem in nouns)
        if without or korean.noun_ends(tail):
            yield hits
        for behind in {tail, tail[korean.particle(tail) :]}:
            for more in self._readings(behind):
                denied = frozenset(replace(hit, negated=True) for hit in more) if no else more
                yield denied | frozenset(h for h in hits if no or len(h.stem.text) > 1)

    def _guess(self, word: str) -> Hits:
        """Return the stems that a word may be a misspelling of: one letter more, less or other, or two swapped."""
        apart = jamo(word)
        if len(apart) > LONGEST_WORD or apart.startswith(self._apart):
            return NOTHING
        found = set(self._english.nearly(word))
        for length in range(SHORTEST_NOUN - 1, len(apart) + 1):
            head, tail = apart[:length], apart[length:]
            if korean.noun_ends(tail):
                found.update(self._nouns.nearly(head))
            if korean.predicate_ends(tail):
                found.update(self._predicates.nearly(head))
        return frozenset(Hit(stem, guessed=True) for stem in found)


def _with_predicate(predicates: Iterable[Stem], tail: str) -> Iterator[Hits]:
    if korean.predicate_ends(tail):
        yield frozenset(map(Hit, predicates))
    elif _NOT_SO.fullmatch(tail):
        yield frozenset(Hit(stem, negated=True) for stem in predicates)
