"""Korean particles by the final sound of the word before them."""

import re

_HANGUL_FIRST, _HANGUL_LAST, _FINALS, _RIEUL = 0xAC00, 0xD7A3, 28, 8
# How a digit or a Latin letter ends when it is read aloud in Korean: the index of its final consonant.
_READ = {
    **dict.fromkeys("0136", 1),
    **dict.fromkeys("78", _RIEUL),
    **dict.fromkeys("2459", 0),
    **dict.fromkeys("ABCDEFGHIJKOPQSTUVWXYZ", 0),
    **dict.fromkeys("MN", 16),
    **dict.fromkeys("LR", _RIEUL),
}
_SKIPPED = re.compile(r"[\s\"'’”»›)\]}>」』》〉.,!?~…·*_-]+$")
_PAIRS = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "으로/로": ("으로", "로"),
    "아/야": ("아", "야"),
    "이/": ("이", ""),
}
_FORMS = {form: pair for pair, forms in _PAIRS.items() for form in (pair, *forms) if form}
_FORMS["이"] = "이/가"
_FIELD = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


def final_sound(word: str) -> int | None:
    """Return the index of the word's final consonant (0 = open, 8 = ㄹ), or None when unreadable.

    Closing brackets, quotes and punctuation are looked through. Digits are read as Sino-Korean numbers,
    Latin letters by their Korean letter names.
    """
    last = _SKIPPED.sub("", word)[-1:].upper()
    if last and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        return (ord(last) - _HANGUL_FIRST) % _FINALS
    return _READ.get(last)


def josa(word: str, pair: str) -> str:
    """Return ``word`` with the right one of two particles, e.g. ``josa("배송", "을/를") == "배송을"``.

    ``pair`` may name either form. A word whose sound is unknown gets both: ``을(를)``.
    Raises KeyError for a pair that is not a particle.
    """
    closed, open_ = _PAIRS[_FORMS[pair]]
    final = final_sound(word)
    if final is None:
        return f"{word}{closed}({open_})" if open_ else f"{word}({closed})"
    if closed == "으로" and final == _RIEUL:
        return word + open_
    return word + (closed if final else open_)


def fill(template: str, **values: str) -> str:
    """Return the template with ``{name}`` and ``{name:을/를}`` fields filled in.

    Raises KeyError for a field without a value. Braces inside values stay as they are.
    """

    def field(match: re.Match[str]) -> str:
        name, pair = match.group(1), match.group(2)
        return josa(values[name], pair) if pair else values[name]

    return _FIELD.sub(field, template)
