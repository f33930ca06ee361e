"""``aftertouch setup slack``: the manifest, the link that makes the app, and the scopes of an installed token."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest_asyncio
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from bot import setting_up
from bot.cli import app
from bot.config import load
from bot.patience import Patience
from bot.slack.manifest import Wanted, link, manifest, manifest_text, scopes
from bot.slack.team.reading import CREATE, SEND
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from tests.fakes.slack import Failure, FakeSlack

ROOT = Path(__file__).parents[2]
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.unfurl": "links:write",
    "conversations.history": "im:history",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
}
"""What each method takes: docs.slack.dev, methods. Views, auth.test and the rest take none."""


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


async def typed(slack: FakeSlack | None, *arguments: str, **environ: str) -> Result:
    """Type the command, in a thread: it has a loop of its own."""
    known = dict[str, str]()
    if slack is not None:
        known = {
            "AFTERTOUCH_SLACK_BOT_TOKEN": slack.token,
            "AFTERTOUCH_SLACK_APP_TOKEN": slack.app_token,
            "AFTERTOUCH_SLACK_BASE_URL": slack.base_url,
        }
    command = ["setup", "slack", "--lang", "en", *arguments]
    return await asyncio.to_thread(CliRunner().invoke, app, command, env={**known, **environ})


async def asked(
    slack: FakeSlack, slept: list[float], *, most: float
) -> tuple[tuple[str, ...], bool]:
    """Ask with so much patience, by a clock that loses no time."""

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    patience = Patience(left=most, tell=lambda *_: None, sleep=sleep)
    environ = {
        "AFTERTOUCH_SLACK_BOT_TOKEN": slack.token,
        "AFTERTOUCH_SLACK_APP_TOKEN": slack.app_token,
        "AFTERTOUCH_SLACK_BASE_URL": slack.base_url,
    }
    return await setting_up.slack(load(environ, None), "en", patience)


def loaded(text: str) -> Any:
    return YAML(typ="safe").load(text)


# --- the manifest ----------------------------------------------------------------------------------


def test_the_one_in_the_docs_is_the_one_that_ships() -> None:
    assert (ROOT / "docs" / "slack-app.yaml").read_text("utf-8") == manifest_text()


def test_it_names_the_shortcuts_that_are_answered_within_slacks_limits() -> None:
    features = loaded(manifest(Wanted()))["features"]

    shortcuts = {each["callback_id"]: each for each in features["shortcuts"]}
    kinds = {name: each["type"] for name, each in shortcuts.items()}
    assert kinds == {SEND: "message", CREATE: "global"}
    assert all(len(each["name"]) <= 24 for each in shortcuts.values())
    assert all(len(each["description"]) <= 150 for each in shortcuts.values())
    assert "| inbox |" in features["slash_commands"][0]["usage_hint"]


def test_it_asks_for_the_scopes_of_every_method_that_is_called() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot" / "slack").rglob("*.py"))
    called = {
        method for method in NEEDED if method.replace(".", "_") in code or f'"{method}"' in code
    }

    assert called == set(NEEDED)
    assert {*NEEDED.values(), "commands", "links:read"} == set(scopes(Wanted()))


def test_it_is_made_as_the_settings_want_it() -> None:
    called = loaded(manifest(Wanted(socket_mode=False, public_url="https://ask.example.com/")))
    plain = loaded(manifest(Wanted()))
    staffed = scopes(Wanted(staff=frozenset({"U01", "S02", "C03", "G04"})))

    address = "https://ask.example.com/slack/events"
    assert plain == loaded(manifest_text())
    assert called["settings"]["socket_mode_enabled"] is False
    assert called["settings"]["interactivity"] == {"is_enabled": True, "request_url": address}
    assert called["settings"]["event_subscriptions"]["request_url"] == address
    assert called["features"]["slash_commands"][0]["url"] == address
    assert called["features"]["unfurl_domains"] == ["ask.example.com"]
    assert set(staffed) - set(scopes(Wanted())) == {
        *("usergroups:read", "channels:read", "groups:read")
    }


def test_the_link_carries_the_whole_manifest() -> None:
    parts = urlsplit(link(Wanted()))

    asked = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://api.slack.com/apps"
    assert asked["new_app"] == ["1"]
    assert loaded(asked["manifest_yaml"][0]) == loaded(manifest_text())
    assert len(link(Wanted())) < 8000


# --- the command -----------------------------------------------------------------------------------


async def test_without_a_token_it_tells_how_to_make_the_app() -> None:
    told = await typed(None)
    bare = await typed(None, "--link")

    assert told.exit_code == 0
    assert [line[:2] for line in told.output.splitlines()[:3]] == ["1.", "2.", "3."]
    assert told.output.splitlines()[-1] == bare.output.strip() == link(Wanted())


async def test_the_manifest_is_written_into_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"

    first = await typed(None, "--manifest", str(file))
    again = await typed(None, "--manifest", str(file))

    assert (first.exit_code, again.exit_code) == (0, 1)
    assert loaded(file.read_text("utf-8")) == loaded(manifest_text())
    assert str(again.exception) == f"{file}: cannot be written: File exists"


async def test_a_token_with_the_manifests_scopes_is_said_to_be_so(slack: FakeSlack) -> None:
    slack.scopes = scopes(Wanted())

    result = await typed(slack)

    told, scoped, menu = result.output.splitlines()
    assert (result.exit_code, told) == (0, "fake: @U0BOT")
    assert scoped == "The scopes are those of the manifest."
    assert menu.endswith("/cx, 설문 보내기 · Send survey, 설문 만들기 · New survey")


async def test_scopes_that_are_missing_or_too_many_are_named(slack: FakeSlack) -> None:
    slack.scopes = [*(set(scopes(Wanted())) - {"im:history", "links:read"}), "files:read"]

    result = await typed(slack)
    staffed = await typed(slack, AFTERTOUCH_SLACK_STAFF="S0TEAM")

    assert result.exit_code == 1
    assert result.output.splitlines()[1:4] == [
        "missing: im:history",
        "missing: links:read",
        "not used: files:read",
    ]
    assert "press Reinstall" in result.output
    assert "missing: usergroups:read" in staffed.output


async def test_a_scope_too_many_alone_is_no_failure(slack: FakeSlack) -> None:
    slack.scopes = [*scopes(Wanted()), "files:read"]

    result = await typed(slack)

    assert (result.exit_code, result.output.splitlines()[1]) == (0, "not used: files:read")


async def test_scopes_that_slack_did_not_tell_are_unknown(slack: FakeSlack) -> None:
    slack.scopes = None

    result = await typed(slack)

    assert (result.exit_code, result.output.splitlines()[1]) == (
        0,
        "The token's scopes are unknown: Slack did not tell them.",
    )


async def test_a_token_that_is_refused_is_told_with_its_mend(slack: FakeSlack) -> None:
    result = await typed(slack, AFTERTOUCH_SLACK_BOT_TOKEN="xoxb-wrong")

    assert isinstance(result.exception, ChannelMisconfigured)
    assert "is refused (invalid_auth)" in str(result.exception)
    assert "xoxb-wrong" not in str(result.exception)


async def test_a_pause_that_is_asked_for_is_waited_for_and_a_failure_asked_again(
    slack: FakeSlack,
) -> None:
    slack.scopes = scopes(Wanted())
    slack.fail(
        "auth.test", Failure.rate_limited("9"), Failure.status(503), Failure.error("fatal_error")
    )
    slept = list[float]()

    lines, is_complete = await asked(slack, slept, most=60)

    assert (slept, is_complete) == ([9, 2, 4], True)
    assert lines[1] == "The scopes are those of the manifest."


async def test_a_pause_beyond_its_patience_and_an_account_that_is_closed_end_it_at_once(
    slack: FakeSlack,
) -> None:
    slack.fail("auth.test", Failure.rate_limited("3600"), Failure.error("account_inactive"))

    busy = await typed(slack)
    closed = await typed(slack)

    assert str(busy.exception) == "slack could not be asked: auth.test: ratelimited"
    assert isinstance(closed.exception, ChannelMisconfigured)
    assert len(slack.calls("auth.test")) == 2


async def test_a_platform_that_is_away_is_told(slack: FakeSlack) -> None:
    away = "http://127.0.0.1:1/api/"
    result = await typed(slack, "--wait", "0", AFTERTOUCH_SLACK_BASE_URL=away)

    assert isinstance(result.exception, ChannelUnavailable)
    assert str(result.exception) == "slack could not be asked: auth.test: not_connected"
