"""Telegram's way of counting and cutting text: UTF-16 code units, never within what reads as one character."""

import unicodedata
from itertools import takewhile

_JOINER = "\u200d"
_VOWELS_AND_FINALS = ("\u1160", "\u11ff")  # of a Korean syllable spelled out (NFD)
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")
_TAGS = ("\U000e0020", "\U000e007f")
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Drop NUL and replace lone surrogates, so that the text can be stored and sent anywhere."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "")


def units(text: str) -> int:
    """Count UTF-16 code units; an emoji outside the basic plane counts two."""
    return len(text) + sum(character > "\uffff" for character in text)


def shorten(text: str, limit: int) -> str:
    """Cut ``text`` to at most ``limit`` code units, ending in an ellipsis where something was cut."""
    if units(text) <= limit:
        return text
    room = limit - units(_ELLIPSIS)
    kept = text.encode("utf-16-le")[: 2 * max(room, 0)].decode("utf-16-le", "ignore")
    end = len(kept)
    while end and _goes_on(text, end):
        end -= 1
    return f"{text[:end]}{_ELLIPSIS}"[: max(limit, 0)]


def _goes_on(text: str, at: int) -> bool:
    """Say whether the character at this place is read together with the one before it."""
    before, here = text[at - 1], text[at]
    if _JOINER in (before, here) or unicodedata.category(here) in {"Mn", "Me", "Mc"}:
        return True
    if _between(here, _FLAG_LETTERS) and _between(before, _FLAG_LETTERS):
        return _flags(text[:at]) % 2 == 1
    return any(_between(here, each) for each in (_VOWELS_AND_FINALS, _SKIN_TONES, _TAGS))


def _flags(text: str) -> int:
    """Count the flag letters that the text ends in: two make one flag."""
    return sum(1 for _ in takewhile(lambda each: _between(each, _FLAG_LETTERS), reversed(text)))


def _between(character: str, ends: tuple[str, str]) -> bool:
    return ends[0] <= character <= ends[1]
