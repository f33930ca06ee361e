"""Names that a program's parts go by (small letters, digits, hyphens), made of words as people write them.

Hangul is spelled syllable by syllable as the Revised Romanisation of Korean spells each alone (Ministry of Culture
and Tourism notice 2000-8), without the changes of sound between syllables: 배송 만족 is ``baesong-manjok``.
"""

import re
import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final

_SPELLED: Final = {
    "first": "g kk n d tt r m b pp s ss . j jj ch k t p h",
    "middle": "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i",
    "last": ". k k k n n n t l k m l l l p l m p p t t ng t t k t p t",
}
"""The letters of a syllable in the order of Unicode; a dot is none."""
_FIRST, _MIDDLE, _LAST = (
    [letter.strip(".") for letter in letters.split(" ")] for letters in _SPELLED.values()
)
_HANGUL: Final = range(0xAC00, 0xD7A4)
_WORDS: Final = re.compile(r"[\w\s.,·&/()!?'’+-]*")


def key_of(words: str, longest: int) -> str:
    """Return the key that words make, at most so long; "" where no letter or digit of them has a Latin spelling."""
    whole = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", words))
    spelled = "".join(_spelled(letter) for letter in whole).lower()
    bare = unicodedata.normalize("NFD", spelled)
    plain = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")


def keyed(typed: str, known: str, longest: int) -> str:
    """Return what was typed for a key as one, ``known`` being the pattern of those that are; as it is where it makes none."""
    if re.fullmatch(known, typed) or not _WORDS.fullmatch(typed):
        return typed
    return key_of(typed, longest) or typed


def free(key: str, taken: Container[str], longest: int) -> str:
    """Return the key, or the first of ``key-2``, ``key-3`` and so on that is not taken, at most so long."""
    numbered = (f"{key[: longest - len(f'-{n}')].rstrip('-')}-{n}" for n in count(2))
    return key if key not in taken else next(each for each in numbered if each not in taken)


def _spelled(letter: str) -> str:
    if ord(letter) not in _HANGUL:
        return letter
    rest, last = divmod(ord(letter) - _HANGUL.start, len(_LAST))
    first, middle = divmod(rest, len(_MIDDLE))
    return _FIRST[first] + _MIDDLE[middle] + _LAST[last]
