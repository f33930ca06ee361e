"""The default program, read once, and variations of it."""

import json
from functools import cache

from surveys.model import Json
from surveys.program import Program
from surveys.program.loading import default_program


@cache
def standard() -> Program:
    """Return the default program."""
    return default_program()


def varied(*, rules: Json = None, triggers: Json = None, **parts: Json) -> Program:
    """Return the default program with other contact rules, triggers (by id) or whole parts."""
    content = json.loads(standard().to_json())
    content["contact_rules"] |= rules or {}
    for trigger in content["triggers"]:
        trigger.update((triggers or {}).get(trigger["id"], {}))
    return Program.from_json(json.dumps({**content, **parts}))


ADVERTISING: Json = {
    "sender": {"ko": "초록마켓 02-123-4567", "en": "Green Market +82 2 123 4567"},
    "opt_out": {"ko": "‘그만’이라고 보내기", "en": 'send "stop"'},
    "consent": {
        "version": "ad-1",
        "text": {"ko": "쿠폰 소식을 받겠습니다.", "en": "Send me news of coupons."},
    },
}


def rewarding(incentive: str = "own_goods", **rules: Json) -> Program:
    """Return the default program with a reward for answering about the checkout."""
    surveys = [survey.model_dump(mode="json") for survey in standard().surveys]
    for survey in surveys:
        survey["incentive"] = incentive if survey["id"] == "checkout-csat" else "none"
    return varied(rules=rules, surveys=surveys, advertising=ADVERTISING)
