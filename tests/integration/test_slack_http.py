import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.slack import immediate
from surveys.model import Button, Command, Prompt, Receipt, Tap, Typed
from tests.fakes.slack import Failure, FakeSlack, Message
from tests.fakes.slack_customer import Customer
from tests.fakes.slack_rig import TOKEN, Core, Wall, channel_to, serving, until

TRIES = 5
"""On a machine that stands still now and then, the quickest of some tries tells what was waited for."""

SCALE = tuple(Button(value=str(n), label=str(n)) for n in range(11))
QUESTION = {
    "ko": Prompt(kind="question", text="추천?", scale=SCALE, token=TOKEN, language="ko"),
    "en": Prompt(kind="question", text="Recommend?", scale=SCALE, token=TOKEN, language="en"),
}
WHY = {
    "ko": Prompt(
        kind="reason",
        text="왜요?",
        chips=(Button(value="c.late", label="배송 지연"),),
        token=TOKEN,
        language="ko",
        typing=True,
    ),
    "en": Prompt(
        kind="reason",
        text="Why?",
        chips=(Button(value="c.late", label="Late"),),
        token=TOKEN,
        language="en",
        typing=True,
    ),
}


@dataclass(frozen=True)
class Rig:
    slack: FakeSlack
    core: Core
    clock: Wall
    user: Customer
    messenger: Any

    async def asked(self, prompt: Prompt) -> Message:
        from bot.slack.layout import blocks, fallback  # noqa: PLC0415 only this helper lays out

        message = Message(
            channel=self.user.dm,
            ts=self.slack.ts(),
            user=self.slack.bot_user,
            text=fallback(prompt),
            blocks=blocks(prompt, "s"),
        )
        self.slack.messages.append(message)
        return message


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    core, clock = Core(), Wall()
    async with FakeSlack() as slack:
        slack.person("U1", email="minsu@example.com")
        async with channel_to(slack, core, clock) as channel, serving(channel.routes()) as root:
            slack.events_url = f"{root}/slack/events"
            yield Rig(slack, core, clock, Customer(slack, "U1"), channel.messenger)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_tap_is_acknowledged_after_it_was_taken(rig: Rig, language: str) -> None:
    message = await rig.asked(QUESTION[language])

    answer = await rig.user.click(message, "9")

    assert answer == (200, "")
    [incoming] = rig.core.taken.values()
    at = {"channel": message.channel, "ts": message.ts}
    assert incoming.act == Tap(token=TOKEN, value="9", message=at)
    assert (incoming.source, incoming.account) == ("slack:A0APP/T0HOME", "T0HOME")
    assert (incoming.user, incoming.chat) == ("U1", rig.user.dm)


async def test_nothing_is_acknowledged_before_it_was_taken(rig: Rig) -> None:
    rig.core.open.clear()
    message = await rig.asked(QUESTION["ko"])

    async with asyncio.TaskGroup() as tasks:
        said = tasks.create_task(rig.user.say("9"))
        tapped = tasks.create_task(rig.user.click(message, "9"))
        _, waiting = await asyncio.wait([said, tapped], timeout=0.2)
        rig.core.open.set()

    assert waiting == {said, tapped}
    assert (said.result(), tapped.result()) == ((200, ""), (200, ""))


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "app_rate_limited", "minute_rate_limited": 1},
        {"type": "view_closed", "view": {}},
        {"type": "shortcut", "callback_id": "x"},
        {"type": "some_day_new"},
        {"command": "/cx", "text": ""},
        {},
    ],
)
async def test_what_this_version_does_not_know_is_acknowledged(
    rig: Rig, payload: dict[str, Any]
) -> None:
    assert (await rig.slack.deliver(payload))[0] == 200


async def test_sl01_a_redelivered_event_is_acknowledged_and_taken_once(rig: Rig) -> None:
    first = await rig.user.say("9점이요")
    again = [await rig.user.again(retry=n) for n in (1, 2, 3)]

    assert [first, *again] == [(200, "")] * 4
    assert rig.core.acts == [Typed(text="9점이요")]


async def test_a_tap_that_could_not_be_stored_is_not_acknowledged(rig: Rig) -> None:
    """D01."""
    message = await rig.asked(QUESTION["ko"])
    rig.core.busy = 2

    statuses = [(await rig.user.click(message, "9"))[0], (await rig.user.say("9"))[0]]
    later = await rig.user.again()

    assert statuses == [503, 503]
    assert later == (200, "")
    assert rig.core.acts == [Typed(text="9")]


async def test_a_bug_while_handling_is_not_acknowledged_either(rig: Rig) -> None:
    rig.core.broken = 1

    assert (await rig.user.say("9"))[0] == 500
    assert await rig.user.again() == (200, "")


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_wanting_to_write_opens_the_form_and_its_words_come_back(
    rig: Rig, language: str
) -> None:
    message = await rig.asked(WHY[language])
    rig.core.receipt = Receipt(form=WHY[language])

    await rig.user.click(message, "write")
    await until(lambda: rig.slack.views)
    rig.core.receipt = Receipt()
    answer = await rig.user.submit(rig.slack.views[0], text="사흘 늦었어요", chip="c.late")

    assert answer == (200, "")
    assert rig.core.acts == [
        Tap(token=TOKEN, value="write", message={"channel": message.channel, "ts": message.ts}),
        Typed(text="사흘 늦었어요", token=TOKEN, chips=("c.late",)),
    ]
    assert {incoming.chat for incoming in rig.core.taken.values()} == {rig.user.dm}


async def test_a_form_that_could_not_be_stored_stays_open(rig: Rig) -> None:
    message = await rig.asked(WHY["ko"])
    rig.core.receipt = Receipt(form=WHY["ko"])
    await rig.user.click(message, "write")
    await until(lambda: rig.slack.views)
    rig.core.busy = 1

    assert (await rig.user.submit(rig.slack.views[0], text="x"))[0] == 503


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("error", ["expired_trigger_id", "exchanged_trigger_id"])
async def test_sl11_where_no_form_opens_its_question_comes_by_dm_and_words_count(
    rig: Rig, error: str, language: str
) -> None:
    message = await rig.asked(WHY[language])
    rig.core.receipt = Receipt(form=WHY[language])
    rig.slack.fail("views.open", Failure.error(error))

    tapped = await rig.user.click(message, "write")
    await until(lambda: len(rig.user.messages) == 2)
    again = rig.user.messages[1]
    said = await rig.user.say("늦었어요", thread_ts=again.ts)
    await rig.user.click(again, "write")
    await until(lambda: rig.slack.views)

    assert (tapped, said) == ((200, ""), (200, ""))
    assert again.buttons == message.buttons
    assert again.metadata["event_type"] == "aftertouch_delivery"
    thread = {"channel": again.channel, "ts": again.ts}
    assert rig.core.acts[1] == Typed(text="늦었어요", reply_to=thread)


async def test_a_tap_without_a_trigger_gets_the_words_by_dm(rig: Rig) -> None:
    message = await rig.asked(WHY["ko"])
    rig.core.receipt = Receipt(form=WHY["ko"])

    await rig.user.send({**rig.user.tap(message, message.button("write")), "trigger_id": None})
    await until(lambda: len(rig.user.messages) == 2)

    assert rig.slack.calls("views.open") == []


async def test_sl02_a_slow_form_does_not_hold_the_ack(rig: Rig) -> None:
    message = await rig.asked(WHY["ko"])
    rig.core.receipt = Receipt(form=WHY["ko"])
    rig.slack.fail("views.open", *[Failure.hang()] * TRIES)
    took = []
    for _ in range(TRIES):
        started = time.monotonic()
        await rig.user.click(message, "write")
        took.append(time.monotonic() - started)
        if took[-1] < immediate.DEADLINE:
            break

    assert min(took) < immediate.DEADLINE
    await until(lambda: rig.slack.calls("views.open"))


async def test_a_line_is_whispered_once_and_escaped(rig: Rig) -> None:
    message = await rig.asked(QUESTION["ko"])
    rig.core.receipt = Receipt(toast="이미 <마감>된 설문이에요")

    await rig.user.click(message, "9")
    await rig.user.again()
    await until(lambda: rig.slack.ephemerals)

    assert rig.slack.ephemerals == [
        {"channel": rig.user.dm, "user": "U1", "text": "이미 &lt;마감&gt;된 설문이에요"}
    ]


@pytest.mark.parametrize(("word", "name"), [("그만", "stop"), ("help", "help")])
async def test_words_of_command_work(rig: Rig, word: str, name: str) -> None:
    await rig.user.say(word)

    assert rig.core.acts == [Command(name=name)]


async def test_sl18_what_is_no_answer_is_acknowledged_and_forgotten(rig: Rig) -> None:
    acts: list[dict[str, Any]] = [
        rig.user.words("x", user=rig.slack.bot_user, bot_id=rig.slack.bot),
        rig.user.words("x", bot_id="B0OTHER", subtype="bot_message"),
        rig.user.words("x", subtype="message_changed", hidden=True),
        rig.user.words("x", edited={"user": "U1", "ts": "1"}),
        rig.user.event({"type": "app_home_opened", "user": "U1", "tab": "messages"}),
        rig.user.event({"type": "some_day_new", "user": "U1"}),
    ]

    assert [(await rig.user.send(act))[0] for act in acts] == [200] * len(acts)
    assert rig.core.acts == []


async def test_sl19_the_same_id_of_another_workspace_is_another_person(rig: Rig) -> None:
    stranger = Customer(rig.slack, "U1", team="T0AWAY")

    await rig.user.say("9")
    await stranger.send({**stranger.words("1"), "event_id": "Ev-other"})

    assert [i.user for i in rig.core.taken.values()] == ["U1", "T0AWAY:U1"]


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}]
)
async def test_sl15_being_removed_is_told(rig: Rig, event: dict[str, Any]) -> None:
    assert (await rig.user.send(rig.user.event(event)))[0] == 200
    assert rig.core.revoked == 1


async def test_the_url_is_verified_by_echoing_the_challenge(rig: Rig) -> None:
    status, text = await rig.slack.deliver({"type": "url_verification", "challenge": "abc"})

    assert status == 200
    assert "abc" in text


BODY = b'{"type":"event_callback","event":{"type":"message","text":"secret words"}}'


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"X-Slack-Request-Timestamp": "abc"}, BODY),
        ({"X-Slack-Request-Timestamp": "9" * 5000}, BODY),
        ({"X-Slack-Signature": "v0=é"}, BODY),
        ({"X-Slack-Signature": ""}, BODY),
        ({}, b"ssl_check=1"),
        ({}, BODY),
    ],
)
async def test_sl03_what_slack_did_not_sign_is_refused_unread(
    rig: Rig, caplog: pytest.LogCaptureFixture, headers: dict[str, str], body: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    signed = rig.slack.sign(b"another body")

    status, _ = await rig.slack.post(body, {**signed, **headers})

    assert status == 401
    assert "secret words" not in caplog.text


async def test_sl03_a_body_that_is_no_text_is_refused(rig: Rig) -> None:
    assert (await rig.slack.post(b"\xff\xfe", rig.slack.sign(b"\xff\xfe")))[0] == 401
    assert (await rig.slack.post(b"", {}))[0] == 401


@pytest.mark.parametrize("off", [-301, 301])
async def test_sl04_an_old_or_future_request_is_refused(rig: Rig, off: int) -> None:
    rig.clock.ahead = timedelta(seconds=off)

    assert (await rig.user.say("9"))[0] == 401
    assert rig.core.acts == []


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{", b"payload=%5B%5D", b"payload=x"])
async def test_signed_junk_is_a_bad_request(rig: Rig, body: bytes) -> None:
    headers = {"Content-Type": "application/json", **rig.slack.sign(body)}

    assert (await rig.slack.post(body, headers))[0] == 400


async def test_a_body_over_the_cap_is_refused_before_it_is_checked(rig: Rig) -> None:
    assert (await rig.slack.post(b"x" * (1024 * 1024 + 1), {}))[0] == 413


async def test_a_compressed_body_is_refused(rig: Rig) -> None:
    assert (await rig.slack.post(b"x", {"Content-Encoding": "gzip"}))[0] == 415


async def test_no_ack_waits_for_a_poll(rig: Rig) -> None:
    """Bolt's default looks every 10 ms whether a listener has acknowledged; ours must not wait for that."""
    acknowledged, refused = [], []
    for number in range(50):
        payload = rig.user.words(f"{number}")
        started = time.monotonic()
        await rig.user.send(payload)
        acknowledged.append(time.monotonic() - started)
        started = time.monotonic()
        await rig.slack.post(b"{}", {})
        refused.append(time.monotonic() - started)

    assert len(rig.core.acts) == 50
    assert min(acknowledged) < min(refused) + 0.01, "a request that nobody signed waits for nothing"


async def test_a_hundred_deliveries_of_one_event_at_once_have_one_effect(rig: Rig) -> None:
    payload = rig.user.words("9")

    answers = await asyncio.gather(*(rig.slack.deliver(payload) for _ in range(100)))

    assert answers == [(200, "")] * 100
    assert len(rig.core.taken) == 1


async def test_a_client_that_goes_away_in_mid_body_disturbs_nobody(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = rig.slack.events_url.removeprefix("http://").partition("/")[0].split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert await rig.user.say("9") == (200, "")
    assert "ClientDisconnect" not in caplog.text
