"""N rows: the network between us and a platform fails; the platform's own journal is held against our ledger."""

import logging
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.app import Outside
from bot.channels import Channels
from bot.slack.channel import SlackAccess
from bot.telegram.channel import TelegramAccess
from surveys.model import DeliveryState, OutcomeKind
from surveys.service.outcomes import DEADLINE
from tests.fakes import telegram_faults as telegram
from tests.fakes.slack import Failure, FakeSlack
from tests.faults.asking import PUSHED, Asking, asking

SETTLED = {"telegram": DeliveryState.PARKED, "slack": DeliveryState.SENT}
"""Only Slack's history tells that a message is there."""

IMPATIENT = Outside(channels=partial(Channels, deadline=timedelta(seconds=4)))


async def posted_once(rig: Asking) -> None:
    """The one attempt proved nothing, and whatever is done about it later, the platform saw one request."""
    await rig.ask()
    (tried,) = await rig.tried()

    assert tried.kind is OutcomeKind.UNKNOWN
    assert (rig.posts, await rig.arrived()) == (1, 1)
    await rig.later(hours=1)
    question = await rig.ended()
    assert question.state is SETTLED[rig.channel]
    assert (question.attempts, question.resends) == (1, 0)
    assert (rig.posts, await rig.arrived()) == (1, 1)


def test_n02_a_request_has_ten_seconds_in_all() -> None:
    given = TelegramAccess(token="t").deadline, SlackAccess(bot_token="t").deadline

    assert given == (DEADLINE.total_seconds(), DEADLINE.total_seconds()) == (10, 10)


@pytest.mark.parametrize("name", PUSHED)
async def test_n02_a_platform_that_never_answers_has_one_post(name: str, tmp_path: Path) -> None:
    async with asking(name, tmp_path, outside=IMPATIENT) as rig:
        rig.fail(telegram.HANG, Failure.hang())
        await posted_once(rig)


@pytest.mark.parametrize("name", PUSHED)
async def test_n03_an_answer_that_is_dropped_leaves_one_post(name: str, tmp_path: Path) -> None:
    async with asking(name, tmp_path) as rig:
        rig.fail(telegram.DROP_AFTER, Failure.drop_after())
        await posted_once(rig)


async def test_n03_slacks_own_client_left_to_itself_posts_twice() -> None:
    """What this row guards against, so that its test is known to be able to fail."""
    async with FakeSlack() as slack, aiohttp.ClientSession() as session:
        slack.person("U1")
        slack.fail("chat.postMessage", Failure.drop_after())
        client = AsyncWebClient(token=slack.token, base_url=slack.base_url, session=session)
        await client.chat_postMessage(channel="U1", text="x")

    assert len(slack.messages) == 2


@pytest.mark.parametrize("name", PUSHED)
async def test_n04_a_502_after_delivery_leaves_one_post(name: str, tmp_path: Path) -> None:
    async with asking(name, tmp_path) as rig:
        rig.fail(telegram.BAD_GATEWAY_AFTER, Failure.status(502, acts=True))
        await posted_once(rig)


NOT_THE_PLATFORMS = {
    "html": (telegram.HTML, Failure.html()),
    "truncated": (telegram.TRUNCATED, Failure.truncated()),
}


@pytest.mark.parametrize("fault", list(NOT_THE_PLATFORMS))
@pytest.mark.parametrize("name", PUSHED)
async def test_n06_an_answer_that_is_not_the_platforms_leaves_one_post_and_no_body_in_the_log(
    name: str, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    with capture_logs() as logs:
        async with asking(name, tmp_path) as rig:
            rig.fail(*NOT_THE_PLATFORMS[fault])
            await posted_once(rig)

    said = f"{logs}{caplog.text}"
    assert "'outcome': 'unknown'" in said
    for body in ("<html>", '{"ok"', "sign in", "Welcome"):
        assert body not in said


@pytest.mark.parametrize("name", PUSHED)
async def test_n07_an_answer_that_drips_ends_by_the_total_deadline(
    name: str, tmp_path: Path
) -> None:
    """A byte comes every so often, for an hour: no pause between two of them is long."""
    async with asking(name, tmp_path, outside=IMPATIENT) as rig:
        rig.fail(telegram.drip(0.2), Failure.drip())
        await posted_once(rig)
