"""One request per message, and each way it can end has its own outcome."""

import asyncio
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.telegram.channel import TelegramChannel
from bot.telegram.request import HttpAnswer, NoVerdict, Refused, result_of
from surveys.model import Channel, Json, Outcome, OutcomeKind
from surveys.ports import Messenger
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import (
    AGREE,
    BAD_GATEWAY_AFTER,
    BLOCKED,
    DEACTIVATED,
    DROP_AFTER,
    DROP_BEFORE,
    HANG,
    HTML,
    REDIRECT,
    SERVER_ERROR,
    TRUNCATED,
    UNAUTHORIZED,
    Fault,
    drip,
    flood,
    refuse,
    says,
)
from tests.fakes.telegram_kit import Rig, address, notice, question, rig


@pytest.fixture
async def connected() -> AsyncIterator[tuple[Rig, TelegramChannel]]:
    async with rig() as made, made.channel() as channel:
        await made.telegram.user(31).start()
        yield made, channel


IMPATIENT = 3.0  # seconds, for tests that wait for a deadline to pass
Connected = tuple[Rig, TelegramChannel]


def unknown(reason: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNKNOWN, reason=reason)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_question_arrives_and_is_named(connected: Connected, language: str) -> None:
    made, channel = connected
    messenger: Messenger = channel.messenger
    assert messenger.channel is Channel.TELEGRAM

    outcome = await messenger.send(address(), question(language), "delivery-1")

    message = made.telegram.user(31).last
    ref = {"chat_id": 31, "message_id": message.message_id}
    assert outcome == Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)
    assert message.text.startswith({"ko": "초록마켓", "en": "Green Market"}[language])
    assert message.labels[:2] == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]


async def test_an_edit_replaces_text_and_buttons(connected: Connected) -> None:
    made, channel = connected
    sent = await channel.messenger.send(address(), question(), "d")
    assert sent.ref

    outcome = await channel.messenger.edit(address(), sent.ref, notice("✓ 9점을 선택하셨어요"))

    message = made.telegram.user(31).last
    assert outcome == Outcome(kind=OutcomeKind.ACCEPTED, ref=sent.ref)
    assert (message.text, message.labels) == ("✓ 9점을 선택하셨어요", [])


async def test_tg26_an_edit_that_changes_nothing_is_accepted(connected: Connected) -> None:
    _, channel = connected
    sent = await channel.messenger.send(address(), question(), "d")
    assert sent.ref

    outcome = await channel.messenger.edit(address(), sent.ref, question())

    assert outcome == Outcome(kind=OutcomeKind.ACCEPTED, ref=sent.ref, reason="not_modified")


async def test_a_message_that_is_gone_is_not_edited_again(connected: Connected) -> None:
    _, channel = connected
    gone = Outcome(kind=OutcomeKind.REJECTED, reason="message_not_found")

    lost = await channel.messenger.edit(address(), {"chat_id": 31, "message_id": 99}, question())
    nameless = await channel.messenger.edit(address(), {}, question())

    assert [lost, nameless] == [gone, gone]


NOT_OPEN = "Forbidden: bot can't initiate conversation with a user"
MOVED = "Bad Request: group chat was upgraded to a supergroup chat"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (BLOCKED, Outcome(kind=OutcomeKind.REJECTED, reason="blocked", unreachable=True)),
        (DEACTIVATED, Outcome(kind=OutcomeKind.REJECTED, reason="deactivated", unreachable=True)),
        (
            refuse(403, "Forbidden: bot was kicked from the group chat"),
            Outcome(kind=OutcomeKind.REJECTED, reason="kicked", unreachable=True),
        ),
        (
            refuse(403, NOT_OPEN),
            Outcome(kind=OutcomeKind.REJECTED, reason="not_started", unreachable=True),
        ),
        (
            refuse(403, "Forbidden: something new"),
            Outcome(kind=OutcomeKind.REJECTED, reason="forbidden", unreachable=True),
        ),
        (
            refuse(400, "Bad Request: chat not found"),
            Outcome(kind=OutcomeKind.REJECTED, reason="chat_not_found", unreachable=True),
        ),
        (
            refuse(400, "Bad Request: can't parse entities: ..."),
            Outcome(kind=OutcomeKind.REJECTED, reason="bad_request"),
        ),
        (
            refuse(400, MOVED, migrate_to_chat_id=-1001234567890),
            Outcome(kind=OutcomeKind.NOT_SENT, reason="moved", moved_to="-1001234567890"),
        ),
        (
            UNAUTHORIZED,
            Outcome(kind=OutcomeKind.NOT_SENT, reason="unauthorized", account_down=True),
        ),
        (
            refuse(404, "Not Found"),
            Outcome(kind=OutcomeKind.NOT_SENT, reason="unauthorized", account_down=True),
        ),
        (refuse(409, "Conflict"), Outcome(kind=OutcomeKind.NOT_SENT, reason="refused_409")),
    ],
)
async def test_tg05_to_tg08_refusals_are_proof_that_nothing_was_sent(
    connected: Connected, fault: Fault, outcome: Outcome
) -> None:
    made, channel = connected
    made.telegram.fail("sendMessage", fault)

    assert await channel.messenger.send(address(), question(), "d") == outcome
    assert made.telegram.user(31).messages == []


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [(3, 3.0), (-5, 1.0), (0, 1.0), ("abc", 1.0), (10**9, 3600.0), (10**400, 1.0), (None, 1.0)],
)
async def test_n10_a_flood_pauses_the_account_for_a_sane_while(
    connected: Connected, stated: object, seconds: float
) -> None:
    made, channel = connected
    made.telegram.fail("sendMessage", flood(stated))

    assert await channel.messenger.send(address(), question(), "d") == Outcome(
        kind=OutcomeKind.PAUSED, reason="flood", retry_after=seconds, scope="account"
    )


@pytest.mark.parametrize(
    ("body", "header", "seconds"),
    [
        (b"<html>slow down</html>", "7", 7.0),
        (b'{"ok":false,"parameters":[]}', "9", 9.0),
        (
            b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5"}',
            None,
            5,
        ),
        (b'{"ok":false,"error_code":429,"parameters":{"retry_after":NaN}}', None, 1.0),
    ],
)
def test_a_flood_may_be_told_by_header_or_words(
    body: bytes, header: str | None, seconds: float
) -> None:
    with pytest.raises(Refused) as refusal:
        result_of(HttpAnswer(status=429, body=body, retry_after=header))

    assert (refusal.value.code, refusal.value.retry_after) == (429, seconds)


@pytest.mark.parametrize(
    ("fault", "reason", "delivered"),
    [
        pytest.param(HANG, "timeout", 1, id="N02 hang"),
        pytest.param(DROP_BEFORE, "reset", 0, id="N03 drop before"),
        pytest.param(DROP_AFTER, "reset", 1, id="N03 drop after"),
        pytest.param(BAD_GATEWAY_AFTER, "server_error", 1, id="N04 502 after"),
        pytest.param(SERVER_ERROR, "server_error", 0, id="N05 500 before"),
        pytest.param(HTML, "not_json", 1, id="N06 HTML"),
        pytest.param(TRUNCATED, "not_json", 1, id="N06 truncated"),
        pytest.param(REDIRECT, "not_json", 0, id="redirect"),
        pytest.param(drip(0.05), "timeout", 1, id="N07 drip"),
        pytest.param(refuse(500, "Internal Server Error"), "server_error", 0, id="JSON 500"),
    ],
)
async def test_what_proves_nothing_is_unknown_and_never_sent_twice(
    connected: Connected, fault: Fault, reason: str, delivered: int
) -> None:
    made, _ = connected
    async with made.channel(deadline=IMPATIENT) as channel:
        made.telegram.fail("sendMessage", fault)
        began = asyncio.get_running_loop().time()

        outcome = await channel.messenger.send(address(), question(), "d")

        assert asyncio.get_running_loop().time() - began < IMPATIENT + 20
    assert outcome == unknown(reason)
    assert len(made.telegram.calls("sendMessage")) == 1
    assert len(made.telegram.user(31).messages) == delivered


async def outcome_at(made: Rig, base_url: str) -> Outcome:
    async with made.channel(base_url=base_url, deadline=IMPATIENT) as channel:
        assert channel.health()["state"] == "red"
        return await channel.messenger.send(address(), question(), "d")


async def test_n01_a_refused_connection_sent_nothing() -> None:
    async with FakeTelegram() as gone:
        nowhere = gone.base_url
    async with rig() as made:
        outcome = await outcome_at(made, nowhere)

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="refused")


async def test_n08_a_pooled_connection_that_went_stale_is_not_retried(
    connected: Connected,
) -> None:
    made, channel = connected
    await made.telegram._runner.cleanup()

    assert await channel.messenger.send(address(), question(), "d") == unknown("reset")
    assert (await channel.messenger.send(address(), question(), "d")).reason == "refused"


async def test_n01_an_unknown_host_sent_nothing() -> None:
    async with rig() as made:
        outcome = await outcome_at(made, "http://telegram.invalid/bot")

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="dns")


async def test_n09_a_broken_tls_handshake_sent_nothing() -> None:
    async with rig() as made:
        plain = made.telegram.base_url
        outcome = await outcome_at(made, plain.replace("http://", "https://"))

    assert outcome.kind is OutcomeKind.NOT_SENT
    assert outcome.reason in {"tls", "refused"}


async def test_a_connect_that_hangs_sent_nothing() -> None:
    """A server that never answers the TLS handshake."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with rig() as made, silent:
        outcome = await outcome_at(made, f"https://127.0.0.1:{port}/bot")

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="connect_timeout")


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"ok":1,"result":{}}', b'{"ok":null}', b"[" * 100_000]
)
def test_a_200_that_does_not_say_ok_and_what_is_no_verdict(body: bytes) -> None:
    with pytest.raises(NoVerdict):
        result_of(HttpAnswer(status=200, body=body))


async def test_an_agreement_without_a_message_in_it_is_accepted_all_the_same(
    connected: Connected,
) -> None:
    """``ok: true`` is Telegram's word that it was done (FAULTS, outcome classes)."""
    made, channel = connected
    ref = {"chat_id": 31, "message_id": 1}
    made.telegram.fail("sendMessage", AGREE)
    made.telegram.fail("editMessageText", AGREE)

    sent = await channel.messenger.send(address(), question(), "d")
    edited = await channel.messenger.edit(address(), ref, notice("x"))

    assert sent == Outcome(kind=OutcomeKind.ACCEPTED, reason="unreadable")
    assert (edited.kind, edited.ref) == (OutcomeKind.ACCEPTED, ref)


@pytest.mark.parametrize(
    "result",
    [
        {"message_id": 9},
        {"message_id": 9, "chat": {"id": 31}},
        {"message_id": 9, "date": "today", "chat": {"id": 31, "type": "private", "aura": 1}},
        {"message_id": 9, "chat": {"id": 31}, "from": {"id": 7001}, "entities": [{"type": "b"}]},
        {"message_id": 9, "chat": None, "reply_markup": {}, "text": 7},
    ],
)
async def test_a_message_is_known_by_its_name_whatever_else_the_answer_says(
    connected: Connected, result: Json
) -> None:
    made, channel = connected
    made.telegram.fail("sendMessage", says(result))
    made.telegram.fail("editMessageText", says(result))

    sent = await channel.messenger.send(address(), question(), "d")
    edited = await channel.messenger.edit(address(), sent.ref or {}, notice("x"))

    assert sent == Outcome(kind=OutcomeKind.ACCEPTED, ref={"chat_id": 31, "message_id": 9})
    assert edited == Outcome(kind=OutcomeKind.ACCEPTED, ref=sent.ref)


@pytest.mark.parametrize(
    "result", [True, "x", [], {}, {"message_id": "9"}, {"message_id": True, "chat": {"id": 31}}]
)
async def test_what_names_no_message_is_accepted_without_a_name(
    connected: Connected, result: Json
) -> None:
    made, channel = connected
    made.telegram.fail("sendMessage", says(result))

    sent = await channel.messenger.send(address(), question(), "d")

    assert (sent.kind, sent.reason) == (OutcomeKind.ACCEPTED, "unreadable")


def test_ok_true_needs_no_result() -> None:
    assert result_of(HttpAnswer(status=200, body=b'{"ok":true}')) is None


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b'{"ok":false,"description":"Forbidden: bot was blocked by the user"}', 400),
        (200, b'{"ok":false,"error_code":403,"description":"x"}', 403),
        (404, b"404: Not Found", 404),
        (405, b"405: Method Not Allowed", 405),
        (501, b"<html>not implemented</html>", 501),
    ],
)
def test_what_says_that_nothing_was_done_is_a_refusal(status: int, body: bytes, code: int) -> None:
    with pytest.raises(Refused) as refusal:
        result_of(HttpAnswer(status=status, body=body))

    assert refusal.value.code == code


async def test_a_page_that_says_not_found_holds_the_queue(connected: Connected) -> None:
    made, _ = connected
    root = made.telegram.base_url.removesuffix("/bot")

    outcome = await outcome_at(made, f"{root}/elsewhere/bot")

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="unauthorized", account_down=True)


def test_an_answer_in_json_that_counts_as_a_server_error_is_unknown() -> None:
    with pytest.raises(NoVerdict, match="server_error"):
        result_of(HttpAnswer(status=200, body=b'{"ok":false,"error_code":502}'))


async def test_a_prompt_that_does_not_fit_is_rejected_without_a_request(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    made, channel = connected

    outcome = await channel.messenger.send(address(), notice(" "), "d")

    assert outcome == Outcome(kind=OutcomeKind.REJECTED, reason="unsendable")
    assert made.telegram.calls("sendMessage") == []


async def test_the_token_is_in_no_log_and_no_representation(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    made, channel = connected
    caplog.set_level(logging.DEBUG)
    made.telegram.fail("sendMessage", HTML, DROP_BEFORE, refuse(400, "Bad Request: x"))

    for _ in range(4):
        await channel.messenger.send(address(), question(), "d")

    secret = made.telegram.token.partition(":")[2]
    shown = [caplog.text, repr(made.settings), repr(channel._bot), str(vars(channel.messenger))]
    assert all(secret not in each for each in shown)


async def test_a_session_of_the_caller_stays_open(connected: Connected) -> None:
    made, channel = connected
    async with made.channel():
        pass

    assert isinstance(made.session, aiohttp.ClientSession)
    assert not made.session.closed
    assert (await channel.messenger.send(address(), notice("x"), "d")).ref
