import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack.signature import is_signed, sign
from tests.shared_data import shared

SECRET = "our own test secret"
BODY = '{"text":"안녕"}'.encode()
NOW = datetime.fromtimestamp(1_700_000_000, UTC)
STAMP = "1700000000"
SIGNATURE = "v0=" + hmac.new(SECRET.encode(), b"v0:1700000000:" + BODY, hashlib.sha256).hexdigest()


def test_a_signature_of_our_own_vector_fits() -> None:
    assert sign(SECRET, STAMP, BODY) == SIGNATURE
    assert is_signed(SECRET, STAMP, SIGNATURE, BODY, NOW)


def published() -> list[dict[str, Any]]:
    path = shared("signatures.json")
    every = json.loads(path.read_text()) if path else []
    return [vector for vector in every if vector["vendor"] == "slack"]


@pytest.mark.parametrize("vector", published())
def test_the_published_vector_fits(vector: dict[str, Any]) -> None:
    headers = vector["headers"]
    stamp = headers["X-Slack-Request-Timestamp"]
    now = datetime.fromtimestamp(int(stamp), UTC)

    assert is_signed(
        vector["secret"], stamp, headers["X-Slack-Signature"], vector["body"].encode(), now
    )


@pytest.mark.parametrize(
    ("stamp", "signature", "body"),
    [
        ("abc", SIGNATURE, BODY),
        ("", SIGNATURE, BODY),
        ("9" * 5000, SIGNATURE, BODY),
        ("-1700000000", SIGNATURE, BODY),
        ("1700000000.0", SIGNATURE, BODY),
        ("".join(chr(0xFF10 + int(digit)) for digit in STAMP), SIGNATURE, BODY),
        ("²", SIGNATURE, BODY),
        (STAMP, "", BODY),
        (STAMP, "v0=", BODY),
        (STAMP, "v1=" + SIGNATURE[3:], BODY),
        (STAMP, "v0=é한", BODY),
        (STAMP, "\udcff", BODY),
        (STAMP, SIGNATURE.upper(), BODY),
        (STAMP, SIGNATURE, BODY + b" "),
        (STAMP, sign(SECRET, STAMP, b"\xff\xfe"), b"\xff\xfe"),
    ],
)
def test_sl03_malformed_or_false_is_refused_without_raising(
    stamp: str, signature: str, body: bytes
) -> None:
    assert not is_signed(SECRET, stamp, signature, body, NOW)


@pytest.mark.parametrize(("off", "fits"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_sl04_a_signature_is_good_for_five_minutes_either_way(off: int, *, fits: bool) -> None:
    stamp = str(1_700_000_000 + off)

    assert is_signed(SECRET, stamp, sign(SECRET, stamp, BODY), BODY, NOW) is fits
