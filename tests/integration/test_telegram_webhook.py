"""The webhook commits before it answers, and answers nothing of what it was told."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from bot.telegram.webhook import BODY_LIMIT, PATH
from surveys.errors import StorageBusy
from surveys.model import Json, Reached, Started, Tap, Typed
from tests.fakes.telegram_kit import SECRET, TOKEN, Rig, address, question, rig, running, until
from tests.serving import serve

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@asynccontextmanager
async def hooked() -> AsyncIterator[tuple[Rig, str]]:
    """A channel in webhook mode behind a real server, registered with the platform."""
    async with rig() as made:
        late = made.channel(mode="webhook")
        async with (
            running(late),
            serve(Starlette(routes=late.routes())) as root,
            made.channel(mode="webhook", public_url=f"{root}/"),
        ):
            yield made, root


def texts(made: Rig) -> list[str]:
    return [each.act.text for each in made.desk.acts if isinstance(each.act, Typed)]


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Rig, str]]:
    async with hooked() as made:
        yield made


Hook = tuple[Rig, str]


async def post(hook: Hook, body: bytes | Json, **headers: str) -> tuple[int, bytes]:
    made, root = hook
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {HEADER: SECRET, **headers}
    async with made.session.post(root + PATH, data=io.BytesIO(data), headers=sent) as response:
        return response.status, await response.read()


async def test_the_platform_is_told_address_secret_and_kinds(hook: Hook) -> None:
    made, root = hook

    assert made.telegram.calls("setWebhook")[0].arguments == {
        "url": root + PATH,
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_dialogue_comes_in_and_the_toast_goes_out_after_the_200(
    hook: Hook, language: str
) -> None:
    made, _ = hook
    user = made.telegram.user(31, language)
    toast = {"ko": "저장했어요", "en": "Saved"}[language]
    made.desk.toast = toast
    await user.start("link-token")
    async with made.channel(mode="webhook") as channel:
        await channel.messenger.send(address(), question(language), "d")

    await user.tap(user.last, "9")
    await user.say("배송이 빨라요")
    await user.block()

    assert [each.act for each in made.desk.acts] == [
        Started(token="link-token"),
        Tap(token=TOKEN, value="9", message={"chat_id": 31, "message_id": user.last.message_id}),
        Typed(text="배송이 빨라요", message="3"),
        Reached(reachable=False),
    ]
    assert {each.locale for each in made.desk.acts} == {language}
    await until(lambda: user.toasts == [toast])
    assert made.telegram.webhook_statuses == [200, 200, 200, 200]


async def test_tg10_a_repeated_update_has_one_effect_and_no_second_toast(hook: Hook) -> None:
    made, _ = hook
    made.desk.toast = "저장했어요"
    user = made.telegram.user(31)
    update = await user.press(None, f"1:{TOKEN}:9")

    statuses = [await made.telegram.post(update) for _ in range(4)]

    assert statuses == [200] * 4
    assert len(made.desk.acts) == 1
    await until(lambda: len(made.telegram.calls("answerCallbackQuery")) == 1)


async def test_a_press_is_answered_by_a_call_of_its_own(hook: Hook) -> None:
    """Some Bot API servers do not carry out a call that the 200 contains."""
    made, _ = hook
    update = await made.telegram.user(31).press(None, f"1:{TOKEN}:9")

    assert await post(hook, {**update, "update_id": 77}) == (200, b"")


@pytest.mark.parametrize("stated", [None, "", "wrong", "x" * 257, "비밀", f"{SECRET}x"])
async def test_tg13_a_wrong_secret_is_refused_before_the_body_is_read(
    hook: Hook, stated: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    made, root = hook
    headers = {} if stated is None else {HEADER: stated}

    async with made.session.post(root + PATH, data=b"canary {", headers=headers) as response:
        status, body = response.status, await response.read()

    assert status == 401
    assert b"canary" not in body
    assert "canary" not in caplog.text
    assert made.desk.acts == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"canary",
        b"{",
        b'{"update_id": NaN}',
        b'{"update_id": 1, "update_id": 2}',
        b"[" * 100_000,
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": "1"}',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"message": {"text": "canary"}}',
    ],
)
async def test_junk_is_a_400_that_echoes_nothing(hook: Hook, body: bytes) -> None:
    status, said = await post(hook, body)

    assert (status, b"canary" in said) == (400, False)
    assert "error" in json.loads(said)


async def test_a_body_over_its_cap_is_a_413(hook: Hook) -> None:
    assert (await post(hook, b" " * (BODY_LIMIT + 1)))[0] == 413


async def test_a_compressed_body_is_a_415(hook: Hook) -> None:
    assert (await post(hook, b"x", **{"Content-Encoding": "gzip"}))[0] == 415


async def test_a_get_is_a_405(hook: Hook) -> None:
    made, root = hook
    async with made.session.get(root + PATH) as response:
        assert response.status == 405


async def test_tg25_an_unknown_kind_of_update_is_acknowledged(hook: Hook) -> None:
    assert await post(hook, {"update_id": 5, "something_of_next_year": {}}) == (200, b"")


async def test_a_busy_database_lets_the_platform_try_again(hook: Hook) -> None:
    made, _ = hook
    made.desk.troubles = [StorageBusy()]

    await made.telegram.user(31).say("9점")
    await made.telegram.redeliver()

    assert made.telegram.webhook_statuses == [503, 200]
    assert texts(made) == ["9점"]


async def test_f12_an_update_that_always_fails_is_given_up_after_five_tries(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    made, _ = hook
    made.desk.poison = lambda act: isinstance(act, Typed) and act.text == "poison"
    user = made.telegram.user(31)

    await user.say("poison")
    await user.say("9점")
    for _ in range(4):
        await made.telegram.redeliver()

    assert made.telegram.webhook_statuses == [503, 503, 503, 503, 200, 200]
    assert texts(made) == ["9점"]
    assert "Gave up on Telegram update" in caplog.text


async def test_a_client_that_goes_away_in_mid_body_disturbs_nobody(hook: Hook) -> None:
    made, root = hook
    host, port = root.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\nContent-Length: 99\r\n\r\n{{".encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    await made.telegram.user(31).say("9점")

    assert made.telegram.webhook_statuses == [200]
