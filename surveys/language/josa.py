"""Korean particles by the final sound of the word before them.

Hangul tells its final sound itself. Digits are read as Sino-Korean numbers, capital letters by their names; of
other Latin words only those endings count whose Korean spelling is certain (mail 메일, store 스토어). For the
rest both particles are written, and a program that would show them is warned of (surveys.program.advice).
"""

import re
import unicodedata

_HANGUL_FIRST, _HANGUL_LAST, _FINALS = 0xAC00, 0xD7A3, 28
_OPEN, _CLOSED, _RIEUL = 0, 1, 8
"""Indices of a final consonant in a syllable: none, any that is not ㄹ (its first, ㄱ, stands for them), ㄹ."""

_READ = {
    **dict.fromkeys("036", _CLOSED),
    **dict.fromkeys("178", _RIEUL),
    **dict.fromkeys("2459%+", _OPEN),
    **dict.fromkeys("ABCDEFGHIJKOPQSTUVWXYZ", _OPEN),
    **dict.fromkeys("MN", _CLOSED),
    **dict.fromkeys("LR", _RIEUL),
}
_WORDS = {
    **dict.fromkeys(("app", "web", "shop", "slack", "facebook", "kg", "g", "mg"), _CLOSED),
    **dict.fromkeys(("km", "cm", "mm", "m", "ml", "l", "box"), _OPEN),
}
_ENDINGS = (
    (re.compile(r"(l|le)$"), _RIEUL),
    (re.compile(r"(ng|n|m|[^aeiou]?ne|[^aeiou]?me|ic)$"), _CLOSED),
    (re.compile(r"([aiouywrsxzfvh]|ee|ie|[cdfgkrstuvz]e|[^aeiou\W]t|[lnrs][dk]|[lms]p)$"), _OPEN),
)
_ACRONYM = re.compile(r"[A-Z]{1,5}$")
_LATIN = re.compile(r"[A-Za-z]+$")
_REMARK = re.compile(r"(?<=\S)\s*[(\[][^()\[\]]*[)\]]$")
_PAIRS = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "으로/로": ("으로", "로"),
    "아/야": ("아", "야"),
    "이/": ("이", ""),
}
_BOTH = {"으로": "(으)로"}
_FORMS = {form: pair for pair, forms in _PAIRS.items() for form in (pair, *forms) if form}
_FORMS["이"] = "이/가"
_FIELD = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
_UNDECIDED = re.compile(r"[은이을과]\([는가를와]\)|[는가를와]\([은이을과]\)|\(으\)로|\(이\)")


def final_sound(word: str) -> int | None:
    """Return the index of the word's final consonant (0 = open, 8 = ㄹ), or None when unreadable.

    Quotes, punctuation and emoji are looked through. A remark in brackets is not read aloud, so the word before
    it counts: ``상담(전화)`` ends like ``상담``; only where that is unreadable the remark tells: ``Kmong(크몽)``.
    """
    said = unicodedata.normalize("NFKC", word).strip()
    before = _REMARK.sub("", said)
    found = _last_sound(before)
    return _last_sound(said) if found is None and before != said else found


def _last_sound(said: str) -> int | None:
    end = len(said)
    while end and not (said[end - 1].isalnum() or said[end - 1] in _READ):
        end -= 1
    said = said[:end]
    last = said[-1:]
    if last and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        return (ord(last) - _HANGUL_FIRST) % _FINALS
    latin = _LATIN.search(said)
    if latin is None or _ACRONYM.fullmatch(latin[0]):
        return _READ.get(last)
    return _in_latin(latin[0])


def _in_latin(word: str) -> int | None:
    """Return how a Latin word ends as Koreans spell it, where its letters leave no doubt."""
    if word[-2:].isupper() and not word.isupper():
        return _READ[word[-1]]
    small = word.lower()
    if small in _WORDS:
        return _WORDS[small]
    return next((sound for ending, sound in _ENDINGS if ending.search(small)), None)


def josa(word: str, pair: str) -> str:
    """Return ``word`` with the right one of two particles, e.g. ``josa("배송", "을/를") == "배송을"``.

    ``pair`` may name either form. A word whose sound is unknown gets both, as Korean writes them: ``을(를)``.
    Raises KeyError for a pair that is not a particle.
    """
    closed, open_ = _PAIRS[_FORMS[pair]]
    final = final_sound(word)
    if final is None:
        return word + _BOTH.get(closed, f"{closed}({open_})" if open_ else f"({closed})")
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


def inflected(template: str) -> frozenset[str]:
    """Return the names of the template's fields that a particle follows."""
    return frozenset(match[1] for match in _FIELD.finditer(template) if match[2])


def undecided(text: str) -> str | None:
    """Return the first particle that is written in both forms, as in ``을(를)``; None where there is none."""
    found = _UNDECIDED.search(text)
    return found[0] if found else None
