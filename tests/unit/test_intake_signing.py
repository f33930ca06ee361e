"""Signatures: published vectors, rotation, age, and junk that must be refused and nothing else (I05)."""

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook
from starlette.datastructures import Headers

from bot.intake.registry import load_vendors
from bot.intake.signing import (
    SignatureRefused,
    StandardWebhooks,
    hmac_base64,
    hmac_hex,
    secrets_of,
)
from surveys.errors import InvalidInput
from tests.shared_data import shared

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OLD, NEW = "whsec_" + base64.b64encode(b"old" * 8).decode(), base64.b64encode(b"new" * 8).decode()
BODY = '{"안녕": 1}'
VENDORS = load_vendors()


def signed(secret: str, at: datetime = NOW, body: str = BODY) -> dict[str, str]:
    """Sign with the official library."""
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


def verify(headers: Mapping[str, str], body: str = BODY) -> None:
    StandardWebhooks([OLD, NEW]).verify(Headers(headers), body.encode(), NOW)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_any_of_the_secrets_will_do_while_rotating(secret: str) -> None:
    verify(signed(secret))


def test_one_good_signature_among_several_will_do() -> None:
    headers = signed(OLD)
    headers["webhook-signature"] = f"v1,bad v2,{'A' * 44}  {headers['webhook-signature']} x"

    verify(headers)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_off_is_taken(minutes: int) -> None:
    verify(signed(NEW, NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_more_is_refused(seconds: int) -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(NEW, NOW + timedelta(seconds=seconds)))


def test_another_body_or_secret_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(OLD), body=BODY + " ")
    with pytest.raises(SignatureRefused):
        verify(signed("whsec_" + base64.b64encode(b"other" * 8).decode()))


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,!!!"},
        {"webhook-signature": "v1,\xff\xfe"},
        {"webhook-signature": "v1  v1"},
        {"webhook-signature": " ".join(["v1,AAAA"] * 1000)},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "abc"},
        {"webhook-timestamp": "9" * 12},
        {"webhook-timestamp": "1" * 5000},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "\xb2"},
    ],
)
def test_i05_junk_is_refused_and_never_an_error(changes: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(OLD) | changes)


def test_a_body_that_is_not_text_is_malformed() -> None:
    with pytest.raises(InvalidInput):
        StandardWebhooks([OLD]).verify(Headers(signed(OLD)), b"\xff", NOW)


def test_no_secret_opens_nothing() -> None:
    with pytest.raises(SignatureRefused):
        StandardWebhooks([]).verify(Headers(signed(OLD)), BODY.encode(), NOW)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_A", "가"])
def test_a_secret_that_is_none_is_told_at_once(secret: str) -> None:
    with pytest.raises(InvalidInput):
        StandardWebhooks([secret])


def test_secrets_come_as_a_comma_list() -> None:
    assert secrets_of(" a, b,,") == ("a", "b")
    assert secrets_of("") == ()


ANY_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "stripe-signature",
            "x-shopify-hmac-sha256",
            "x-zendesk-webhook-signature",
            "x-zendesk-webhook-signature-timestamp",
        ]
    ),
    st.text(st.characters(max_codepoint=255), max_size=60)
    | st.sampled_from(["t=1795251600,v1=", "1795251600", "2026-11-21T09:00:00Z"]),
)


@given(ANY_HEADERS, st.binary(max_size=20))
def test_any_headers_are_refused_by_every_scheme(headers: dict[str, str], body: bytes) -> None:
    for vendor in VENDORS.values():
        with pytest.raises(SignatureRefused):
            vendor.verify(Headers(headers), body, ["secret"], NOW)
    with pytest.raises((SignatureRefused, InvalidInput)):
        StandardWebhooks([OLD]).verify(Headers(headers), body, NOW)


def stripe(at: datetime, *signatures: str) -> Headers:
    return Headers({"Stripe-Signature": ",".join([f"t={int(at.timestamp())}", *signatures])})


def test_stripe_sends_several_signatures_while_rotating() -> None:
    body = b'{"id": "evt_1"}'
    right = hmac_hex("whsec_b", f"{int(NOW.timestamp())}.".encode() + body)
    headers = stripe(NOW, "v1=" + "0" * 64, f"v1={right}", "v0=junk")

    VENDORS["stripe"].verify(headers, body, ["whsec_a", "whsec_b"], NOW)

    for late in (NOW + timedelta(seconds=301), NOW - timedelta(seconds=301)):
        with pytest.raises(SignatureRefused):
            VENDORS["stripe"].verify(headers, body, ["whsec_b"], late)
    with pytest.raises(SignatureRefused):
        VENDORS["stripe"].verify(stripe(NOW, *["v1=x"] * 1000), body, ["whsec_b"], NOW)


@pytest.mark.parametrize(
    ("timestamp", "fits"),
    [
        ("2026-11-21T09:04:59.123456789Z", True),
        ("2026-11-21T18:00:00+09:00", True),
        ("2026-11-21T09:00:00", True),
        ("signed all the same", False),
        ("2026-11-21T09:05:01Z", False),
        ("2026-11-20T09:00:00Z", False),
    ],
)
def test_zendesk_signs_its_timestamp_and_an_old_one_is_refused(timestamp: str, fits: bool) -> None:
    headers = Headers(
        {
            "X-Zendesk-Webhook-Signature": hmac_base64("key", timestamp.encode() + b"{}"),
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        }
    )

    with nullcontext() if fits else pytest.raises(SignatureRefused):
        VENDORS["zendesk"].verify(headers, b"{}", ["other", "key"], NOW)


def vectors() -> list[dict[str, Any]]:
    path = shared("signatures.json")
    return json.loads(path.read_text()) if path else []


TIMES = {"stripe": 1614265330, "standardwebhooks": 1614265330, "portone": 1614265330}


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: str(vector["vendor"]))
def test_published_vectors_are_accepted_and_a_changed_body_is_not(vector: dict[str, Any]) -> None:
    name, body = vector["vendor"], vector["body"].encode()
    headers = Headers(vector["headers"])
    now = datetime.fromtimestamp(TIMES.get(name, NOW.timestamp()), UTC)
    if name == "zendesk":
        headers = Headers(
            vector["headers"] | {"X-Zendesk-Webhook-Signature-Timestamp": "2026-01-01T00:00:00Z"}
        )
        now = datetime(2026, 1, 1, tzinfo=UTC)

    def check(body: bytes, secrets: Sequence[str]) -> None:
        if name in ("standardwebhooks", "portone"):
            StandardWebhooks(secrets).verify(headers, body, now)
        elif name in VENDORS:
            VENDORS[name].verify(headers, body, secrets, now)
        else:
            raise SignatureRefused(name)

    if name in VENDORS or name in ("standardwebhooks", "portone"):
        check(body, [vector["secret"]])
    with pytest.raises(SignatureRefused):
        check(body + b" ", [vector["secret"]])
