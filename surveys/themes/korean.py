"""Korean words without a morphological analyser: which forms a stem takes, and what may follow it.

A noun is followed by particles, the copula or 하다 and 되다; a predicate's stem by endings. Both are judged at the level
of jamo, and a word counts only if it can be read to its end: 포장이 is packaging, 포장마차 is a food stall.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from surveys.themes.normal import jamo, syllables

REMEMBERED: Final = 4000
"""Ends of words that are kept: a few hundred end nearly all."""

_FIRST, _VOWELS, _FINALS = 0xAC00, 21, 28
_CONTRACTED: Final = {"ㅣ": "ㅕ", "ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅚ": "ㅙ"}
_MEDIALS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST: Final = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

_ENDINGS: Final = (
    "다 고 지 네 요 야 용 여 는 은 을 음 어 아 었 았 였 했 겠 습 니 까 데 더 덩 덜 라 던 면 서 도 만 나 군 거 든 죠 잖 려 기 셔 셨 "
    "시 으 며 자 대 래 구 해 하 한 할 함 합 된 됐 되 돼 듯 로 록 수 게 케 긴 길 진 짐 져 졌 질 터 버 렸 린 려 가 간 갔 네 냐 니 세 "
    "심 신 실 십 셈 염 욬 랑 락 럽 러 구 군 걸 걍 건 것 같 때 문 에 있 없 인 이 입 임 주 줬 줘 준 줌 와 왔 온 옴 놓 놔 보 봤"
)
_PARTICLES: Final = (
    "이 가 은 는 을 를 도 만 의 에 에서 에게 에겐 에는 에도 엔 께 께서 로 으로 와 과 랑 이랑 하고 까지 부터 마저 조차 밖에 처럼 "
    "보다 이나 나 요 이요 이고 고 며 이며 이라 라 이라서 라서 란 이란 들 들이 들은 때문 때문에 땜에 면 이면 두 좀 이든 쪽 측 님 님이 "
    "님께 님께서 님도 님은 님들 분 분이 분은 분도 분들 분들이 분들도 분께 분께서 씨 건 에다 한테 때 시 중 후 전"
)


def _any(words: str) -> str:
    ordered = sorted(set(words.split()), key=lambda word: (-len(word), word))
    return "|".join(map(jamo, ordered))


_TAIL: Final = f"(?:{_any(_ENDINGS)})"
_FUSED: Final = "[\u11ab\u11af\u11b7\u11b8\u11bb]"  # final ㄴ ㄹ ㅁ ㅂ ㅆ
_PREDICATE: Final = re.compile(f"{_FUSED}?{_TAIL}{{0,8}}")
_COPULA: Final = _any("이 입 였 예 에 인 임 일 이었 이에")
_LIGHT: Final = _any(
    "하 해 했 한 할 함 합 하시 되 돼 됐 된 될 됨 됩 받 받아 당하 당해 당했 시키 시켜 시켰 나 났 남 난 날 나서"
)
_NOUN: Final = re.compile(
    f"(?:{_any(_PARTICLES)}){{0,2}}|(?:{_COPULA}|{_LIGHT})(?:{_FUSED})?{_TAIL}{{0,8}}"
)
_JOINTS: Final = re.compile(_any("고 구 며 지만 는데 은데 데 니까 서"))
_LONGEST_JOINT: Final = 14
"""Jamo of the longest ending that joins clauses, 었습니다만 and the like apart."""
_PARTICLE: Final = re.compile(f"(?:{_any('이 가 은 는 을 를 도 만 의 에 에서 로 으로 와 과')})?")


@lru_cache(REMEMBERED)
def noun_ends(tail: str) -> bool:
    """Say whether what stands behind a noun, taken apart, ends its word."""
    return _NOUN.fullmatch(tail) is not None


@lru_cache(REMEMBERED)
def predicate_ends(tail: str) -> bool:
    """Say whether what stands behind a predicate's stem, taken apart, ends its word."""
    return _PREDICATE.fullmatch(tail) is not None


def joints(tail: str) -> Iterator[int]:
    """Yield where the endings that join clauses end in what stands behind a predicate's stem: 빠르고, 늦는데, 비싸지만."""
    for found in _JOINTS.finditer(tail, 0, _LONGEST_JOINT):
        if found.end() < len(tail) and predicate_ends(tail[: found.end()]):
            yield found.end()


def particle(tail: str) -> int:
    """Return how long the particle is with which this begins; another word may follow without a space."""
    found = _PARTICLE.match(tail)
    return found.end() if found else 0


def stems(predicate: str) -> Iterator[str]:
    """Yield the shapes of a predicate's stem, taken apart: 느리 and 느려, 어렵, 어려우 and 어려워, 나쁘 and 나빠."""
    yield jamo(predicate)
    yield from map(jamo, _changed(predicate))


def _changed(stem: str) -> Iterator[str]:
    body, last = stem[:-1], stem[-1]
    if not "가" <= last <= "힣":
        return
    code = ord(last) - _FIRST
    medial = _MEDIALS[code // _FINALS % _VOWELS]
    final = _LAST[code % _FINALS]
    if last == "하":
        yield f"{body}해"
    elif last == "르" and body:
        yield from _doubled(body)
    elif final == " ":
        yield from _contracted(body, code, medial)
    elif final == "ㅂ":
        bare = chr(_FIRST + code - code % _FINALS)
        yield from (f"{body}{bare}우", f"{body}{bare}워", f"{body}{bare}와")
        yield from (
            syllables(jamo(f"{body}{bare}") + "운"),
            syllables(jamo(f"{body}{bare}") + "울"),
        )


def _contracted(body: str, code: int, medial: str) -> Iterator[str]:
    consonant = code // (_FINALS * _VOWELS)
    into = {"ㅡ": "ㅓㅏ"}.get(medial, _CONTRACTED.get(medial, ""))
    for vowel in into:
        yield body + chr(_FIRST + (consonant * _VOWELS + _MEDIALS.index(vowel)) * _FINALS)


def _doubled(body: str) -> Iterator[str]:
    """Yield 빨라 and 빨러 for 빠르."""
    last = ord(body[-1]) - _FIRST
    if last % _FINALS == 0:
        closed = chr(_FIRST + last + _LAST.index("ㄹ"))
        yield from (f"{body[:-1]}{closed}라", f"{body[:-1]}{closed}러")
