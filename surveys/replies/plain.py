"""Brings a typed text into one plain form whose every character still knows where it was typed."""

import unicodedata
from dataclasses import dataclass

# NFKC would turn the letters of ㅋㅋ and ㅠㅠ into ones that join into syllables.
_LETTERS = range(0x3131, 0x318F)
_DROPPED = frozenset("\ufe0e\ufe0f\u20e3\u200b\u200c\u200d\u2060\ufeff\u00ad")
_SAME = {
    **dict.fromkeys(map(chr, (*range(0x2010, 0x2016), 0x2212, 0xFF0D, 0x30FC, 0x2500)), "-"),
    **dict.fromkeys(map(chr, (0x223C, 0xFF5E, 0x301C, 0x02DC)), "~"),
    **dict.fromkeys(map(chr, (0x2018, 0x2019, 0x00B4, 0x0060)), "'"),
    **dict.fromkeys(map(chr, (0x2044, 0x2215, 0x00F7, 0xFF0F)), "/"),
    **dict.fromkeys(map(chr, (0x3001, 0xFF0C)), ","),
    **dict.fromkeys(map(chr, (0x3002, 0xFF0E, 0x2026)), "."),
    **dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    "\u70b9": "점",  # 点
    "🔟": "10",
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain form: ``origin[i]`` is the place in ``typed`` of the plain character ``i``."""

    typed: str
    text: str
    origin: tuple[int, ...]

    def typed_between(self, start: int, end: int) -> str:
        """Return what was typed for the plain characters from ``start`` to ``end``."""
        return self.typed[self.origin[start] : self.origin[end]]


def plain(text: str) -> Plain:
    """Fold width, case, digits of any script, keycaps and look-alike signs."""
    typed = unicodedata.normalize("NFC", text)
    letters: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(typed):
        folded = _folded(char)
        letters.append(folded)
        origin.extend([place] * len(folded))
    return Plain(typed, "".join(letters), (*origin, len(typed)))


def _folded(char: str) -> str:
    if char in _DROPPED:
        return ""
    if char in _SAME:
        return _SAME[char]
    if char.isascii() or ord(char) in _LETTERS:
        return char.lower()
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    wide = unicodedata.normalize("NFKC", char)
    if "\u2044" in wide:  # ½ and its like: no whole number whatever stands before it
        return ".5"
    return _SAME.get(wide, wide.casefold())
