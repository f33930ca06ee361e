"""English words: which forms a word takes."""

from collections.abc import Iterator
from typing import Final

_DOUBLING: Final = "bdgklmnprt"
_VOWELS: Final = "aeiou"


def forms(word: str, *, inflected: bool) -> frozenset[str]:
    """Return the word with its plural; ``inflected`` adds what a verb or an adjective becomes.

    Irregular forms (broke, rude's ruder) are written down as words of their own.
    """
    plural = f"{word[:-1]}ies" if _soft(word) else f"{word}es" if _hissing(word) else f"{word}s"
    return frozenset({word, plural, *(_inflected(word) if inflected else ())})


def _inflected(word: str) -> Iterator[str]:
    if word.endswith("e"):
        yield from (f"{word}d", f"{word[:-1]}ing", f"{word}r", f"{word}st", f"{word}ly")
    elif _soft(word):
        yield from (f"{word[:-1]}{end}" for end in ("ied", "ier", "iest", "ily"))
        yield f"{word}ing"
    else:
        yield from (f"{word}{end}" for end in ("ed", "ing", "er", "est", "ly"))
    if len(word) > 2 and word[-1] in _DOUBLING and word[-2] in _VOWELS:  # noqa: PLR2004 a vowel between consonants
        yield from (f"{word}{word[-1]}{end}" for end in ("ed", "ing", "er", "est"))


def _soft(word: str) -> bool:
    return len(word) > 1 and word[-1] == "y" and word[-2] not in _VOWELS


def _hissing(word: str) -> bool:
    return word.endswith(("s", "x", "z", "ch", "sh"))
