"""A console link that staff share shows title, score, interval and n; to nobody else, and of nothing else."""

import pytest

from bot.slack.team.links import console_link, shown_by
from surveys.results import Query
from tests.fakes.slack_rig import until
from tests.fakes.slack_team_rig import BASE, TeamRig

MAP = f"{BASE}/console?since=90d&lang=en"
STAGE = f"{BASE}/console/stages/purchase?since=90d"
POINT = f"{BASE}/console/touchpoints/delivery?since=90d&channel=webchat"


async def test_map_stage_and_touchpoint_are_previewed_with_score_interval_and_n(
    both: TeamRig,
) -> None:
    place = await both.viewer.shares(MAP, STAGE, POINT, "https://elsewhere.example/console")
    await until(lambda: place in both.slack.unfurls)

    shown = {url: str(unfurl["blocks"]) for url, unfurl in both.slack.unfurls[place].items()}
    assert set(shown) == {MAP, STAGE, POINT}
    assert "초록마켓" in shown[MAP]
    assert "인지 CES: 표본 부족" in shown[MAP]
    assert f"*<{STAGE}|구매>*" in shown[STAGE]
    assert "CSAT: 75% (70 – 80%) · n=270" in shown[STAGE]
    assert "n=60" in shown[POINT]


async def test_a_message_that_is_still_being_written_is_previewed_too(rig: TeamRig) -> None:
    place = await rig.viewer.shares(STAGE, composing=True)

    await until(lambda: place in rig.slack.unfurls)


async def test_a_customer_who_shares_a_link_learns_nothing(rig: TeamRig) -> None:
    await rig.customer.shares(MAP, STAGE)
    seen = await rig.viewer.shares(STAGE)
    await until(lambda: seen in rig.slack.unfurls)

    assert len(rig.slack.calls("chat.unfurl")) == 1


async def test_nothing_is_shown_where_people_of_other_workspaces_listen_in(rig: TeamRig) -> None:
    ts = rig.slack.ts()
    rig.slack.shared[ts] = {STAGE}
    links = [{"domain": "cx.example.com", "url": STAGE}]
    said = {"type": "link_shared", "user": "UVIEW", "channel": "C1", "message_ts": ts}
    outside = rig.viewer.event({**said, "links": links}) | {"is_ext_shared_channel": True}
    assert (await rig.viewer.send(outside))[0] == 200
    seen = await rig.viewer.shares(STAGE)
    await until(lambda: seen in rig.slack.unfurls)

    assert set(rig.slack.unfurls) == {seen}


async def test_an_unknown_stage_has_no_preview_and_stands_in_no_others_way(rig: TeamRig) -> None:
    unknown = f"{BASE}/console/stages/lunch"
    place = await rig.viewer.shares(unknown, STAGE)
    await until(lambda: place in rig.slack.unfurls)

    assert set(rig.slack.unfurls[place]) == {STAGE}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cx.example.com/app/console", (None, Query())),
        ("https://CX.example.com:443/app/console/", (None, Query())),
        (
            "https://cx.example.com/app/console?when=2026-10&channel=",
            (None, Query(period="2026-10")),
        ),
        (
            "https://cx.example.com/app/console/stages/purchase?since=30d&amp;channel=slack",
            ("stage", Query(since_days=30, stage="purchase", channel="slack")),
        ),
        (
            "https://cx.example.com/app/console/touchpoints/delivery?theme=dark",
            ("touchpoint", Query(by="touchpoint", touchpoint="delivery")),
        ),
    ],
)
def test_a_link_is_read_by_the_one_query_layer(url: str, shown: tuple[str | None, Query]) -> None:
    found = shown_by(url, BASE)

    assert found is not None
    assert (found.place, found.query) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://cx.example.com/console",
        "https://cx.example.com/application/console",
        "http://cx.example.com/app/console",
        "https://cx.example.com:8443/app/console",
        "https://cx.example.com:port/app/console",
        "https://cx.example.com.evil.example/app/console",
        "https://cx.example.com/app/console/deliveries",
        "https://cx.example.com/app/console/stages/",
        "https://cx.example.com/app/console/stages/a/b",
        "https://cx.example.com/app/console/stages/%2e%2e",
        "https://cx.example.com/app/console?since=soon",
        "https://cx.example.com/app/console?colour=red",
        "https://cx.example.com/app/console?from=2026-08-10&to=2026-10-20",
        "https://cx.example.com/app/console?rating=low",
        "https://cx.example.com/app/console/login?once=abc",
    ],
)
def test_what_cannot_be_read_is_ignored(url: str) -> None:
    assert shown_by(url, BASE) is None


def test_without_a_public_address_there_is_no_link() -> None:
    assert console_link("") == ""
    assert shown_by("http://127.0.0.1:8765/console", "") is None
    assert console_link(BASE, "stage", "purchase", since="30d") == (
        f"{BASE}/console/stages/purchase?since=30d"
    )
