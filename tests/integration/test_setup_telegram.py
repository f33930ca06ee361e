"""``aftertouch setup telegram`` against a strict Bot API: what differs is shown, changed on demand, and left alone after."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from bot import setting_up
from bot.cli import app
from bot.config import load
from bot.patience import Patience
from bot.telegram.incoming import ALLOWED_UPDATES
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from surveys.program import default_program_text
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import (
    BAD_GATEWAY_AFTER,
    DROP_AFTER,
    DROP_BEFORE,
    SERVER_ERROR,
    UNAUTHORIZED,
    flood,
    refuse,
)

SETTERS = ("setMyCommands", "setMyName", "setMyDescription", "setMyShortDescription")
SECRET = "webhook-secret_1"


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def typed(telegram: FakeTelegram, *arguments: str, **environ: str) -> Result:
    """Type the command, in a thread: it has a loop of its own."""
    known = {
        "AFTERTOUCH_TELEGRAM_TOKEN": telegram.token,
        "AFTERTOUCH_TELEGRAM_BASE_URL": telegram.base_url,
        **environ,
    }
    runner = CliRunner()
    command = ["setup", "telegram", "--lang", "en", *arguments]
    return await asyncio.to_thread(runner.invoke, app, command, env=known)


async def applied(
    telegram: FakeTelegram, slept: list[float], *, most: float
) -> tuple[list[str], int]:
    """Mend all that differs with so much patience, by a clock that loses no time; return lines and what is left."""

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    patience = Patience(left=most, tell=lambda *_: None, sleep=sleep)
    environ = {
        "AFTERTOUCH_TELEGRAM_TOKEN": telegram.token,
        "AFTERTOUCH_TELEGRAM_BASE_URL": telegram.base_url,
    }
    async with setting_up.telegram(load(environ, None), "en", patience) as setup:
        return [line async for line in setup.apply()], setup.left


def changes(telegram: FakeTelegram) -> list[str]:
    return [c.method for c in telegram.journal if c.method.startswith(("set", "delete"))]


async def test_a_dry_run_shows_every_difference_and_changes_nothing(telegram: FakeTelegram) -> None:
    telegram.profile.texts["name", ""] = "Old name"

    result = await typed(telegram, "--dry-run")

    assert result.exit_code == 1
    assert changes(telegram) == []
    lines = result.output.splitlines()
    assert lines[:3] == ["@green_market_bot", "* Commands (other languages)", "    + /start Start"]
    korean = lines.index("* Commands (ko)")
    assert [line.split()[1] for line in lines[korean + 1 : korean + 9]][:2] == ["/start", "/resume"]
    name = lines.index("* Name (other languages)")
    assert lines[name + 1 : name + 3] == ["    - Old name", "    + Green Market"]
    assert "    + 초록마켓" in lines
    assert "* Menu button" in lines
    assert "* How updates come in" not in lines
    assert lines[-1] == "Nothing was changed. Use --yes to change it."
    assert telegram.token not in result.output


async def test_what_differs_is_changed_and_the_next_time_nothing_differs(
    telegram: FakeTelegram,
) -> None:
    first = await typed(telegram, "--yes")
    done = changes(telegram)
    again = await typed(telegram, "--yes")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert sorted(set(done)) == sorted([*SETTERS, "setChatMenuButton"])
    assert len(done) == 9
    assert changes(telegram) == done
    assert "Everything is as it should be. Nothing to change." in again.output
    assert set(telegram.commands) == {"", "ko"}
    assert [each["command"] for each in telegram.commands["ko"]] == [
        *("start", "resume", "help", "stop", "lang", "privacy", "mydata", "delete")
    ]
    assert telegram.profile.texts["name", "ko"] == "초록마켓"
    assert telegram.profile.texts["description", "ko"].startswith("초록마켓에서 주문이나 상담을")
    assert telegram.profile.texts["short_description", ""].startswith("Short questions from Green")
    assert telegram.profile.menu_button == {"type": "commands"}


async def test_only_what_differs_is_changed(telegram: FakeTelegram) -> None:
    await typed(telegram, "--yes")
    telegram.journal.clear()
    telegram.profile.commands['{"type": "all_private_chats"}', "ko"].pop()

    result = await typed(telegram, "--yes")

    assert changes(telegram) == ["setMyCommands"]
    assert "* Commands (ko)" in result.output
    assert "    + /delete" in result.output
    assert "Changed: Commands (ko)" in result.output


async def test_a_script_that_did_not_say_yes_changes_nothing(telegram: FakeTelegram) -> None:
    result = await typed(telegram)

    assert (result.exit_code, changes(telegram)) == (1, [])


async def test_the_webhook_is_registered_or_taken_away_as_configured(
    telegram: FakeTelegram,
) -> None:
    hook = {
        "AFTERTOUCH_TELEGRAM_MODE": "webhook",
        "AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "AFTERTOUCH_PUBLIC_URL": "https://ask.example.com",
    }
    shown = await typed(telegram, "--yes", **hook)
    webhook = telegram.webhook
    same = await typed(telegram, "--yes", **hook)
    polling = await typed(telegram, "--yes")

    assert "    + url: https://ask.example.com/telegram/webhook" in shown.output
    assert SECRET not in shown.output
    assert webhook
    assert (webhook.url, webhook.secret) == ("https://ask.example.com/telegram/webhook", SECRET)
    assert sorted(telegram.updates.allowed or ()) == sorted(ALLOWED_UPDATES)
    assert "Nothing to change." in same.output
    assert "    - url: https://ask.example.com/telegram/webhook" in polling.output
    assert telegram.webhook is None


async def test_a_webhook_without_a_public_address_is_the_operators_own(
    telegram: FakeTelegram,
) -> None:
    result = await typed(
        telegram,
        "--dry-run",
        AFTERTOUCH_TELEGRAM_MODE="webhook",
        AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET=SECRET,
    )

    assert "There is no public_url, so the webhook is yours to register." in result.output
    assert "* How updates come in" not in result.output


async def test_what_only_botfather_can_do_is_told_as_far_as_it_is_needed(
    telegram: FakeTelegram,
) -> None:
    plain = await typed(telegram, "--dry-run")
    telegram.profile.abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": True,
    }
    open_to_groups = await typed(telegram, "--dry-run")

    def by_hand(result: Result) -> list[str]:
        return [line.split()[1] for line in result.output.splitlines() if line.startswith("  - /")]

    assert by_hand(plain) == ["/setuserpic", "/setprivacypolicy"]
    assert by_hand(open_to_groups) == [
        *("/setuserpic", "/setprivacypolicy", "/setjoingroups", "/setprivacy", "/setinline")
    ]


async def test_a_long_company_name_is_cut_to_what_telegram_takes(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    file = tmp_path / "program.yaml"
    long = "가나다라마바사아자차" * 7 + "카타파하"
    file.write_text(
        default_program_text().replace("name: {ko: 초록마켓,", f"name: {{ko: {long},"), "utf-8"
    )

    result = await typed(telegram, "--yes", AFTERTOUCH_PROGRAM=str(file))

    assert result.exit_code == 0, result.exception
    assert telegram.profile.texts["name", "ko"] == f"{long[:63]}…"
    assert len(telegram.profile.texts["short_description", "ko"]) <= 120


async def test_a_pause_that_is_asked_for_is_waited_for_and_a_lost_answer_asked_for_again(
    telegram: FakeTelegram,
) -> None:
    telegram.fail("getMe", SERVER_ERROR)
    telegram.fail("getMyName", flood(7), DROP_BEFORE)
    telegram.fail("setMyName", DROP_AFTER, flood(11), BAD_GATEWAY_AFTER)
    slept = list[float]()

    lines, left = await applied(telegram, slept, most=60)

    assert (left, lines[-1]) == (0, "Changed: Menu button")
    assert [line.split(":")[0] for line in lines] == ["Changed"] * 9
    assert slept == [1, 7, 2, 1, 11, 4]
    assert telegram.profile.texts["name", "ko"] == "초록마켓"
    assert await applied(telegram, slept, most=0) == ([], 0)


async def test_what_has_to_wait_too_long_or_is_refused_stops_no_other(
    telegram: FakeTelegram,
) -> None:
    telegram.fail("setMyName", flood(3600))
    telegram.fail("setMyDescription", refuse(400, "Bad Request: description is invalid"))

    first = await typed(telegram, "--yes", "--lang", "ko")
    done = len(changes(telegram))
    again = await typed(telegram, "--yes")

    assert (first.exit_code, again.exit_code, done) == (1, 0, 9)
    missed = [line for line in first.output.splitlines() if line.startswith("바꾸지 못함")]
    assert missed == [
        "바꾸지 못함: 이름 (그 밖의 언어): setMyName is refused: Too Many Requests: retry after 3600",
        "바꾸지 못함: 소개 (그 밖의 언어): setMyDescription is refused: Bad Request: description is invalid",
    ]
    assert first.output.splitlines()[-1].startswith("다 끝나지 않았습니다.")
    assert changes(telegram)[done:] == ["setMyName", "setMyDescription"]


async def test_a_break_in_the_middle_names_what_was_not_tried_and_the_rest_is_done_the_next_time(
    telegram: FakeTelegram,
) -> None:
    telegram.fail("setMyShortDescription", *[DROP_BEFORE] * 4)
    slept = list[float]()

    lines, left = await applied(telegram, slept, most=7)
    again = await typed(telegram, "--yes")

    assert slept == [1, 2, 4]
    assert left == 5
    assert [line.split(":")[0] for line in lines[:-1]] == [
        *["Changed"] * 4,
        "Not changed",
        *["Not tried"] * 4,
    ]
    assert lines[4] == (
        "Not changed: Short description (other languages): setMyShortDescription: reset"
    )
    assert lines[-2:] == [
        "Not tried: Menu button",
        "Not everything is done. Type the command again: it changes only what still differs.",
    ]
    assert (again.exit_code, again.output.count("Changed: ")) == (0, 5)
    assert await applied(telegram, slept, most=0) == ([], 0)


async def test_a_token_that_is_revoked_in_the_middle_ends_it(telegram: FakeTelegram) -> None:
    telegram.fail("setMyName", UNAUTHORIZED)

    result = await typed(telegram, "--yes")

    told = result.output.splitlines()
    assert result.exit_code == 1
    assert [line for line in told if line.startswith("Not changed: Name (other languages): ")]
    assert "@BotFather" in result.output
    assert changes(telegram)[-1] == "setMyName"
    assert told[-2] == "Not tried: Menu button"


@pytest.mark.parametrize(
    ("token", "told"),
    [("1:wrong", "is refused (401)"), ("", "is missing"), ("no token", "is not a bot token")],
)
async def test_a_token_that_will_not_do_is_told_with_its_mend(
    telegram: FakeTelegram, token: str, told: str
) -> None:
    result = await typed(telegram, AFTERTOUCH_TELEGRAM_TOKEN=token)

    assert isinstance(result.exception, ChannelMisconfigured)
    assert told in str(result.exception)
    assert "@BotFather" in str(result.exception)
    assert "1:wrong" not in str(result.exception)


async def test_a_platform_that_is_away_is_told(telegram: FakeTelegram) -> None:
    away = "http://127.0.0.1:1/bot"
    result = await typed(telegram, "--wait", "1", AFTERTOUCH_TELEGRAM_BASE_URL=away)

    assert isinstance(result.exception, ChannelUnavailable)
    assert str(result.exception) == "telegram could not be asked: getMe: refused"
    assert result.stderr.splitlines() == ["Waiting 1 s: getMe: refused"]
