"""Requests as shops, browsers, Telegram and Slack send them, signed and ready to be written to a socket."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from standardwebhooks.webhooks import Webhook

from benchmarks.load import post
from benchmarks.peers import BOT, SIGNING_SECRET, TEAM
from benchmarks.seeding import Question
from bot.slack.signature import sign

EVENTS_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 the bench's own
WEBHOOK_SECRET = "bench-webhook-secret"  # noqa: S105 the bench's own
BATCH = 100
_SCORES = 5
_LINES = 3


def single_events(round_number: int, count: int, customers: int) -> list[bytes]:
    """Return requests of one event each: orders paid by known customers, every one a new order."""
    return [
        _signed(
            f"s{round_number}-{n}", "cloudevents+json", event(f"{round_number}-{n}", n, customers)
        )
        for n in range(count)
    ]


def event_batches(round_number: int, count: int, customers: int) -> list[bytes]:
    """Return requests of ``BATCH`` events each."""
    return [
        _signed(
            f"b{round_number}-{n}",
            "cloudevents-batch+json",
            [event(f"b{round_number}-{n}-{i}", n * BATCH + i, customers) for i in range(BATCH)],
        )
        for n in range(count)
    ]


def event(name: str, number: int, customers: int) -> dict[str, object]:
    """Return one paid order as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": f"e-{name}",
        "source": "/bench/shop",
        "type": "order.paid",
        "subject": f"order-{name}",
        "time": datetime.now(UTC).isoformat(),
        "data": {
            "customer": {"id": f"c{number % customers}"},
            "refs": [f"pay-{name}"],
            "amount": 48_000,
            "currency": "KRW",
            "items": [{"sku": f"sku-{i}", "quantity": i} for i in range(_LINES)],
        },
    }


def _signed(message: str, kind: str, content: object) -> bytes:
    body = json.dumps(content, separators=(",", ":")).encode()
    now = datetime.now(UTC)
    headers = {
        "content-type": f"application/{kind}",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(EVENTS_SECRET).sign(message, now, body.decode()),
    }
    return post("/v1/events", headers, body)


def webchat_taps(questions: Sequence[Question]) -> list[bytes]:
    """Return what each customer's browser posts when she taps a score."""
    return [
        post(
            "/chat/api/act",
            {"content-type": "application/json", "authorization": f"Bearer {question.session}"},
            _json(
                {
                    "client_msg_id": f"m-{question.user}",
                    "client_seq": 1,
                    "act": {"tap": {"token": question.token, "value": _score(n)}},
                }
            ),
        )
        for n, question in enumerate(questions)
    ]


def telegram_update(number: int, question: Question) -> dict[str, object]:
    """Return the update of a customer who taps a score, as Bot API 10 shapes it."""
    person = {"id": int(question.user), "is_bot": False, "first_name": "A", "language_code": "ko"}
    return {
        "update_id": int(question.user),
        "callback_query": {
            "id": f"{question.user}000",
            "from": person,
            "chat_instance": "-7000000000000000000",
            "data": f"1:{question.token}:{_score(number)}",
            "message": {
                "message_id": 1,
                "date": 1_790_000_000,
                "from": {"id": BOT, "is_bot": True, "first_name": "Bench"},
                "chat": {"id": int(question.chat), "type": "private", "first_name": "A"},
                "text": "?" * 80,
            },
        },
    }


def telegram_taps(questions: Sequence[Question]) -> list[bytes]:
    """Return the webhook's requests for them."""
    headers = {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": WEBHOOK_SECRET,
    }
    return [
        post("/telegram/webhook", headers, _json(telegram_update(n, question)))
        for n, question in enumerate(questions)
    ]


def slack_taps(questions: Sequence[Question]) -> list[bytes]:
    """Return Slack's signed requests for the same act."""
    now = datetime.now(UTC)
    return [_slack_tap(n, question, now) for n, question in enumerate(questions)]


def _slack_tap(number: int, question: Question, now: datetime) -> bytes:
    stamp = f"{(now + timedelta(milliseconds=number)).timestamp():.6f}"
    payload = {
        "type": "block_actions",
        "api_app_id": "A0BENCH",
        "trigger_id": f"{number}.{stamp}",
        "team": {"id": TEAM, "domain": "bench"},
        "user": {"id": question.user, "team_id": TEAM, "name": "a"},
        "channel": {"id": question.chat, "name": "directmessage"},
        "container": {"type": "message", "message_ts": stamp, "channel_id": question.chat},
        "message": {"type": "message", "ts": stamp, "text": "?" * 80},
        "response_url": "https://hooks.slack.invalid/actions/1",
        "actions": [
            {
                "type": "button",
                "action_id": f"score{number}",
                "block_id": "b",
                "action_ts": stamp,
                "value": f"1:{question.token}:{_score(number)}",
                "text": {"type": "plain_text", "text": "4"},
            }
        ],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    sent = str(int(now.timestamp()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": sent,
        "x-slack-signature": sign(SIGNING_SECRET, sent, body),
    }
    return post("/slack/events", headers, body)


def _score(number: int) -> str:
    return str(1 + number % _SCORES)


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
