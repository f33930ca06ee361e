"""The fake Telegram is as strict as the real one, and fails as told."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from surveys.model import Json
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import (
    DROP_AFTER,
    DROP_BEFORE,
    HTML,
    TRUNCATED,
    flood,
    late,
    refuse,
    slow,
)
from tests.fakes.telegram_rules import Refusal, visible


class Client:
    def __init__(self, telegram: FakeTelegram, session: aiohttp.ClientSession) -> None:
        self.telegram = telegram
        self.session = session

    async def post(self, method: str, **arguments: Json) -> Json:
        url = f"{self.telegram.base_url}{self.telegram.token}/{method}"
        async with self.session.post(url, json=arguments) as response:
            return await response.json()

    async def refusal(self, method: str, **arguments: Json) -> str:
        said = await self.post(method, **arguments)
        assert said["ok"] is False
        return str(said["description"])


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with FakeTelegram() as telegram, aiohttp.ClientSession() as session:
        await telegram.user(31).start()
        yield Client(telegram, session)


def keyboard(*rows: list[str]) -> Json:
    return {
        "inline_keyboard": [[{"text": data[:5], "callback_data": data} for data in r] for r in rows]
    }


async def test_a_message_is_kept_as_the_customer_sees_it(client: Client) -> None:
    said = await client.post(
        "sendMessage",
        chat_id=31,
        text="<b>초록</b> &lt;3",
        parse_mode="HTML",
        reply_markup=keyboard(["a"]),
    )

    message = client.telegram.user(31).last
    assert said["result"]["message_id"] == message.message_id
    assert (message.text, message.labels) == ("초록 <3", [["a"]])
    assert not client.telegram.spec.faults(said["result"], "Message")


@pytest.mark.parametrize("way", ["form", "multipart", "query"])
async def test_arguments_come_in_any_of_the_documented_ways(client: Client, way: str) -> None:
    url = f"{client.telegram.base_url}{client.telegram.token}/sendMessage"
    fields = {"chat_id": "31", "text": "123", "reply_markup": json.dumps(keyboard(["a"]))}
    body = aiohttp.FormData(fields, default_to_multipart=way == "multipart")

    async with (
        client.session.get(url, params=fields)
        if way == "query"
        else client.session.post(url, data=body)
    ) as response:
        assert (await response.json())["ok"] is True
    assert client.telegram.user(31).last.text == "123"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "👍" * 2049}, "message is too long"),
        ({"text": "<x>", "parse_mode": "HTML"}, "can't parse entities: Unsupported start tag"),
        ({"text": "<b>", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "</b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag"),
        ({"text": "<b><i></b>", "parse_mode": "HTML"}, "can't parse entities: Unmatched end tag"),
        ({"text": "1 < 2", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 32, "text": "x"}, "chat not found"),
        ({"text": "x", "reply_markup": keyboard(["x" * 65])}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard(["가" * 22])}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard(["x"] * 9)}, "reply markup is too long"),
        ({"text": "x", "reply_markup": keyboard(*[["x"]] * 101)}, "reply markup is too long"),
    ],
)
async def test_it_refuses_in_the_platforms_words(
    client: Client, arguments: dict[str, Json], words: str
) -> None:
    said = await client.refusal("sendMessage", **{"chat_id": 31, **arguments})

    assert said.startswith("Bad Request: ")
    assert words in said
    assert client.telegram.user(31).messages == []


async def test_the_published_types_are_checked_where_present(client: Client) -> None:
    unknown = await client.post("sendMessage", chat_id=31, text="x", colour="red")
    missing = await client.post("sendMessage", chat_id=31)

    assert missing["ok"] is False
    assert unknown["ok"] is (not client.telegram.spec.faults({"x": 1}, "User"))


async def test_an_edit_must_change_something_that_is_there(client: Client) -> None:
    sent = await client.post("sendMessage", chat_id=31, text="x")
    number = sent["result"]["message_id"]

    same = await client.refusal("editMessageText", chat_id=31, message_id=number, text="x")
    lost = await client.refusal("editMessageText", chat_id=31, message_id=999, text="y")

    assert same.startswith("Bad Request: message is not modified: ")
    assert lost == "Bad Request: message to edit not found"


async def test_a_button_press_is_answered_once_and_in_time(client: Client) -> None:
    user = client.telegram.user(31)
    await client.post("sendMessage", chat_id=31, text="x", reply_markup=keyboard(["a"]))
    first = (await user.tap(user.last, "a"))["callback_query"]["id"]
    second = (await user.tap(user.last, "a"))["callback_query"]["id"]

    await client.post("answerCallbackQuery", callback_query_id=first, text="저장했어요")
    client.telegram.queries.expire()
    words = await client.refusal("answerCallbackQuery", callback_query_id=second)

    assert user.toasts == ["저장했어요"]
    assert words.endswith("query is too old and response timeout expired or query ID is invalid")


async def test_a_blocked_bot_is_forbidden_to_write(client: Client) -> None:
    await client.telegram.user(31).block()

    words = await client.refusal("sendMessage", chat_id=31, text="x")

    assert words == "Forbidden: bot was blocked by the user"


async def test_an_offset_confirms_what_lies_before_it(client: Client) -> None:
    await client.telegram.user(31).say("둘")

    both = (await client.post("getUpdates"))["result"]
    second = (await client.post("getUpdates", offset=both[0]["update_id"] + 1))["result"]
    none = (await client.post("getUpdates", offset=both[1]["update_id"] + 1))["result"]

    assert [len(both), len(second), len(none)] == [2, 1, 0]


async def test_ids_that_start_again_are_given_out_all_the_same(client: Client) -> None:
    await client.post("getUpdates", offset=500_001)
    client.telegram.updates.next_id = 7
    await client.telegram.user(31).say("일주일 뒤")

    said = (await client.post("getUpdates", offset=500_001))["result"]

    assert [each["update_id"] for each in said] == [7]


async def test_a_webhook_excludes_polling(client: Client) -> None:
    await client.post("setWebhook", url="http://127.0.0.1:1/telegram/webhook")

    words = await client.refusal("getUpdates")

    assert words.startswith("Conflict: can't use getUpdates method while webhook is active")
    assert (await client.post("getWebhookInfo"))["result"]["pending_update_count"] == 1


async def test_a_wrong_token_is_unauthorized(client: Client) -> None:
    async with client.session.get(f"{client.telegram.base_url}1:no/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")


async def test_faults_happen_in_turn_and_the_journal_says_what_was_carried_out(
    client: Client,
) -> None:
    client.telegram.fail(
        "sendMessage", flood(3), refuse(403, "Forbidden: user is deactivated"), DROP_BEFORE
    )
    client.telegram.fail("sendMessage", DROP_AFTER, HTML, TRUNCATED)

    flooded = await client.post("sendMessage", chat_id=31, text="x")
    forbidden = await client.post("sendMessage", chat_id=31, text="x")
    for _ in range(2):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.post("sendMessage", chat_id=31, text="x")
    for _ in range(2):
        with pytest.raises((aiohttp.ContentTypeError, json.JSONDecodeError)):
            await client.post("sendMessage", chat_id=31, text="x")

    assert flooded["parameters"] == {"retry_after": 3}
    assert forbidden["error_code"] == 403
    acted = [call.acted for call in client.telegram.calls("sendMessage")]
    assert acted == [False, False, False, True, True, True]


def test_only_html_is_parsed() -> None:
    with pytest.raises(Refusal):
        visible("x", "Markdown")


async def test_a_slow_call_is_carried_out_before_it_is_answered(client: Client) -> None:
    client.telegram.fail("sendMessage", slow(60))
    call = asyncio.ensure_future(client.post("sendMessage", chat_id=31, text="x"))
    async with asyncio.timeout(60):
        while not client.telegram.messages:
            await asyncio.sleep(0.01)

    assert not call.done()
    call.cancel()


async def test_a_late_call_is_carried_out_though_its_caller_is_gone(client: Client) -> None:
    client.telegram.fail("sendMessage", late(1))
    call = asyncio.ensure_future(client.post("sendMessage", chat_id=31, text="x"))
    async with asyncio.timeout(60):
        while client.telegram._faults["sendmessage"]:
            await asyncio.sleep(0.01)
        call.cancel()
        assert not client.telegram.messages
        while not client.telegram.messages:
            await asyncio.sleep(0.01)
