import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import aiohttp
import pytest

from bot.slack.messenger import SlackMessenger, web_client
from bot.slack.session import OneRequest
from surveys.model import Address, Button, Channel, Outcome, OutcomeKind, Prompt
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.slack_rig import TOKEN

ADDRESS = Address(
    id="a1",
    person_id="p1",
    channel=Channel.SLACK,
    account="T0HOME",
    user="U1",
    chat="D0U1",
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
)
QUESTIONS = {
    "ko": Prompt(kind="question", heading="초록마켓", text="추천하시겠어요?", language="ko"),
    "en": Prompt(kind="question", heading="Green Market", text="Recommend us?", language="en"),
}
QUESTIONS = {
    language: replace(
        prompt,
        scale=tuple(Button(value=str(n), label=str(n), spoken=f"{n}/10") for n in range(11)),
        token=TOKEN,
    )
    for language, prompt in QUESTIONS.items()
}
ASK = QUESTIONS["ko"]
DEADLINE = 3.0  # seconds: half of it is enough for all else, on a busy machine


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.person("U1")
        fake.dm("U1")
        yield fake


@pytest.fixture
async def messenger(slack: FakeSlack) -> AsyncIterator[SlackMessenger]:
    numbers = count(1)
    async with aiohttp.ClientSession() as session:
        client = web_client(slack.token, slack.base_url, OneRequest(session))
        yield SlackMessenger(client, slack.team, lambda: f"s{next(numbers)}", deadline=DEADLINE)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_question_is_one_post_that_names_its_delivery(
    slack: FakeSlack, messenger: SlackMessenger, language: str
) -> None:
    outcome = await messenger.send(ADDRESS, QUESTIONS[language], "i1/question/ask/1")

    [posted] = slack.messages
    assert outcome == Outcome(kind=OutcomeKind.ACCEPTED, ref={"channel": "D0U1", "ts": posted.ts})
    assert [call.method for call in slack.journal] == ["chat.postMessage"]
    assert posted.text == f"{QUESTIONS[language].heading}\n{QUESTIONS[language].text}"
    assert posted.metadata == {
        "event_type": "aftertouch_delivery",
        "event_payload": {"key": "i1/question/ask/1"},
    }
    args = slack.journal[0].args
    assert (args["unfurl_links"], args["unfurl_media"]) == (False, False)
    assert "link_names" not in args


async def test_a_user_id_will_do_for_a_channel(slack: FakeSlack, messenger: SlackMessenger) -> None:
    outcome = await messenger.send(replace(ADDRESS, chat="U1"), ASK, "k")

    assert outcome.ref == {"channel": "D0U1", "ts": slack.messages[0].ts}
    assert len(slack.journal) == 1


async def test_an_edit_replaces_text_and_blocks_under_new_block_ids(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    sent = await messenger.send(ADDRESS, ASK, "k")
    assert sent.ref is not None

    thanks = Prompt(kind="chosen", text="✓ 9점", language="ko")
    edited = [await messenger.edit(ADDRESS, sent.ref, thanks) for _ in range(2)]

    [message] = slack.messages
    ids = [{block["block_id"] for block in version} for version in message.versions]
    assert edited == [Outcome(kind=OutcomeKind.ACCEPTED, ref=sent.ref)] * 2
    assert message.text == "✓ 9점"
    assert not ids[0] & ids[1]
    assert not ids[1] & ids[2]


async def test_an_edit_of_a_message_that_is_gone_is_rejected(messenger: SlackMessenger) -> None:
    ref = {"channel": "D0U1", "ts": "1.1"}

    assert await messenger.edit(ADDRESS, ref, ASK) == Outcome(
        kind=OutcomeKind.REJECTED, reason="message_not_found"
    )


async def test_a_message_whose_name_we_never_learned_is_left_alone(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    outcome = await messenger.edit(ADDRESS, {}, ASK)

    assert outcome == Outcome(kind=OutcomeKind.REJECTED, reason="no_ref")
    assert slack.journal == []


async def test_an_accepted_post_that_names_no_channel_is_in_the_one_we_named(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    slack.fail("chat.postMessage", Failure.json({"ok": True, "ts": "1.2"}))

    outcome = await messenger.send(ADDRESS, ASK, "k")

    assert outcome == Outcome(kind=OutcomeKind.ACCEPTED, ref={"channel": "D0U1", "ts": "1.2"})


async def test_an_accepted_post_without_a_name_is_unknown(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    slack.fail("chat.postMessage", Failure.json({"ok": True}))

    outcome = await messenger.send(ADDRESS, ASK, "k")

    assert outcome == Outcome(kind=OutcomeKind.UNKNOWN, reason="unreadable")


@pytest.mark.parametrize(
    ("failure", "reason", "arrived"),
    [
        pytest.param(Failure.drop_before(), "disconnected", 0, id="N03-drop-before"),
        pytest.param(Failure.drop_after(), "disconnected", 1, id="N03-drop-after"),
        pytest.param(Failure.status(502, acts=True), "http_502", 1, id="N04-502-after"),
        pytest.param(Failure.status(500), "http_500", 0, id="N05-500-before"),
        pytest.param(Failure.html(), "unreadable", 1, id="N06-html"),
        pytest.param(Failure.text(), "unreadable", 1, id="N06-text"),
        pytest.param(Failure.truncated(), "unreadable", 1, id="N06-truncated"),
        pytest.param(Failure.redirect(), "unreadable", 1, id="redirect"),
        pytest.param(Failure.hang(), "timeout", 1, id="N02-hang"),
        pytest.param(Failure.drip(), "timeout", 1, id="N07-drip"),
        pytest.param(Failure.error("fatal_error", acts=True), "fatal_error", 1, id="SL07-fatal"),
        pytest.param(Failure.error("internal_error"), "internal_error", 0, id="SL07-internal"),
    ],
)
async def test_what_may_have_arrived_is_unknown_and_never_sent_again(
    slack: FakeSlack, messenger: SlackMessenger, failure: Failure, reason: str, arrived: int
) -> None:
    slack.fail("chat.postMessage", failure)

    started = time.monotonic()
    outcome = await messenger.send(ADDRESS, ASK, "k")

    assert outcome == Outcome(kind=OutcomeKind.UNKNOWN, reason=reason)
    assert len(slack.calls("chat.postMessage")) == 1
    assert len(slack.messages) == arrived
    assert time.monotonic() - started < DEADLINE + 20


async def test_n08_a_connection_that_is_reset_is_not_tried_again_behind_our_back(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    await messenger.send(ADDRESS, ASK, "k1")
    slack.fail("chat.postMessage", Failure.drop_before())

    outcome = await messenger.send(ADDRESS, ASK, "k2")

    assert outcome.kind is OutcomeKind.UNKNOWN
    assert len(slack.calls("chat.postMessage")) == 2


async def test_n01_nobody_listening_is_proven_not_sent() -> None:
    async with FakeSlack() as gone:
        url = gone.base_url
    async with aiohttp.ClientSession() as session:
        messenger = SlackMessenger(
            web_client("xoxb-1", url, OneRequest(session)), "T1", lambda: "s"
        )
        outcome = await messenger.send(ADDRESS, ASK, "k")

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="not_connected")


async def outcome_at(url: str, session: aiohttp.ClientSession) -> Outcome:
    client = web_client("xoxb-1", url, OneRequest(session, deadline=DEADLINE))
    return await SlackMessenger(client, "T1", lambda: "s").send(ADDRESS, ASK, "k")


async def test_n02_a_connect_that_hangs_sent_nothing() -> None:
    """A server that never answers the TLS handshake."""

    left = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        async with aiohttp.ClientSession() as session:
            outcome = await outcome_at(f"https://127.0.0.1:{port}/api/", session)
        await left.wait()

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="not_connected")


async def test_with_a_session_that_is_closed_nothing_is_sent_behind_its_owners_back(
    slack: FakeSlack,
) -> None:
    async with aiohttp.ClientSession() as session:
        pass

    outcome = await outcome_at(slack.base_url, session)

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="stopped", account_down=True)
    assert slack.journal == []


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("-5", 1.0), ("abc", 1.0), ("1000000000", 3600.0)]
)
async def test_sl06_a_full_channel_pauses_only_its_chat(
    slack: FakeSlack, messenger: SlackMessenger, header: str, seconds: float
) -> None:
    slack.fail("chat.postMessage", Failure.rate_limited(header))

    outcome = await messenger.send(ADDRESS, ASK, "k")

    assert outcome == Outcome(
        kind=OutcomeKind.PAUSED, reason="ratelimited", retry_after=seconds, scope="chat"
    )
    assert (await messenger.send(ADDRESS, ASK, "k")).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (
            "channel_not_found",
            Outcome(kind=OutcomeKind.REJECTED, reason="channel_not_found", unreachable=True),
        ),
        ("is_archived", Outcome(kind=OutcomeKind.REJECTED, reason="is_archived", unreachable=True)),
        (
            "user_disabled",
            Outcome(kind=OutcomeKind.REJECTED, reason="user_disabled", unreachable=True),
        ),
        (
            "account_inactive",
            Outcome(kind=OutcomeKind.NOT_SENT, reason="account_inactive", account_down=True),
        ),
        (
            "token_revoked",
            Outcome(kind=OutcomeKind.NOT_SENT, reason="token_revoked", account_down=True),
        ),
    ],
)
async def test_sl08_a_refusal_says_whose_fault_it_is(
    slack: FakeSlack, messenger: SlackMessenger, error: str, outcome: Outcome
) -> None:
    slack.fail("chat.postMessage", Failure.error(error))

    assert await messenger.send(ADDRESS, ASK, "k") == outcome
    assert len(slack.journal) == 1


async def test_sl13_customers_markup_arrives_as_literal_text(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    comment = "<!channel> <@U1> <http://x|y>"

    await messenger.send(ADDRESS, Prompt(kind="notice", text=comment, language="ko"), "k")

    [message] = slack.messages
    assert message.text == "&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt;"
    assert message.blocks[0]["text"] == {"type": "plain_text", "text": comment, "emoji": False}
