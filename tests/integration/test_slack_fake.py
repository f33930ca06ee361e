"""The fake Slack is itself held to Slack's rules."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from tests.fakes.slack import _ARGUMENTS, Failure, FakeSlack, argument_faults
from tests.fakes.slack_blocks import block_faults, view_faults
from tests.shared_data import shared

TEXT = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "action_id": "a", "text": TEXT, "value": "v"}
SECTION = {"type": "section", "text": TEXT}
MODAL = {"type": "modal", "title": TEXT, "blocks": [SECTION]}
Api = Callable[..., Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.person("U1", email="minsu@example.com")
        yield fake


@pytest.fixture
def api(slack: FakeSlack) -> Api:
    async def call(method: str, *, token: str | None = slack.token, **args: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = slack.base_url + method
        async with slack.http.post(url, json=args, headers=headers) as answer:
            return await answer.json()

    return call


def actions(*buttons: Any, **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons), **more}


def wide(n: int) -> dict[str, str]:
    return {"type": "plain_text", "text": "x" * n}


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        "blocks",
        [SECTION] * 51,
        [{"type": "carousel"}],
        [{"type": "section"}],
        [{"type": "section", "text": wide(3001)}],
        [{"type": "section", "text": wide(0)}],
        [{"type": "section", "text": {"type": "html", "text": "x"}}],
        [{"type": "section", "text": TEXT, "colour": "red"}],
        [{**SECTION, "block_id": "b" * 256}],
        [{**SECTION, "block_id": "b"}, {**SECTION, "block_id": "b"}],
        [{"type": "context", "elements": []}],
        [{"type": "context", "elements": [TEXT] * 11}],
        [actions()],
        [actions(*({**BUTTON, "action_id": str(n)} for n in range(26)))],
        [actions(BUTTON, BUTTON)],
        [actions({**BUTTON, "text": wide(76)})],
        [actions({**BUTTON, "text": {"type": "mrkdwn", "text": "x"}})],
        [actions({**BUTTON, "value": "v" * 2001})],
        [actions({**BUTTON, "action_id": "a" * 256})],
        [actions({**BUTTON, "accessibility_label": "a" * 76})],
        [actions({**BUTTON, "style": "green"})],
        [actions({"type": "slider", "action_id": "a"})],
        [{"type": "input", "label": TEXT, "element": {"type": "plain_text_input"}}],
    ],
)
def test_sl12_blocks_that_slack_refuses_are_refused(blocks: Any) -> None:
    assert block_faults(blocks) != []


def test_blocks_that_slack_takes_are_taken() -> None:
    assert block_faults([SECTION, actions(BUTTON), {"type": "divider"}]) == []


@pytest.mark.parametrize(
    "view",
    [
        None,
        {**MODAL, "title": wide(25)},
        {**MODAL, "submit": wide(25)},
        {**MODAL, "private_metadata": "x" * 3001},
        {**MODAL, "callback_id": "x" * 256},
        {**MODAL, "blocks": [SECTION] * 101},
        {**MODAL, "size": "big"},
        {"type": "modal", "blocks": [SECTION]},
        {
            **MODAL,
            "blocks": [
                {
                    "type": "input",
                    "label": TEXT,
                    "element": {"type": "plain_text_input", "action_id": "v"},
                }
            ],
        },
    ],
)
def test_views_that_slack_refuses_are_refused(view: Any) -> None:
    assert view_faults(MODAL) == []
    assert view_faults(view) != []


def data_table(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"type": "data_table", "caption": "x", "rows": list(rows), **more}


def chart(*labels: str, **more: Any) -> dict[str, Any]:
    data = [{"label": label, "value": 1} for label in labels]
    axes = {"series": [{"name": "s", "data": data}], "axis_config": {"categories": list(labels)}}
    return {"type": "data_visualization", "title": "x", "chart": {"type": "bar", **axes}, **more}


CELL = {"type": "raw_text", "text": "x"}
NUMBER = {"type": "raw_number", "value": 1, "text": "1%"}


@pytest.mark.parametrize(
    "blocks",
    [
        [data_table([CELL])],
        [data_table(*[[CELL]] * 102)],
        [data_table([CELL], [CELL, CELL])],
        [data_table([CELL] * 21, [CELL] * 21)],
        [data_table([NUMBER], [CELL])],
        [data_table([CELL], [{"type": "raw_text", "text": ""}])],
        [data_table([CELL], [{"type": "raw_number", "value": "1", "text": "1"}])],
        [data_table([CELL], [CELL], row_header_column_index=1)],
        [data_table([CELL], [CELL], page_size=0)],
        [{"type": "data_table", "rows": [[CELL], [CELL]]}],
        [chart("a")] * 3,
        [chart("a", title="x" * 51)],
        [chart("x" * 21)],
        [chart(*map(str, range(21)))],
        [chart("a", "a")],
        [chart("a", chart={"type": "donut"})],
    ],
)
def test_data_that_slack_refuses_is_refused(blocks: Any) -> None:
    assert block_faults(blocks) != []


def test_data_is_for_messages_and_no_view() -> None:
    blocks = [data_table([CELL, CELL], [CELL, NUMBER]), chart("a", "b"), chart("a")]

    assert block_faults(blocks) == []
    assert view_faults({"type": "home", "blocks": blocks}) != []


async def test_a_response_url_takes_five_posts_within_half_an_hour(slack: FakeSlack) -> None:
    now = 1_000_000.0
    slack.clock = lambda: now
    url = slack.hooks.issue("U1", "C1")

    async def post(to: str, **body: Any) -> tuple[int, str]:
        async with slack.http.post(to, json=body) as answer:
            return answer.status, (await answer.json()).get("error", "")

    slack.has_data_blocks = False
    assert await post(url, text="x", blocks=[chart("a")]) == (400, "invalid_blocks")
    assert await post(url, blocks=[SECTION]) == (400, "no_text")
    for _ in range(3):
        assert await post(url, text="x") == (200, "")
    assert await post(url, text="x") == (404, "used_url")
    assert len(slack.hooks.posts("U1")) == 3

    late = slack.hooks.issue("U1", "C1")
    now += 1801
    assert await post(late, text="x") == (404, "expired_url")


async def test_a_home_is_published_over_the_one_that_is_named(slack: FakeSlack, api: Api) -> None:
    view = {"type": "home", "blocks": [SECTION]}
    first = await api("views.publish", user_id="U1", view=view)
    over = await api("views.publish", user_id="U1", view=view, hash=first["view"]["hash"])

    assert over["ok"]
    late = await api("views.publish", user_id="U1", view=view, hash=first["view"]["hash"])
    assert late["error"] == "hash_conflict"
    assert (await api("views.publish", user_id="U1", view=MODAL))["error"] == "invalid_arguments"
    assert slack.homes["U1"] == over["view"]


async def test_only_links_that_were_shared_are_unfurled(slack: FakeSlack, api: Api) -> None:
    slack.shared["1.0"] = {"https://a.example/"}
    preview = {"https://a.example/": {"blocks": [SECTION]}}

    async def unfurl(**args: Any) -> str:
        return str((await api("chat.unfurl", **args)).get("error", "ok"))

    assert await unfurl(channel="C1", ts="1.0", unfurls=preview) == "ok"
    assert await unfurl(source="composer", unfurl_id="1.0", unfurls=preview) == "ok"
    assert await unfurl(channel="C1", ts="2.0", unfurls=preview) == "cannot_unfurl_url"
    assert await unfurl(ts="1.0", unfurls=preview) == "invalid_arguments"


async def test_an_app_posts_only_in_rooms_it_is_in(slack: FakeSlack, api: Api) -> None:
    slack.rooms = {"C1": {slack.bot_user}, "C2": {"U1"}}

    told = [await api("chat.postMessage", channel=room, text="x") for room in ("C1", "C2", "C3")]
    assert [one.get("error", "ok") for one in told] == [
        "ok",
        "not_in_channel",
        "channel_not_found",
    ]


async def test_arguments_are_checked(api: Api) -> None:
    unknown = await api("chat.postMessage", channel="U1", text="x", client_msg_id="1")
    missing = await api("chat.update", channel="U1", text="x")

    assert unknown["response_metadata"]["messages"] == ["[ERROR] unknown argument: client_msg_id"]
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


def reference() -> list[str]:
    return [method for method in _ARGUMENTS if shared(f"slack/api_ref/{method}.json")]


@pytest.mark.parametrize("method", reference())
def test_every_argument_we_allow_is_in_the_reference(method: str) -> None:
    page = shared(f"slack/api_ref/{method}.json")
    assert page is not None
    required, optional = _ARGUMENTS[method]

    assert {*required, *optional} <= set(json.loads(page.read_text())["args"])
    assert argument_faults(method, dict.fromkeys((*required, *optional), "x")) == []


@pytest.mark.parametrize(
    ("method", "token", "args", "error"),
    [
        ("chat.postMessage", None, {"channel": "U1", "text": "x"}, "not_authed"),
        ("chat.postMessage", "xoxb-other", {"channel": "U1", "text": "x"}, "invalid_auth"),
        ("chat.postMessage", "", {"channel": "C9", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", "", {"channel": "U1", "blocks": [SECTION]}, "no_text"),
        ("chat.postMessage", "", {"channel": "U1", "text": "x", "blocks": []}, "invalid_blocks"),
        ("chat.postMessage", "", {"channel": "U1", "text": "x", "metadata": {}}, None),
        ("chat.update", "", {"channel": "D0U1", "ts": "1.1", "text": "x"}, "message_not_found"),
        ("users.info", "", {"user": "U9"}, "user_not_found"),
        ("users.lookupByEmail", "", {"email": "nobody@example.com"}, "users_not_found"),
        ("conversations.open", "", {"users": "U9"}, "user_not_found"),
        ("conversations.history", "", {"channel": "C9"}, "channel_not_found"),
        ("views.open", "", {"trigger_id": "x", "view": MODAL}, "invalid_trigger_id"),
        ("no.such", "", {}, "unknown_method"),
    ],
)
async def test_refusals_carry_slacks_names(
    slack: FakeSlack, api: Api, method: str, token: str | None, args: Any, error: str | None
) -> None:
    answer = await api(method, token=slack.token if token == "" else token, **args)

    assert answer["error"] == (error or "invalid_metadata_format")


async def test_a_trigger_opens_one_view_and_only_for_three_seconds(
    slack: FakeSlack, api: Api
) -> None:
    trigger, late = slack.trigger(), slack.trigger()
    slack.triggers[late] -= 4

    answers = [
        await api("views.open", trigger_id=one, view=MODAL) for one in (trigger, trigger, late)
    ]

    errors = [answer.get("error") for answer in answers]
    assert errors == [None, "exchanged_trigger_id", "expired_trigger_id"]
    view = slack.views[0]["id"]
    assert (await api("views.update", view_id=view, view=MODAL, hash="old"))["error"] == (
        "hash_conflict"
    )
    assert (await api("views.update", view_id=view, view=MODAL))["ok"]
    assert (await api("views.publish", user_id="U1", view={**MODAL, "type": "home"}))["ok"]


async def test_history_pages_newest_first_and_shows_metadata_only_when_asked(
    slack: FakeSlack, api: Api
) -> None:
    mark = {"event_type": "t", "event_payload": {"key": "k"}}
    for text in ("one", "two", "three"):
        await api("chat.postMessage", channel="U1", text=text, metadata=mark)

    first = await api("conversations.history", channel=slack.dm("U1"), limit=2)
    rest = await api(
        "conversations.history",
        channel=slack.dm("U1"),
        limit=2,
        cursor=first["response_metadata"]["next_cursor"],
        include_all_metadata=True,
    )

    assert [one["text"] for one in first["messages"]] == ["three", "two"]
    assert "metadata" not in first["messages"][0]
    assert [(one["text"], one["metadata"]) for one in rest["messages"]] == [("one", mark)]
    ts = slack.messages[0].ts
    thread = await api("conversations.replies", channel=slack.dm("U1"), ts=ts)
    assert [one["text"] for one in thread["messages"]] == ["one"]


async def test_form_bodies_are_read_as_json_bodies_are(slack: FakeSlack) -> None:
    form = {"channel": "U1", "text": "x", "blocks": json.dumps([SECTION]), "token": slack.token}
    headers = {"Authorization": f"Bearer {slack.token}"}

    async with slack.http.post(
        slack.base_url + "chat.postMessage", data=form, headers=headers
    ) as answer:
        assert (await answer.json())["ok"]
    assert slack.messages[0].blocks == [SECTION]


async def test_a_socket_says_hello_and_answers_pings_unless_muted(
    slack: FakeSlack, api: Api
) -> None:
    url = (await api("apps.connections.open", token=slack.app_token))["url"]

    async with slack.http.ws_connect(url, autoping=False) as socket:
        hello = await socket.receive_json()
        await socket.ping(b"1")
        pong = await socket.receive()
        slack.muted = True
        await socket.ping(b"2")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.05)

    assert hello["type"] == "hello"
    assert pong.type is aiohttp.WSMsgType.PONG


async def test_a_delayed_call_is_carried_out_though_its_caller_is_gone(
    slack: FakeSlack, api: Api
) -> None:
    slack.fail("chat.postMessage", Failure.delayed(1))
    call = asyncio.ensure_future(api("chat.postMessage", channel="U1", text="x"))
    async with asyncio.timeout(60):
        while not slack.journal:
            await asyncio.sleep(0.01)
        call.cancel()
        assert not slack.messages
        while not slack.messages:
            await asyncio.sleep(0.01)
