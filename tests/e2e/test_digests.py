"""A digest goes out of the running application when it is due, once, through restarts, and by hand."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.reading import staff_messages
from tests.commands import refuse, running_on
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.process import serving
from tests.e2e.slack_chat import SlackPlatform
from tests.fakes.slack import FakeSlack

CONFIG = """\
pages_folder: {folder}
digests:
  - id: hourly
    cron: "{cron}"
    to: [slack:C9, "file:{{date}}.html"]
    since: 30d
    language: en
"""


def config_of(home: Path, cron: str) -> Path:
    file = home / "config.yaml"
    file.write_text(CONFIG.format(folder=home / "pages", cron=cron), "utf-8")
    return file


def hourly() -> str:
    """A cron that comes due half an hour from now, and so not while a test runs."""
    return f"{(datetime.now(UTC) + timedelta(minutes=30)).minute} * * * *"


async def sent(deployment: Deployment) -> list[str]:
    rows = await staff_messages(deployment.settings, 99)
    return [str(row["id"]) for row in rows if row["state"] == "sent"]


async def test_it_goes_out_once_through_restarts_and_late_after_the_process_was_down(
    tmp_path: Path,
) -> None:
    async with FakeSlack() as slack:
        slack.channels["C9"] = "U0"
        environ = SlackPlatform(slack, socket=False).environ
        database = f"sqlite:///{tmp_path / 'a.sqlite3'}"
        async with deployed(database, environ, config=config_of(tmp_path, hourly())) as deployment:
            await deployment.stop()
            deployment.clock.behind = timedelta(minutes=1)
            await deployment.start()

            async def both_are_sent() -> bool:
                return len(await sent(deployment)) == 2

            await until(both_are_sent)
            await deployment.restart()
            await deployment.restart()
            assert len(await sent(deployment)) == 2
        (message,) = slack.messages
        assert "Sent late" in message.text

    (page,) = (tmp_path / "pages").iterdir()
    assert page.read_text("utf-8").startswith("<!doctype html>")


async def test_it_is_previewed_and_sent_by_hand_with_and_without_a_server(tmp_path: Path) -> None:
    config = config_of(tmp_path, "0 0 29 2 *")
    database = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    run = partial(asyncio.to_thread, running_on(database))
    async with FakeSlack() as slack:
        slack.channels["C9"] = "U0"
        environ = SlackPlatform(slack, socket=False).environ
        async with deployed(database, environ, config=config) as deployment:
            listed = (await run("digest", "--config", str(config))).split("  ")
            assert (listed[0], listed[1]) == ("hourly", "0 0 29 2 * Asia/Seoul")
            preview = partial(run, "digest", "preview", "hourly", "--config", str(config))
            assert "Nobody was asked" in await preview()
            assert (await preview("--format", "html")).startswith("<!doctype html>")
            assert "<b>" in await preview("--format", "telegram")
            assert json.loads(await preview("--format", "slack"))["blocks"]

            assert (await send_digest_elsewhere(deployment))[0] == "slack:C9"

            async def all_are_sent() -> bool:
                return len(await sent(deployment)) == 2

            await until(all_are_sent)
            await deployment.stop()
            deployment.clock.behind = timedelta()
            assert "slack:C9" in await run("digest", "send", "hourly", "--config", str(config))
            await deployment.start()

            async def the_queued_ones_too() -> bool:
                return len(await sent(deployment)) == 4

            await until(the_queued_ones_too)
    unknown = await asyncio.to_thread(
        refuse, database, "digest", "preview", "monthly", "--config", str(config)
    )
    assert "monthly" in str(unknown)


async def test_a_digest_that_only_the_config_has_asks_for_a_restart(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    config = str(config_of(tmp_path / "elsewhere", hourly()))
    send = partial(refuse, f"sqlite:///{tmp_path / 'a.sqlite3'}", "digest", "send")

    async with serving(tmp_path):
        known = await asyncio.to_thread(send, "hourly", "--config", config)
        unknown = await asyncio.to_thread(send, "monthly", "--config", config)

    assert "the config has digest 'hourly', the running server not yet: restart it" in str(known)
    assert "there is no digest 'monthly'" in str(unknown)


async def send_digest_elsewhere(deployment: Deployment) -> list[str]:
    """Ask the running server, as the command of another process does."""
    body = {"id": "hourly", "by": "cli:test"}
    headers = {"x-aftertouch-admin": deployment.app.admin_token}
    reply = await deployment.send("/admin/digests", json.dumps(body).encode(), headers)
    assert reply.status == 201, reply
    refused = await deployment.send("/admin/digests", json.dumps(body).encode(), {})
    assert refused.status == 403
    places: list[str] = reply.body["to"]
    return places
