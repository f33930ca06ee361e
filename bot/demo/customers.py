"""How simulated customers behave: when they look, whether they answer, and what."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 the type of the injected source

from bot.demo.market import LATE_DAYS
from surveys.model import Button, Prompt

ANSWERS = 0.52
SKIPS = 0.06
LOOKS = 0.86
CHANGES_MIND = 0.05
GIVES_CHIP = 0.7
WRITES = 0.25

# Weights of the scores, from the lowest of the scale, as the customers of this shop feel.
_FEEL: Mapping[str, Sequence[float]] = {
    "signup": (1, 2, 3, 6, 14, 30, 26),
    "cart": (3, 5, 8, 12, 14, 9, 5),
    "checkout": (2, 4, 10, 34, 50),
    "delivery": (3, 5, 13, 38, 41),
    "delivery late": (16, 20, 20, 26, 18),
    "support": (9, 10, 12, 15, 18, 20, 16),
    "subscription": (3, 6, 14, 37, 40),
    "recommend": (2, 1, 2, 3, 4, 8, 9, 17, 21, 17, 16),
}
# What is written about a touchpoint, from low to high scores; about all others, what stands under "".
_WORDS: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = {
    "ko": {
        "checkout": {
            "low": ("결제 오류가 나서 세 번이나 다시 했어요", "쿠폰이 적용되지 않았어요"),
            "mid": ("결제 화면이 조금 느렸어요", "절차가 한 단계만 줄면 좋겠어요"),
            "high": ("결제가 빨라서 좋았어요", "간편하게 주문했어요"),
        },
        "delivery": {
            "low": (
                "사흘이나 늦었는데 연락이 없었어요",
                "배송이 너무 늦어요",
                "상자가 찌그러져서 왔어요",
                "택배가 언제 오는지 안내가 없었어요",
            ),
            "mid": ("하루만 더 빨랐으면 좋겠어요", "포장이 조금 과해요"),
            "high": ("배송이 빨랐어요", "포장이 꼼꼼했어요", "기사님이 친절하셨어요"),
        },
        "support": {
            "low": (
                "두 번이나 다시 설명했어요",
                "답변을 오래 기다렸어요",
                "아직 해결되지 않았어요",
            ),
            "mid": ("설명이 조금 어려웠어요", "답이 조금만 더 빨랐으면 좋겠어요"),
            "high": ("친절하게 도와주셔서 감사해요", "금방 해결해 주셨어요"),
        },
        "": {
            "low": ("생각보다 번거로웠어요", "가격이 비싸요"),
            "mid": ("나쁘지 않았어요", "종류가 더 많으면 좋겠어요"),
            "high": ("빠르고 편했어요", "가격이 저렴해서 좋아요"),
        },
    },
    "en": {
        "delivery": {
            "low": ("It came three days late and nobody told me", "The box was damaged"),
            "mid": ("A day faster would be nice",),
            "high": ("Fast delivery", "Carefully packed"),
        },
        "support": {
            "low": ("I had to explain it twice", "I waited too long for a reply"),
            "mid": ("The explanation was a little hard",),
            "high": ("Very friendly, thank you",),
        },
        "": {
            "low": ("More trouble than I thought", "Too expensive"),
            "mid": ("Not bad", "Could be a little faster"),
            "high": ("Quick and easy", "Good prices"),
        },
    },
}
_FIRST_REASON = 0.75
"""How often a customer whose parcel came late taps the first reason, which says so."""


def looks_after(rng: Random) -> timedelta | None:
    """Return how long until she opens the chat, or None if she never does."""
    if rng.random() > LOOKS:
        return None
    return timedelta(minutes=min(rng.expovariate(1 / 45), 20 * 60) + 0.5)


def score_for(rng: Random, touchpoint: str, at: datetime, now: datetime, scale: Prompt) -> str:
    """Return the value of the score button she taps."""
    weights = _FEEL.get("delivery late" if _late(touchpoint, at, now) else touchpoint)
    values = [button.value for button in scale.scale]
    if weights is None or len(weights) != len(values):
        return rng.choice(values)
    return rng.choices(values, weights)[0]


def chip_for(
    rng: Random, touchpoint: str, at: datetime, now: datetime, chips: Sequence[Button]
) -> str:
    """Return the value of the reason she taps."""
    if _late(touchpoint, at, now) and rng.random() < _FIRST_REASON:
        return chips[0].value
    return rng.choice(chips).value


def words_for(rng: Random, language: str, touchpoint: str, band: str) -> str:
    """Return what she writes."""
    about = _WORDS[language]
    return rng.choice(about.get(touchpoint, about[""])[band])


def _late(touchpoint: str, at: datetime, now: datetime) -> bool:
    return touchpoint == "delivery" and now - at < timedelta(days=LATE_DAYS)
