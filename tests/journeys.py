"""A small journey with made-up counts, shared by the tests of results."""

import json
from datetime import UTC, datetime
from typing import Any

from surveys.model import Dimensions, FunnelCount, ScoreCount
from surveys.program import Program

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # the 21st in Seoul

_CONTENT: dict[str, Any] = {
    "company": {
        "name": {"ko": "초록마켓", "en": "Green Market"},
        "zone": "Asia/Seoul",
        "language": "ko",
    },
    "languages": ["ko", "en"],
    "stages": [
        {"id": "awareness", "label": {"ko": "인지", "en": "Awareness"}},
        {"id": "purchase", "label": {"ko": "구매", "en": "Purchase"}},
        {"id": "retention", "label": {"ko": "유지", "en": "Retention"}},
        {"id": "advocacy", "label": {"ko": "옹호", "en": "Advocacy"}},
    ],
    "touchpoints": [
        {"id": "signup", "stage": "awareness", "label": {"ko": "가입", "en": "Sign-up"}},
        {"id": "checkout", "stage": "purchase", "label": {"ko": "결제", "en": "Checkout"}},
        {"id": "delivery", "stage": "purchase", "label": {"ko": "배송", "en": "Delivery"}},
        {"id": "support", "stage": "retention", "label": {"ko": "상담", "en": "Support"}},
        {"id": "loyalty", "stage": "advocacy", "label": {"ko": "재구매", "en": "Loyalty"}},
    ],
    "surveys": [
        {"id": "signup-ces", "instrument": "ces2", "about": {"ko": "가입", "en": "signing up"}},
        {"id": "checkout-csat", "instrument": "csat", "about": {"ko": "결제", "en": "checkout"}},
        {"id": "delivery-csat", "instrument": "csat", "about": {"ko": "배송", "en": "delivery"}},
        {"id": "support-ces", "instrument": "ces2", "about": {"ko": "상담", "en": "our support"}},
        {
            "id": "loyalty-nps",
            "instrument": "nps",
            "about": {"ko": "초록마켓", "en": "Green Market"},
        },
    ],
    "triggers": [
        {"id": "signup", "on": "account.created", "survey": "signup-ces", "touchpoint": "signup"},
        {"id": "checkout", "on": "order.paid", "survey": "checkout-csat", "touchpoint": "checkout"},
        {
            "id": "delivery",
            "on": "order.delivered",
            "survey": "delivery-csat",
            "touchpoint": "delivery",
        },
        {"id": "support", "on": "support.solved", "survey": "support-ces", "touchpoint": "support"},
        {
            "id": "loyalty",
            "on": "order.delivered",
            "survey": "loyalty-nps",
            "touchpoint": "loyalty",
        },
    ],
    "consent": {"version": "1", "text": {"ko": "동의합니다.", "en": "I agree."}},
}
PROGRAM = Program.from_json(json.dumps(_CONTENT))
_SCALES = {"nps": "0-10", "csat": "1-5", "ces2": "1-7"}


def tags(trigger: str, channel: str = "webchat", wording: str = "std1") -> Dimensions:
    """Return what a count of this trigger carries."""
    survey = PROGRAM.survey(PROGRAM.trigger(trigger).survey)
    touchpoint = PROGRAM.touchpoint(PROGRAM.trigger(trigger).touchpoint)
    return Dimensions(
        trigger=trigger,
        survey=survey.id,
        touchpoint=touchpoint.id,
        stage=touchpoint.stage,
        instrument=survey.instrument,
        scale=_SCALES[survey.instrument],
        polarity="up",
        wording=wording,
        channel=channel,
        language="ko",
    )


def scored(dimensions: Dimensions, first: int, *counts: int) -> ScoreCount:
    """Return a histogram: ``counts`` answers from score ``first`` up."""
    padded = [0] * first + list(counts)
    padded += [0] * (11 - len(padded))
    a, b, c, d, e, f, g, h, i, j, k = padded
    return ScoreCount(dimensions=dimensions, counts=(a, b, c, d, e, f, g, h, i, j, k))


def cohort(dimensions: Dimensions, invited: int, delivered: int, answered: int) -> FunnelCount:
    """Return a cohort count."""
    return FunnelCount(
        dimensions=dimensions, invited=invited, delivered=delivered, answered=answered
    )


# Awareness: too few to show. Purchase: two touchpoints, two channels. Retention: indicative.
SCORES = (
    scored(tags("signup"), 1, 0, 0, 0, 0, 1, 1, 1),
    scored(tags("checkout"), 1, 4, 6, 20, 70, 60),
    scored(tags("checkout", "telegram"), 1, 1, 2, 5, 20, 22),
    scored(tags("delivery"), 1, 9, 8, 12, 20, 11),
    scored(tags("support"), 1, 1, 1, 2, 2, 3, 2, 1),
    scored(tags("loyalty"), 0, 2, 0, 1, 0, 1, 4, 5, 18, 22, 30, 37),
)
FUNNEL = (
    cohort(tags("signup"), 12, 11, 3),
    cohort(tags("checkout"), 400, 390, 160),
    cohort(tags("checkout", "telegram"), 150, 148, 50),
    cohort(tags("delivery"), 200, 190, 60),
    cohort(tags("support"), 40, 39, 12),
    cohort(tags("loyalty"), 420, 410, 120),
)
