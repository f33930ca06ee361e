"""Brings a comment into the one form in which its words are looked for."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 4000
"""Characters of a comment that are looked at; no chat sends longer ones in one message."""

_UNSEEN: Final = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_TYPED_APART: Final = re.compile(
    "([ㄱ-ㅎ][ㅏ-ㅣ])([ㄱ-ㅎ](?![ㄱ-ㅎㅏ-ㅣ])|[ㄱ-ㅎ](?=[ㄱ-ㅎ][ㅏ-ㅣ]))?"
)
_SPELLED: Final = re.compile(
    r"(?<![가-힣a-z0-9])(?:[가-힣](?:[ .·_*~-]{1,3}[가-힣](?![가-힣a-z0-9])){3,}|[a-z](?: [a-z](?![a-z0-9'])){2,})"
)
_LONE_JAMO: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\ud7b0-\ud7ff]+")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_END: Final = re.compile(r"[.!?…。\n;,~]+")
_FINALS: Final = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_APOSTROPHE: Final = re.compile("['’`]")
_WORD: Final = re.compile(r"[가-힣a-z0-9]+")


def clauses(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each clause: composed, lower case, without marks, laughter, tears and stretching.

    ``ㅋㅋ`` and ``ㅠㅠ`` are no words, a letter said three times or more is said once, ``didn't`` is ``didnt``. Letters
    typed apart (ㅂㅐㅅㅗㅇ) are put together; words spaced out (``배 송 지 연``) are read both as they stand and as one.
    """
    plain = _plain(text)
    together = _SPELLED.sub(_joined, plain)
    both = plain if together == plain else f"{plain}\n{together}"
    found = (tuple(_WORD.findall(part)) for part in _END.split(both))
    return tuple(words for words in found if words)


def _plain(text: str) -> str:
    seen = _TYPED_APART.sub(_composed, _UNSEEN.sub("", text[:LONGEST]))
    plain = unicodedata.normalize("NFKC", seen).casefold()
    plain = _APOSTROPHE.sub("", _LONE_JAMO.sub(" ", plain))
    return _STRETCHED.sub(r"\1", plain)


def _composed(typed: re.Match[str]) -> str:
    """Return a syllable of letters typed one by one; laughter behind it is no part of it."""
    open_part, final = typed.groups()
    whole = unicodedata.normalize("NFKC", open_part)
    if not final or final in "ㅋㅎㅃㅉㄸ":
        return whole + (final or "")
    return chr(ord(whole) + _FINALS.index(final))


def _joined(spelled: re.Match[str]) -> str:
    return "".join(_WORD.findall(spelled.group()))


def jamo(text: str) -> str:
    """Return Korean syllables taken apart, so that a stem can end inside one: 비싸 begins 비싼."""
    return unicodedata.normalize("NFD", text)


def syllables(text: str) -> str:
    """Undo ``jamo``."""
    return unicodedata.normalize("NFC", text)
