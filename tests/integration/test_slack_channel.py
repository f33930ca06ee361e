from collections.abc import AsyncIterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.slack.channel import SlackChannel
from bot.slack.directory import SlackUser
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.slack_customer import Customer
from tests.fakes.slack_rig import Core, channel_to, running, serving, until


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.person("U1", email="Minsu@example.com")
        fake.person("U2", email="away@example.com", team="T0AWAY")
        fake.person("U3", email="left@example.com", deleted=True)
        fake.person("U4", email="robot@example.com", is_bot=True)
        yield fake


@pytest.fixture
async def channel(slack: FakeSlack) -> AsyncIterator[SlackChannel]:
    async with channel_to(slack, Core()) as joined:
        yield joined


async def test_joining_tells_which_workspace_is_ours(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    assert channel.account == slack.team
    assert channel.messenger is not None
    assert channel.messenger.account == slack.team
    assert channel.health() == {"state": "ok", "reason": ""}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"bot_token": ""}, "AFTERTOUCH_SLACK_BOT_TOKEN is missing"),
        ({"bot_token": "xoxb-wrong"}, "AFTERTOUCH_SLACK_BOT_TOKEN is refused (invalid_auth)"),
        ({"signing_secret": ""}, "AFTERTOUCH_SLACK_SIGNING_SECRET is missing"),
        ({"app_token": "xapp-wrong"}, "AFTERTOUCH_SLACK_APP_TOKEN is refused (invalid_auth)"),
    ],
)
async def test_missing_or_refused_credentials_are_one_line_naming_the_setting(
    slack: FakeSlack, changes: dict[str, str], names: str
) -> None:
    with pytest.raises(ChannelMisconfigured) as refusal:
        async with channel_to(slack, Core(), **changes):
            pass

    said = str(refusal.value)
    assert said.startswith(f"slack: {names}")
    assert "api.slack.com/apps" in said
    assert "\n" not in said
    assert "wrong" not in said


async def test_while_slack_is_away_it_is_down_and_joins_later(slack: FakeSlack) -> None:
    slack.fail("auth.test", Failure.status(503), Failure.drop_before())
    core = Core()

    async with channel_to(slack, core) as channel, serving(channel.routes()) as root:
        slack.events_url = f"{root}/slack/events"
        user = Customer(slack, "U1")
        refused = await user.say("9")
        down = channel.health()
        with pytest.raises(ChannelUnavailable):
            await channel.find_user("minsu@example.com", None)
        async with running(channel):
            await until(lambda: channel.health()["state"] == "ok")
        taken = await user.again()

    assert down == {"state": "red", "reason": "down, retrying (http_503)"}
    assert (refused[0], taken[0]) == (503, 200)
    assert len(core.acts) == 1


async def test_a_token_refused_while_joining_later_turns_health_red(slack: FakeSlack) -> None:
    slack.fail("auth.test", Failure.status(503), Failure.error("token_revoked"))

    async with channel_to(slack, Core()) as channel:
        await channel.run()
        health = channel.health()

    assert health["state"] == "red"
    assert health["reason"].startswith("AFTERTOUCH_SLACK_BOT_TOKEN is refused (token_revoked)")


@pytest.mark.parametrize(
    ("email", "user_id", "found"),
    [
        ("minsu@EXAMPLE.com", None, SlackUser(team="T0HOME", user="U1", chat="D0U1")),
        (None, "U1", SlackUser(team="T0HOME", user="U1", chat="D0U1", locale="ko-KR")),
        ("away@example.com", None, None),
        (None, "U2", SlackUser(team="T0AWAY", user="U2", chat="D0U2", locale="ko-KR")),
        ("nobody@example.com", None, None),
        (None, "U9", None),
        ("left@example.com", None, None),
        ("robot@example.com", None, None),
        (None, None, None),
    ],
)
async def test_a_customer_is_found_by_user_id_or_email(
    channel: SlackChannel, email: str | None, user_id: str | None, found: SlackUser | None
) -> None:
    assert await channel.find_user(email, user_id) == found


@pytest.mark.parametrize(
    "profile",
    [
        {"is_stranger": True},
        {"is_restricted": True},
        {"is_restricted": True, "is_ultra_restricted": True},
        {"is_email_confirmed": False},
        {"is_workflow_bot": True},
        {"is_invited_user": True},
        {"deleted": True},
        {"team_id": "T0AWAY"},
        {"profile": {"email": "somebody.else@example.com"}},
    ],
)
async def test_an_email_finds_full_members_of_our_own_workspace_only(
    slack: FakeSlack, channel: SlackChannel, profile: dict[str, Any]
) -> None:
    slack.person("U7", email="guest@example.com", **profile)

    assert await channel.find_user("guest@example.com", None) is None


@pytest.mark.parametrize("mark", ["is_restricted", "is_stranger"])
async def test_who_is_kept_apart_is_found_by_the_id_that_the_company_gives(
    slack: FakeSlack, channel: SlackChannel, mark: str
) -> None:
    profile: dict[str, Any] = {mark: True}
    slack.person("U7", email="guest@example.com", **profile)
    found = await channel.find_user("guest@example.com", "U7")

    assert found is not None
    assert found.user == "U7"


async def test_slacks_own_bot_is_nobody(slack: FakeSlack, channel: SlackChannel) -> None:
    slack.person("USLACKBOT", is_bot=False)

    assert await channel.find_user(None, "USLACKBOT") is None


async def test_a_found_user_is_named_as_her_acts_will_be(channel: SlackChannel) -> None:
    names = []
    for user_id in ("U1", "U2"):
        found = await channel.find_user(None, user_id)
        assert found is not None
        names.append(found.address_user("T0HOME"))

    assert names == ["U1", "T0AWAY:U2"]


async def test_somebody_who_cannot_be_written_to_is_not_found(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    slack.fail("conversations.open", Failure.error("user_not_visible"))

    assert await channel.find_user(None, "U1") is None


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        ("conversations.open", Failure.error("unknown_method")),
        ("conversations.open", Failure.json({"ok": True})),
        ("conversations.open", Failure.json({"ok": True, "channel": "D1"})),
    ],
)
async def test_where_no_conversation_is_named_the_user_id_is_written_to(
    slack: FakeSlack, channel: SlackChannel, method: str, failure: Failure
) -> None:
    slack.fail(method, failure)

    assert await channel.find_user("minsu@example.com", None) == SlackUser(
        team="T0HOME", user="U1", chat="U1"
    )


async def test_a_user_id_is_believed_where_nobody_can_be_asked(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    slack.fail("users.info", Failure.error("unknown_method"))

    assert await channel.find_user(None, "U1") == SlackUser(team="T0HOME", user="U1", chat="D0U1")


@pytest.mark.parametrize("answer", [{"ok": True}, {"ok": True, "user": "U1"}])
async def test_an_answer_about_nobody_finds_nobody(
    slack: FakeSlack, channel: SlackChannel, answer: dict[str, object]
) -> None:
    slack.fail("users.lookupByEmail", Failure.json(answer), Failure.error("unknown_method"))

    assert await channel.find_user("minsu@example.com", None) is None
    assert await channel.find_user("minsu@example.com", None) is None


@pytest.mark.parametrize("ending", ["/api", "/api/"])
async def test_the_base_url_may_lack_its_slash(slack: FakeSlack, ending: str) -> None:
    root = slack.base_url.removesuffix("/api/")
    async with channel_to(slack, Core(), base_url=root + ending) as channel:
        assert channel.health()["state"] == "ok"


@pytest.mark.parametrize("failure", [Failure.rate_limited("5"), Failure.error("fatal_error")])
async def test_when_slack_does_not_say_it_is_not_guessed(
    slack: FakeSlack, channel: SlackChannel, failure: Failure
) -> None:
    slack.fail("users.lookupByEmail", failure)

    with pytest.raises(ChannelUnavailable):
        await channel.find_user("minsu@example.com", None)


async def test_sl15_being_removed_turns_health_red(slack: FakeSlack) -> None:
    core = Core()
    async with channel_to(slack, core) as channel, serving(channel.routes()) as root:
        slack.events_url = f"{root}/slack/events"
        user = Customer(slack, "U1")
        await user.send(user.event({"type": "app_uninstalled"}))

        assert channel.health()["state"] == "red"
        assert channel.messenger is None
    assert core.revoked == 1


def test_the_manifest_asks_only_for_what_is_used(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs" / "slack-app.yaml").read_text()
    manifest = YAML(typ="safe").load(text)

    assert manifest["oauth_config"]["scopes"]["bot"] == [
        "chat:write",
        "commands",
        "im:history",
        "im:write",
        "links:read",
        "links:write",
        "users:read",
        "users:read.email",
    ]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == [
        "app_home_opened",
        "app_uninstalled",
        "link_shared",
        "message.im",
        "tokens_revoked",
    ]
    features = manifest["features"]
    assert features["app_home"]["messages_tab_enabled"]
    assert features["app_home"]["home_tab_enabled"]
    assert [each["command"] for each in features["slash_commands"]] == ["/cx"]
    assert len(features["unfurl_domains"]) == 1
