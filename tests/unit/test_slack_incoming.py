import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.incoming import Installation, read, revokes, slack_user
from surveys.model import Channel, Command, Incoming, Started, Tap, Typed, Unsupported
from tests.shared_data import shared

TOKEN = "Tk_-" + "a" * 18
NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
OURS = Installation(team="T1", bot_user="UBOT", bot="BBOT")


def message(**event: Any) -> dict[str, Any]:
    said = {
        "type": "message",
        "channel_type": "im",
        "channel": "D1",
        "user": "U1",
        "team": "T1",
        "text": "9점이요",
        "ts": "1700000000.000100",
    }
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event": {k: v for k, v in (said | event).items() if v is not ...},
    }


def tap(**changes: Any) -> dict[str, Any]:
    body = {
        "type": "block_actions",
        "api_app_id": "A1",
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"},
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": "D1"},
        "channel": {"id": "D1"},
        "trigger_id": "1.2.3",
        "actions": [
            {
                "type": "button",
                "action_id": "score:9",
                "block_id": "b",
                "value": f"1:{TOKEN}:9",
                "action_ts": "1700000001.000200",
            }
        ],
    }
    return body | changes


def submission(text: str | None, chip: str | None, **changes: Any) -> dict[str, Any]:
    option = {"value": chip} if chip else None
    view = {
        "id": "V1",
        "hash": "1700000000.abc",
        "callback_id": "write",
        "private_metadata": f"{TOKEN} D1",
        "state": {
            "values": {
                "chips": {"v": {"selected_option": option}},
                "comment": {"v": {"value": text}},
            }
        },
    }
    return {
        "type": "view_submission",
        "api_app_id": "A1",
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"},
        "view": view | changes,
    }


def incoming(act: Any, **changes: Any) -> Incoming:
    values: dict[str, Any] = {
        "source": "slack:A1/T1",
        "key": "Ev1",
        "channel": Channel.SLACK,
        "account": "T1",
        "user": "U1",
        "chat": "D1",
        "at": NOW,
        "order": 1700000000.0001,
    }
    return Incoming(**(values | changes), act=act)


def test_a_tap_is_read_with_its_own_identity_and_order() -> None:
    assert read(tap(), OURS, NOW) == incoming(
        Tap(token=TOKEN, value="9", message={"channel": "D1", "ts": "1700000000.000100"}),
        key="T1/U1/1700000000.000100/score:9/1700000001.000200",
        order=1700000001.0002,
    )


def test_a_tap_in_a_view_is_keyed_by_the_view() -> None:
    body = tap(container={"type": "view", "view_id": "V9"}, view={"id": "V9"})
    del body["channel"]

    got = read(body, OURS, NOW)

    assert got is not None
    assert (got.key, got.chat) == ("T1/U1/V9/score:9/1700000001.000200", "U1")


@pytest.mark.parametrize(
    "value",
    ["click_me_123", "", None, 7, "1:short:9", f"2:{TOKEN}:9", f"1:{TOKEN}:", f"1:{TOKEN}:가"],
)
def test_a_button_that_is_not_ours_is_a_press_without_a_token(value: Any) -> None:
    body = tap()
    body["actions"][0]["value"] = value

    got = read(body, OURS, NOW)

    assert got is not None
    assert (got.act, got.chat) == (Tap(token="", value=""), "D1")


@pytest.mark.parametrize(
    "action",
    [
        {"type": "button", "url": "https://example.com", "action_id": "link"},
        {"type": "static_select", "selected_option": {"value": f"1:{TOKEN}:9"}},
        "junk",
    ],
)
def test_a_link_or_a_choice_in_a_form_asks_for_nothing(action: Any) -> None:
    assert read(tap(actions=[action]), OURS, NOW) is None


@pytest.mark.parametrize("channel", ["C1", "G1"])
def test_a_button_in_a_channel_or_a_group_is_none_of_ours(channel: str) -> None:
    container = {"type": "message", "message_ts": "1.2", "channel_id": channel}

    for body in (tap(channel={"id": channel}), tap(channel=None, container=container)):
        got = read(body, OURS, NOW)
        assert got is not None
        assert got.act == Tap(token="", value="")


@pytest.mark.parametrize(
    "changes",
    [
        {"enterprise": {"id": "E1"}, "is_enterprise_install": True},
        {"enterprise": None, "is_enterprise_install": False, "state": {"values": {}}},
        {"channel": None},
        {"channel": {"id": "D1", "name": "directmessage"}, "message": {"ts": "x"}},
        {"container": {"type": "message_attachment", "message_ts": "1700000000.000100",
                       "channel_id": "D1", "attachment_id": 1}},
        {"user": {"id": "U1"}, "team": {"id": "T1", "enterprise_id": "E1"}},
        {"response_url": None, "trigger_id": None, "bot_access_token": "x"},
    ],
)  # fmt: skip
def test_a_tap_is_read_whatever_else_slack_says_or_leaves_out(changes: dict[str, Any]) -> None:
    got = read(tap(**changes), OURS, NOW)

    assert got is not None
    assert (got.user, got.chat) == ("U1", "D1")
    assert got.act == Tap(
        token=TOKEN, value="9", message={"channel": "D1", "ts": "1700000000.000100"}
    )


def test_a_form_is_read_with_its_token_and_chip() -> None:
    assert read(submission(" 늦었어요 ", "c.late"), OURS, NOW) == incoming(
        Typed(text="늦었어요", token=TOKEN, chips=("c.late",)),
        key="T1/U1/V1/1700000000.abc",
        order=NOW.timestamp(),
    )


@pytest.mark.parametrize(
    "body",
    [submission(None, None), submission("  ", None), submission("x", None, callback_id="why")],
)
def test_an_empty_or_foreign_form_is_nothing(body: dict[str, Any]) -> None:
    assert read(body, OURS, NOW) is None


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("9점이요", Typed(text="9점이요")),
        ("  8 &lt; 9 &amp;amp; ok ", Typed(text="8 < 9 &amp; ok")),
        ("&lt;!channel&gt;", Typed(text="<!channel>")),
        ("a\0b\ud800", Typed(text="ab?")),
        (":+1:", Typed(text="👍")),
        (":-1::skin-tone-3: late", Typed(text="👎 late")),
        (":star::star:", Typed(text="⭐⭐")),
        (":nine:", Typed(text="9\ufe0f\u20e3")),
        ("at 12:30:45 :party_parrot:", Typed(text="at 12:30:45 :party_parrot:")),
        ("그만", Command(name="stop")),
        ("중지", Command(name="stop")),
        ("수신거부", Command(name="stop")),
        ("STOP", Command(name="stop")),
        ("/stop", Command(name="stop")),
        ("도움말", Command(name="help")),
        ("Help ", Command(name="help")),
        ("start", Started()),
        ("시작", Started()),
        ("/start", Started()),
        ("/lang en", Command(name="lang", argument="en")),
        ("/privacy", Command(name="privacy")),
        ("/refund please", Typed(text="/refund please")),
        ("stop sending late", Typed(text="stop sending late")),
    ],
)
def test_words_are_read_as_typed_or_as_a_command(text: str, act: Any) -> None:
    assert read(message(text=text), OURS, NOW) == incoming(act)


def test_words_in_a_thread_count() -> None:
    got = read(message(thread_ts="1699999999.000100"), OURS, NOW)

    root = {"channel": "D1", "ts": "1699999999.000100"}
    assert got == incoming(Typed(text="9점이요", reply_to=root))


def test_a_message_that_began_a_thread_replies_to_nothing() -> None:
    got = read(message(thread_ts="1700000000.000100"), OURS, NOW)

    assert got == incoming(Typed(text="9점이요"))


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message"])
def test_words_written_in_another_way_count(subtype: str) -> None:
    assert read(message(subtype=subtype), OURS, NOW) == incoming(Typed(text="9점이요"))


@pytest.mark.parametrize(
    ("event", "act"),
    [
        ({"subtype": "file_share", "files": [{}], "text": ""}, Unsupported(what="file")),
        ({"subtype": "file_share", "text": ...}, Unsupported(what="file")),
        ({"files": [{"id": "F1"}], "text": ""}, Unsupported(what="file")),
        ({"attachments": [{"is_share": True}], "text": ""}, Unsupported(what="forwarded")),
        ({"subtype": "file_share", "files": [{}]}, Typed(text="9점이요", attached=True)),
        ({"attachments": [{"is_share": True}]}, Typed(text="9점이요")),
    ],
)
def test_of_what_came_along_the_words_count(event: dict[str, Any], act: Any) -> None:
    assert read(message(**event), OURS, NOW) == incoming(act)


def changed(now: Any, before: Any, **event: Any) -> dict[str, Any]:
    """A message_changed as the Events API tells it."""
    return message(
        subtype="message_changed",
        hidden=True,
        user=...,
        team=...,
        text=...,
        message=now,
        previous_message=before,
        **event,
    )


HERS = {"type": "message", "user": "U1", "team": "T1", "text": "8점", "ts": "1.2"}
EDITED = HERS | {"text": "9점", "edited": {"user": "U1", "ts": "1.3"}}


def test_sl18_an_edited_message_is_no_answer_but_noticed() -> None:
    assert read(changed(EDITED, HERS), OURS, NOW) == incoming(Unsupported(what="edited"))


@pytest.mark.parametrize(
    "body",
    [
        changed(EDITED, EDITED),
        changed(HERS | {"attachments": [{}]}, HERS),
        changed(EDITED | {"bot_id": "BBOT"}, HERS),
        changed(EDITED | {"user": "UBOT"}, HERS),
        changed(EDITED | {"text": " "}, HERS),
        changed(EDITED, HERS, channel_type="channel", channel="C1"),
        changed(None, "junk"),
    ],
)
def test_sl18_a_message_that_changed_otherwise_is_nothing(body: dict[str, Any]) -> None:
    assert read(body, OURS, NOW) is None


@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "BOTHER"},
        {"bot_id": "BBOT"},
        {"user": "UBOT"},
        {"user": ...},
        {"subtype": "bot_message"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"edited": {"user": "U1", "ts": "1"}},
        {"hidden": True},
        {"channel_type": "channel", "channel": "C1"},
        {"channel_type": "group", "channel": "G1"},
        {"channel_type": "mpim", "channel": "G1"},
        {"type": "app_mention", "channel_type": ..., "channel": "C1"},
        {"type": "link_shared", "links": []},
        {"subtype": "assistant_app_thread"},
        {"subtype": "message_replied"},
        {"channel_type": ..., "channel": "C1"},
        {"type": "app_home_opened"},
        {"text": "   "},
    ],
)
def test_sl18_what_no_customer_just_wrote_is_nothing(event: dict[str, Any]) -> None:
    assert read(message(**event), OURS, NOW) is None


def test_sl19_equal_ids_of_another_workspace_stay_apart() -> None:
    ours, theirs = (read(message(user_team=team), OURS, NOW) for team in ("T1", "T2"))

    assert ours is not None
    assert theirs is not None
    assert (ours.user, theirs.user) == ("U1", "T2:U1")
    assert (ours.account, theirs.account) == ("T1", "T1")
    assert theirs.user == slack_user("T2", "U1", "T1")


def test_sl19_a_tap_from_another_workspace_names_the_same_person_as_her_words() -> None:
    got = read(tap(user={"id": "U1", "team_id": "T2"}), OURS, NOW)

    assert got is not None
    assert got.user == "T2:U1"


@pytest.mark.parametrize(
    ("event", "revoked"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, False),
        ({"type": "message"}, False),
        (None, False),
    ],
)
def test_sl15_losing_our_access_is_noticed(event: Any, *, revoked: bool) -> None:
    assert revokes({"type": "event_callback", "event": event}, OURS) is revoked


KEYS = st.sampled_from(["id", "type", "value", "state", "values", "user", "text", "ts", "tokens"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 9)
    | st.sampled_from(["message", "im", "D1", "write"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["block_actions", "view_submission", "event_callback", "shortcut"]),
    st.dictionaries(
        st.sampled_from(["event", "user", "team", "view", "actions", "container"]), JSON
    ),
)
def test_reading_never_raises(kind: str, parts: dict[str, Any]) -> None:
    read({"type": kind, **parts}, OURS, NOW)
    revokes(parts, OURS)


def recorded() -> list[Any]:
    folder = shared("slack/payloads")
    return sorted(folder.glob("*.json")) if folder else []


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.stem)
def test_recorded_bodies_of_other_apps_are_nothing_to_us(path: Any) -> None:
    got = read(json.loads(path.read_text())["body"], OURS, NOW)

    assert got is None or got.act == Tap(token="", value="")


@pytest.mark.parametrize("authorizations", [[{"team_id": "T1", "is_bot": True}], "junk", None])
def test_what_else_slack_says_about_a_message_changes_nothing(authorizations: Any) -> None:
    body = message() | {"authorizations": authorizations, "authed_users": ["UBOT"], "token": "x"}

    assert read(body, OURS, NOW) == incoming(Typed(text="9점이요"))


def test_sl19_a_message_that_names_no_team_is_of_the_workspace_it_came_from() -> None:
    own, foreign = message(team=...), message(team=...) | {"team_id": "T2"}

    got = [read(body, OURS, NOW) for body in (own, foreign)]

    assert [each.user for each in got if each] == ["U1", "T2:U1"]


def test_whoever_is_named_by_our_grid_is_at_home() -> None:
    ours = Installation(team="T1", bot_user="UBOT", enterprise="E1")
    bodies = [
        message(user_team="E1"),
        tap(user={"id": "U1", "team_id": "E1"}, team=None, enterprise={"id": "E1"}),
    ]

    assert [each.user for body in bodies if (each := read(body, ours, NOW))] == ["U1", "U1"]


def test_a_tap_on_what_only_its_author_saw_names_no_message() -> None:
    container = {
        "type": "message",
        "message_ts": "1700000000.000100",
        "channel_id": "D1",
        "is_ephemeral": True,
    }

    got = read(tap(container=container), OURS, NOW)

    assert got is not None
    assert got.act == Tap(token=TOKEN, value="9")


def test_a_form_without_a_hash_is_read() -> None:
    body = submission("x", None)
    del body["view"]["hash"]

    got = read(body, OURS, NOW)

    assert got is not None
    assert got.key == "T1/U1/V1/"


@pytest.mark.parametrize(("team", "gone"), [("T1", True), ("", True), ("T2", False)])
def test_only_our_own_workspace_can_remove_us(team: str, gone: bool) -> None:
    body = message(type="app_uninstalled") | {"team_id": team}

    assert revokes(body, OURS) is gone
