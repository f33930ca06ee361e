"""How simulated customers behave: when they look, whether they answer, and what."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 the type of the injected source

from bot.demo.market import LATE_DAYS
from surveys.model import Prompt

ANSWERS = 0.52
SKIPS = 0.06
LOOKS = 0.86
CHANGES_MIND = 0.05
GIVES_CHIP = 0.55
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
_WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "ko": {
        "low": (
            "사흘이나 늦었는데 연락이 없었어요",
            "두 번이나 다시 설명했어요",
            "생각보다 번거로웠어요",
        ),
        "mid": ("나쁘지 않았어요", "조금만 더 빨랐으면 좋겠어요"),
        "high": ("빠르고 편했어요", "친절하게 도와주셔서 감사해요", "포장이 꼼꼼했어요"),
    },
    "en": {
        "low": ("It came three days late and nobody told me", "I had to explain it twice"),
        "mid": ("Not bad", "Could be a little faster"),
        "high": ("Quick and easy", "Very friendly, thank you"),
    },
}


def looks_after(rng: Random) -> timedelta | None:
    """Return how long until she opens the chat, or None if she never does."""
    if rng.random() > LOOKS:
        return None
    return timedelta(minutes=min(rng.expovariate(1 / 45), 20 * 60) + 0.5)


def score_for(rng: Random, touchpoint: str, at: datetime, now: datetime, scale: Prompt) -> str:
    """Return the value of the score button she taps."""
    late = touchpoint == "delivery" and now - at < timedelta(days=LATE_DAYS)
    weights = _FEEL.get("delivery late" if late else touchpoint)
    values = [button.value for button in scale.scale]
    if weights is None or len(weights) != len(values):
        return rng.choice(values)
    return rng.choices(values, weights)[0]


def words_for(rng: Random, language: str, band: str) -> str:
    """Return what she writes."""
    return rng.choice(_WORDS[language][band])
