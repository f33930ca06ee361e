"""Brings a comment into the one form in which its words are looked for."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 4000
"""Characters of a comment that are looked at; no chat sends longer ones in one message."""

_LONE_JAMO: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\ud7b0-\ud7ff]+")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_END: Final = re.compile(r"[.!?…。\n;,~]+")
_APOSTROPHE: Final = re.compile("['’`]")
_WORD: Final = re.compile(r"[가-힣a-z0-9]+")


def clauses(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each clause: composed, lower case, without marks, laughter, tears and stretching.

    ``ㅋㅋ`` and ``ㅠㅠ`` are no words, a letter said three times or more is said once, ``didn't`` is ``didnt``.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    plain = _APOSTROPHE.sub("", _LONE_JAMO.sub(" ", plain))
    plain = _STRETCHED.sub(r"\1", plain)
    found = (tuple(_WORD.findall(part)) for part in _END.split(plain))
    return tuple(words for words in found if words)


def jamo(text: str) -> str:
    """Return Korean syllables taken apart, so that a stem can end inside one: 비싸 begins 비싼."""
    return unicodedata.normalize("NFD", text)


def syllables(text: str) -> str:
    """Undo ``jamo``."""
    return unicodedata.normalize("NFC", text)
