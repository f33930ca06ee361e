"""What shops and helpdesks send by themselves becomes a question; the environment alone sets them up."""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.intake.signing import hmac_base64, hmac_hex
from surveys.language.texts import say
from tests.e2e.chats import seen, tap, waited
from tests.e2e.deployment import Deployment, deployed
from tests.e2e.telegram_chat import telegram
from tests.e2e.webchat_chat import WebchatPlatform

Hook = tuple[bytes, Mapping[str, str]]
ENVIRON = {
    "AFTERTOUCH_HOOK_SHOP_SECRET": "shop-secret",
    "AFTERTOUCH_HOOK_PAY_SECRET": "whsec_pay",
    "AFTERTOUCH_HOOK_HELP_SECRET": "help-secret, help-old",
}


def shopify(deployment: Deployment, topic: str = "orders/paid", **more: Any) -> Hook:
    """An order of the customer whose verified e-mail we know, in other letters."""
    at = deployment.clock.now().isoformat()
    order = {"id": 450, "name": "#1001", "financial_status": "paid", "total_price": "31000"}
    person = {"id": 7, "email": "Bora@Example.com", "verified_email": True}
    dated = {"created_at": at, "processed_at": at, "updated_at": at}
    body = json.dumps(order | dated | {"currency": "KRW", "customer": person} | more).encode()
    return body, {
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": f"w-{topic}",
        "X-Shopify-Hmac-Sha256": hmac_base64("shop-secret", body),
    }


def stripe(deployment: Deployment) -> Hook:
    """A paid checkout that names our own customer id."""
    at = int(deployment.clock.now().timestamp())
    session = {"id": "cs_1", "object": "checkout.session", "client_reference_id": "c1"}
    paid = {"mode": "payment", "payment_status": "paid", "status": "complete", "created": at}
    about = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "created": at}
    body = json.dumps(about | {"data": {"object": session | paid}}).encode()
    right = hmac_hex("whsec_pay", f"{at}.".encode() + body)
    return body, {"Stripe-Signature": f"t={at},v1={right}"}


def zendesk(deployment: Deployment) -> Hook:
    """A solved ticket whose requester we know as an identifier; signed with the older secret."""
    at = deployment.clock.now().isoformat()
    ticket = {"id": "73", "requester_id": "900", "assignee_id": "5", "status": "SOLVED"}
    about = {"id": "z1", "type": "zen:event-type:ticket.status_changed", "time": at}
    change = {"event": {"current": "SOLVED", "previous": "OPEN"}, "detail": ticket}
    body = json.dumps(about | change).encode()
    return body, {
        "X-Zendesk-Webhook-Signature-Timestamp": at,
        "X-Zendesk-Webhook-Signature": hmac_base64("help-old", at.encode() + body),
    }


HOOKS: dict[str, tuple[Callable[[Deployment], Hook], str]] = {
    "shopify/shop": (shopify, "checkout"),
    "stripe/pay": (stripe, "checkout"),
    "zendesk/help": (zendesk, "support"),
}
KNOWN: Mapping[str, Any] = {
    "email": "bora@example.com",
    "email_verified": True,
    "identifiers": [{"namespace": "zendesk:requester", "value": "900"}],
}


@pytest.mark.parametrize("path", list(HOOKS))
async def test_a_signed_notice_of_a_vendor_becomes_a_question_and_a_result(
    path: str, database_url: str
) -> None:
    make, touchpoint = HOOKS[path]
    async with deployed(database_url, ENVIRON) as deployment:
        chat = await WebchatPlatform().join(deployment, "c1", "ko")
        await deployment.customer("c1", **KNOWN)
        body, headers = make(deployment)
        first = await deployment.send(f"/v1/hooks/{path}", body, headers)
        again = await deployment.send(f"/v1/hooks/{path}", body, headers)
        await deployment.come_to_the_present()
        (question,) = await seen(chat, 1)
        await tap(chat, question, "4")
        await seen(chat, 2)
        rows = await deployment.results(by="touchpoint")

    fates = [(r.status, r.body["results"][0]["status"]) for r in (first, again)]
    assert fates == [(200, "new"), (200, "duplicate")]
    assert [row["touchpoint"] for row in rows if row["invited"]] == [touchpoint]


async def test_a_cancelled_order_takes_its_unanswered_question_back(sqlite_url: str) -> None:
    async with (
        telegram("webhook") as chats,
        deployed(sqlite_url, {**ENVIRON, **chats.environ}, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", "ko")
        await deployment.customer("c1", **KNOWN)
        body, headers = shopify(deployment)
        await deployment.send("/v1/hooks/shopify/shop", body, headers)
        await deployment.come_to_the_present()
        (question,) = await seen(chat, 1)

        at = deployment.clock.now().isoformat()
        body, headers = shopify(deployment, "orders/cancelled", cancelled_at=at)
        await deployment.send("/v1/hooks/shopify/shop", body, headers)
        (taken,) = await waited(chat, lambda shown: not shown[0].values)
        verdicts = await deployment.verdicts("450")

    assert (taken.id, taken.text) == (question.id, say("ko", "withdrawn"))
    assert ("checkout", "withdrawn", "reversed") in verdicts


async def test_a_forged_notice_is_refused_and_leaves_nothing(sqlite_url: str) -> None:
    async with deployed(sqlite_url, ENVIRON) as deployment:
        body, headers = shopify(deployment)
        forged = await deployment.send("/v1/hooks/shopify/shop", body + b" ", headers)
        other = await deployment.send("/v1/hooks/stripe/shop", body, headers)
        unknown = await deployment.send("/v1/hooks/shopify/nowhere", body, headers)
        nobody = await deployment.send("/v1/hooks/fax/shop", body, headers)
        told = await deployment.verdicts("450")

    assert [r.status for r in (forged, other, unknown, nobody)] == [401, 401, 404, 404]
    assert told == []


async def test_a_declared_vendor_stays_binding(sqlite_url: str, tmp_path: Any) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("hooks: {shop: {vendor: stripe}}")
    async with deployed(sqlite_url, ENVIRON, config=config) as deployment:
        body, headers = shopify(deployment)
        reply = await deployment.send("/v1/hooks/shopify/shop", body, headers)

    assert reply.status == 404


async def test_an_api_key_opens_the_events_as_a_signature_does(sqlite_url: str) -> None:
    async with deployed(sqlite_url, {}) as deployment:
        chat = await WebchatPlatform().join(deployment, "c1", "en")
        event = deployment.event("c1")
        keyed = await deployment.post("/v1/events", event)
        signed = await deployment.signed(event)
        changed = await deployment.signed(event | {"subject": "ticket-2"})
        bare = await deployment.post("/v1/events", event, Authorization="Bearer sk_no_" + "0" * 64)
        await deployment.come_to_the_present()
        await seen(chat, 1)

    assert [r.status for r in (keyed, signed, changed, bare)] == [202, 202, 409, 401]
    assert [r.body["results"][0]["status"] for r in (keyed, signed)] == ["new", "duplicate"]


def test_the_signatures_here_are_not_our_own_invention() -> None:
    """HMAC-SHA256 as the standard library makes it."""
    right = hmac.new(b"whsec_pay", b"1.{}", "sha256").hexdigest()
    assert hmac_hex("whsec_pay", b"1.{}") == right
