"""The channel starts, names what is wrong with its settings, and survives an absent Telegram."""

import asyncio
import os

import pytest
from structlog.testing import capture_logs

from surveys.errors import ChannelMisconfigured
from tests.fakes.telegram import Webhook
from tests.fakes.telegram_faults import (
    DROP_BEFORE,
    HTML,
    SERVER_ERROR,
    UNAUTHORIZED,
    Fault,
    refuse,
)
from tests.fakes.telegram_kit import rig, running, until


async def test_it_starts_and_knows_itself() -> None:
    async with rig() as made, made.channel() as channel:
        assert channel.health() == {"state": "ok", "reason": ""}
        assert (channel.account, channel.messenger.account) == ("7001", "7001")
        assert channel.deep_link("abc_-1") == "https://t.me/green_market_bot?start=abc_-1"
        assert channel.routes() == []

    assert channel.health() == {"state": "red", "reason": "stopped"}


async def test_the_menu_is_offered_in_both_languages() -> None:
    async with rig() as made, made.channel():
        english, korean = made.telegram.commands[""], made.telegram.commands["ko"]

    names = ["start", "resume", "help", "stop", "lang", "privacy", "mydata", "delete"]
    assert [each["command"] for each in english] == names
    assert [each["command"] for each in korean] == names
    assert (english[3]["description"], korean[3]["description"]) == (
        "Stop all questions",
        "그만 받기",
    )


async def test_polling_takes_a_left_over_webhook_away() -> None:
    async with rig() as made:
        await made.session.post(
            f"{made.telegram.base_url}{made.telegram.token}/setWebhook",
            json={"url": "http://127.0.0.1:1/old"},
        )
        async with made.channel():
            assert made.telegram.webhook is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": ""}, ["AFTERTOUCH_TELEGRAM_TOKEN", "missing", "@BotFather"]),
        ({"token": "7001:가 나"}, ["AFTERTOUCH_TELEGRAM_TOKEN", "@BotFather"]),
        ({"base_url": "api.telegram.org/bot"}, ["AFTERTOUCH_TELEGRAM_BASE_URL"]),
        ({"mode": "pigeon"}, ["AFTERTOUCH_TELEGRAM_MODE"]),
        ({"mode": "webhook", "secret": ""}, ["AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET"]),
        ({"mode": "webhook", "secret": "x" * 257}, ["AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET"]),
    ],
)
async def test_a_wrong_setting_is_named_in_one_line(
    changes: dict[str, str], words: list[str]
) -> None:
    async with rig() as made:
        with pytest.raises(ChannelMisconfigured) as fault:
            async with made.channel(**changes):
                pass

    said = str(fault.value)
    assert [word for word in words if word not in said] == []
    assert "\n" not in said
    assert "other" not in said.replace("another", "")


@pytest.mark.parametrize(
    "fault",
    [SERVER_ERROR, DROP_BEFORE, HTML, refuse(429, "Too Many Requests: retry after 1")],
)
async def test_an_absent_telegram_is_waited_for(fault: Fault) -> None:
    async with rig() as made:
        made.telegram.fail("getMe", fault)
        channel = made.channel()
        with capture_logs() as logs:
            async with channel:
                red = channel.health()
        assert [(line["event"], line["problem"]) for line in logs] == [
            ("channel red", red["reason"])
        ]
        made.telegram.fail("getMe", fault, fault)
        async with channel:
            assert channel.health()["state"] == "red"
            assert "retrying" in channel.health()["reason"]
            assert channel.deep_link("x") is None
            assert channel.messenger.account == "7001"
        async with running(channel):
            await made.telegram.user(31).say("9점")
            await until(lambda: made.desk.acts)

            assert channel.health()["state"] == "ok"
            assert channel.deep_link("x")


async def test_tg08_a_refused_token_is_named_in_one_line_and_tried_again() -> None:
    async with rig() as made:
        made.telegram.fail("getMe", UNAUTHORIZED)
        channel = made.channel()
        with capture_logs() as logs:
            async with channel:
                reason = channel.health()["reason"]
            async with running(channel):
                await until(lambda: channel.health()["state"] == "ok")

    assert [
        word for word in ("AFTERTOUCH_TELEGRAM_TOKEN", "(401)", "@BotFather") if word not in reason
    ] == []
    assert "\n" not in reason
    assert made.telegram.token.partition(":")[2] not in reason
    assert {
        "event": "channel red",
        "log_level": "warning",
        "channel": "telegram",
        "problem": reason,
    } in logs
    assert logs[-1]["event"] == "channel works again"


async def test_a_token_refused_only_later_is_said_in_health() -> None:
    async with rig() as made:
        made.telegram.fail("getMe", SERVER_ERROR, UNAUTHORIZED)
        channel = made.channel()
        made.pauses.watch = lambda: channel.health()["reason"]
        async with running(channel):
            await until(lambda: channel.health()["state"] == "ok")

    assert any("AFTERTOUCH_TELEGRAM_TOKEN is refused (401)" in each for each in made.pauses.seen)


async def test_an_answer_that_is_no_bot_is_not_taken_for_one() -> None:
    async with rig() as made:
        made.telegram.fail("getMe", Fault(mode="agree"))
        async with made.channel() as channel:
            assert channel.health()["reason"] == "Telegram can't be reached (not_a_bot); retrying"


async def test_a_refused_webhook_is_said_in_health() -> None:
    async with rig() as made:
        made.telegram.fail("setWebhook", refuse(400, "Bad Request: bad webhook: HTTPS required"))
        async with made.channel(mode="webhook", public_url="http://shop.example") as channel:
            assert "HTTPS required" in channel.health()["reason"]
            assert len(channel.routes()) == 1
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(channel.run())
                await until(lambda: channel.health()["state"] == "ok")
                task.cancel()


async def test_a_menu_or_a_left_over_webhook_that_is_refused_stops_nothing() -> None:
    async with rig() as made:
        made.telegram.fail("setMyCommands", refuse(400, "Bad Request: BOT_COMMAND_INVALID"))
        made.telegram.fail("deleteWebhook", refuse(404, "Not Found"))
        async with made.channel() as channel:
            assert channel.health()["state"] == "ok"


@pytest.mark.parametrize("ending", ["/bot", "/bot/", "", "/"])
async def test_the_base_url_may_end_in_a_slash_or_leave_bot_out(ending: str) -> None:
    async with rig() as made:
        root = made.telegram.base_url.removesuffix("/bot")
        async with made.channel(base_url=root + ending) as channel:
            assert channel.health()["state"] == "ok"


@pytest.mark.parametrize("fault", [SERVER_ERROR, HTML, Fault(mode="agree")])
async def test_a_bot_api_without_menus_and_webhooks_is_polled(fault: Fault) -> None:
    async with rig() as made:
        made.telegram.fail("deleteWebhook", fault)
        made.telegram.fail("setMyCommands", fault, fault)
        async with running(made.channel()):
            await made.telegram.user(31).say("9점")
            await until(lambda: made.desk.acts)


async def test_a_webhook_that_comes_back_is_taken_away_again() -> None:
    async with rig() as made, running(made.channel()) as channel:
        await until(lambda: made.telegram.updates.polls)
        made.telegram.webhook = Webhook(url="http://127.0.0.1:1/other")
        await until(lambda: made.telegram.webhook is None)
        await until(lambda: channel.health()["state"] == "ok")


async def test_the_bot_id_that_telegram_tells_late_counts_from_then_on() -> None:
    async with rig() as made:
        made.telegram.token = "token-without-an-id"
        made.telegram.me = lambda: {"id": 42, "is_bot": True, "first_name": "x"}  # type: ignore[method-assign]
        made.telegram.fail("getMe", SERVER_ERROR)
        async with made.channel(token=made.telegram.token) as channel:
            assert "token" not in channel.account
            await made.telegram.user(31).say("9점")
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(channel.run())
                await until(lambda: made.desk.acts)
                task.cancel()

            assert (channel.account, channel.messenger.account) == ("42", "42")
            assert made.desk.acts[0].source == "telegram:42"
            assert channel.deep_link("x") is None


async def test_durations_of_the_library_are_settled_before_it_is_used() -> None:
    async with rig() as made, made.channel():
        assert os.environ["PTB_TIMEDELTA"] == "true"
