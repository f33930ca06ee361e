"""Staff are told something by the running application, on each platform and into a file."""

import asyncio
import json
from functools import partial
from pathlib import Path

from bot.reading import staff_messages
from surveys.ports import UnitOfWork
from surveys.service.staff_messages import tell
from surveys.staff_messages import StaffBody, StaffState
from tests.commands import running_on
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.slack_chat import SlackPlatform
from tests.e2e.telegram_chat import TelegramPlatform
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.telegram import FakeTelegram

BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "*NPS* +22"}}
BODY = StaffBody(
    text="NPS +22 <3", telegram="<b>NPS</b> +22 &lt;3", blocks=(BLOCK,), page="<!doctype html>±"
)
PLACES = {"slack:C9": "to-slack", "telegram:-77": "to-telegram", "file:a.html": "to-file"}


async def told(deployment: Deployment, *places: str) -> None:
    app = deployment.app

    def work(tx: UnitOfWork) -> None:
        for place in places:
            tell(tx, app.ctx, PLACES[place], "share", place, BODY)

    await app.storage.write(work)
    app.loop.wake()


async def states(deployment: Deployment) -> dict[str, str | None]:
    rows = await staff_messages(deployment.settings, 9)
    return {str(row["id"]): row["state"] for row in rows}


async def test_each_destination_gets_its_own_rendering_in_one_request(tmp_path: Path) -> None:
    async with FakeSlack() as slack, FakeTelegram() as telegram:
        slack.channels["C9"] = "U0"
        team = telegram.user(-77)
        team.known = True
        environ = {
            **SlackPlatform(slack, socket=False).environ,
            **TelegramPlatform(telegram, "polling").environ,
            "AFTERTOUCH_PAGES_FOLDER": str(tmp_path / "pages"),
        }
        async with deployed(f"sqlite:///{tmp_path / 'a.sqlite3'}", environ) as deployment:
            await told(deployment, *PLACES)

            async def all_sent() -> bool:
                return [*(await states(deployment)).values()] == [StaffState.SENT] * 3

            await until(all_sent)

    (posted,) = slack.messages
    assert (posted.channel, posted.text, posted.blocks) == ("C9", "NPS +22 <3", [BLOCK])
    (message,) = team.messages
    assert message.html == "<b>NPS</b> +22 &lt;3"
    assert (tmp_path / "pages" / "a.html").read_text("utf-8") == "<!doctype html>±"


async def test_a_lost_answer_is_shown_and_only_staff_send_it_again(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    async with FakeSlack() as slack:
        slack.channels["C9"] = "U0"
        slack.fail("chat.postMessage", Failure.drop_after())
        async with deployed(database, SlackPlatform(slack, socket=False).environ) as deployment:
            await told(deployment, "slack:C9")

            async def counted() -> bool:
                return bool((await deployment.get("/healthz")).body["staff_unknown"])

            await until(counted)
            await deployment.restart()
            assert await states(deployment) == {"to-slack": "unknown"}
        assert len(slack.calls("chat.postMessage")) == 1

    run = partial(asyncio.to_thread, running_on(database))
    listed = json.loads(await run("staff-messages", "--json"))
    assert (listed["id"], listed["to"], listed["state"]) == ("to-slack", "slack:C9", "unknown")
    assert "to-slack" in await run("staff-messages")
    await run("staff-messages", "--again", "to-slack", "--lang", "en")
    assert json.loads(await run("staff-messages", "--json"))["state"] == "pending"


async def test_a_channel_that_is_not_set_up_leaves_the_message_waiting(tmp_path: Path) -> None:
    async with deployed(f"sqlite:///{tmp_path / 'a.sqlite3'}", {}) as deployment:
        await told(deployment, "slack:C9", "telegram:-77")

        async def put_off() -> bool:
            rows = await staff_messages(deployment.settings, 9)
            return [row["reason"] for row in rows] == ["channel_down"] * 2

        await until(put_off)
        assert {*(await states(deployment)).values()} == {"pending"}
