"""A channel that cannot start is named in one line, and everything else runs."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, Reply, deployed, until
from tests.e2e.slack_chat import SlackPlatform, slack
from tests.e2e.telegram_chat import TelegramPlatform, telegram
from tests.e2e.webchat_chat import WebchatPlatform
from tests.fakes.telegram_faults import SERVER_ERROR

Broken = Callable[[TelegramPlatform, SlackPlatform], Mapping[str, str]]
BROKEN: dict[str, tuple[str, str, Broken]] = {
    "telegram refuses the token": (
        "telegram",
        "AFTERTOUCH_TELEGRAM_TOKEN",
        lambda t, _: {**t.environ, "AFTERTOUCH_TELEGRAM_TOKEN": "7001:revoked"},
    ),
    "the telegram token is no token": (
        "telegram",
        "AFTERTOUCH_TELEGRAM_TOKEN",
        lambda t, _: {**t.environ, "AFTERTOUCH_TELEGRAM_TOKEN": "paste it here"},
    ),
    "the telegram token is empty": (
        "telegram",
        "AFTERTOUCH_TELEGRAM_TOKEN",
        lambda t, _: {**t.environ, "AFTERTOUCH_TELEGRAM_TOKEN": ""},
    ),
    "a webhook without a secret": (
        "telegram",
        "AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET",
        lambda t, _: {**t.environ, "AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET": ""},
    ),
    "a webhook without a token": (
        "telegram",
        "AFTERTOUCH_TELEGRAM_TOKEN",
        lambda *_: {"AFTERTOUCH_TELEGRAM_MODE": "webhook"},
    ),
    "slack refuses the bot token": (
        "slack",
        "AFTERTOUCH_SLACK_BOT_TOKEN",
        lambda _, s: {**s.environ, "AFTERTOUCH_SLACK_BOT_TOKEN": "xoxb-revoked"},
    ),
    "slack refuses the app token": (
        "slack",
        "AFTERTOUCH_SLACK_APP_TOKEN",
        lambda _, s: {**s.environ, "AFTERTOUCH_SLACK_APP_TOKEN": "xapp-revoked"},
    ),
    "slack has a signing secret alone": (
        "slack",
        "AFTERTOUCH_SLACK_BOT_TOKEN",
        lambda _, s: {"AFTERTOUCH_SLACK_SIGNING_SECRET": s.slack.secret},
    ),
    "slack has a bot token alone": (
        "slack",
        "AFTERTOUCH_SLACK_SIGNING_SECRET",
        lambda _, s: {
            "AFTERTOUCH_SLACK_BOT_TOKEN": s.slack.token,
            "AFTERTOUCH_SLACK_BASE_URL": s.slack.base_url,
        },
    ),
}

QUIET = {"unknown": 0, "parked": 0, "dead_letters": 0, "staff_unknown": 0, "held": False}
"""Nothing waits for an operator."""


def url_in(path: Path) -> str:
    return f"sqlite:///{path}/aftertouch.sqlite3"


async def is_ready(deployment: Deployment) -> bool:
    return (await deployment.get("/readyz")).status == 200


@pytest.mark.parametrize("case", list(BROKEN))
async def test_a_wrong_credential_is_named_with_its_mend_and_the_rest_runs(
    case: str, tmp_path: Path
) -> None:
    channel, setting, broken = BROKEN[case]
    structlog.reset_defaults()
    async with telegram("webhook") as bot, slack(socket=False) as workspace:
        with capture_logs() as logs:
            async with deployed(url_in(tmp_path), broken(bot, workspace)) as deployment:
                health = (await deployment.get("/healthz")).body
                chat = await WebchatPlatform().join(deployment, "c1", "ko")
                await deployment.signed(deployment.event("c1"))
                await deployment.come_to_the_present()
                await seen(chat, 1)
                await until(partial(is_ready, deployment))

    named = ("channel off", "channel red")
    off = [line for line in logs if line["event"] in named]
    assert [(line["channel"], setting in line["problem"]) for line in off] == [(channel, True)]
    assert ": " in off[0]["problem"], "it says how to get one"
    assert "\n" not in off[0]["problem"]
    assert "revoked" not in off[0]["problem"]
    other = {"telegram": "slack", "slack": "telegram"}[channel]
    assert health == {
        "status": "degraded",
        "roles": ["intake", "worker", "console"],
        "channels": {
            "webchat": {"state": "ok", "reason": ""},
            channel: {"state": "red", "reason": off[0]["problem"]},
            other: {"state": "off", "reason": "not configured"},
        },
        "webhooks": {},
        "storage": {"state": "ok", "reason": ""},
        **QUIET,
    }


async def test_one_broken_channel_leaves_the_other_at_work(tmp_path: Path) -> None:
    async with telegram("webhook") as bot, slack(socket=False) as workspace:
        environ = {**bot.environ, **workspace.environ, "AFTERTOUCH_SLACK_BOT_TOKEN": "xoxb-no"}
        async with deployed(url_in(tmp_path), environ) as deployment:
            chat = await bot.join(deployment, "c1", "en")
            await deployment.signed(deployment.event("c1"))
            await deployment.come_to_the_present()
            await seen(chat, 1)
            channels = (await deployment.get("/healthz")).body["channels"]

    assert [channels[name]["state"] for name in ("telegram", "slack")] == ["ok", "red"]


async def test_a_platform_that_is_down_at_start_is_red_until_it_answers(tmp_path: Path) -> None:
    async with telegram("polling") as bot:
        bot.telegram.fail("getMe", *[SERVER_ERROR] * 1000)
        async with deployed(url_in(tmp_path), bot.environ) as deployment:

            async def state() -> str:
                health = (await deployment.get("/healthz")).body
                return str(health["channels"]["telegram"]["state"])

            assert await state() == "red"
            bot.telegram._faults.clear()

            async def recovered() -> bool:
                return await state() == "ok"

            await until(recovered)


async def test_the_probes_and_the_counters(tmp_path: Path) -> None:
    async with deployed(url_in(tmp_path), {}) as deployment:
        await until(partial(is_ready, deployment))
        healthy = await deployment.get("/healthz")
        await deployment.signed(deployment.event("kim-77"))
        await deployment.signed(deployment.event("kim-77"))
        async with deployment.http.get(f"{deployment.url}/metrics") as answer:
            metrics = await answer.text()

    assert (healthy.status, healthy.body["status"]) == (200, "ok")
    assert 'aftertouch_events_total{status="new"} 1.0' in metrics
    assert "kim-77" not in metrics


async def test_it_is_not_ready_while_its_loop_stands(tmp_path: Path) -> None:
    async with deployed(url_in(tmp_path), {}) as deployment:
        deployment.app.loop.stop()

        async def found_silent() -> Reply | None:
            deployment.clock.behind -= timedelta(minutes=2)
            reply = await deployment.get("/readyz")
            return reply if reply.status != 200 else None

        reply = await until(found_silent)

    assert (reply.status, reply.body["problems"]) == (503, ["the drain loop is not running"])
