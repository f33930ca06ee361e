"""Staff type a command: who may, what is shown to them alone, and what they share; on both transports."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.team.board import line
from bot.slack.team.roster import StaffList
from surveys.model import DeliveryState
from surveys.results import Change, parse_query, run
from surveys.results.display import interval_text, score_text
from surveys.service.holding import OLDER_COPY, Hold, put_on_hold, standing_hold
from surveys.service.pauses import pauses
from tests.fakes.slack import Failure
from tests.fakes.slack_member import ROOM, Member
from tests.fakes.slack_team_rig import TeamRig, team_rig
from tests.journeys import NOW, PROGRAM


def kinds(shown: Any) -> list[str]:
    return [block["type"] for block in shown["blocks"]]


def table(shown: Any) -> list[list[str]]:
    (block,) = [block for block in shown["blocks"] if block["type"] == "data_table"]
    return [[cell["text"] for cell in row] for row in block["rows"]]


def charts(shown: Any) -> list[Any]:
    return [block for block in shown["blocks"] if block["type"] == "data_visualization"]


async def numbers(rig: TeamRig, **asked: str) -> list[tuple[str, str]]:
    """Return what the one query layer says, as every surface shows it."""
    query = parse_query({"since": "30d", **asked})
    found = await rig.world.storage.read(lambda tx: run(tx, PROGRAM, query, NOW))
    return [(score_text(row), interval_text(row)) for row in found.rows]


# --- results --------------------------------------------------------------------------------------


async def test_the_map_is_shown_to_whoever_asked_and_says_what_the_query_layer_says(
    both: TeamRig,
) -> None:
    answer = await both.viewer.types("map 90d")

    shown = await both.whispered(both.viewer)
    assert answer[0] == 200
    header, *rows = table(shown)
    assert header[:4] == ["단계·터치포인트", "지표", "점수", "95% 범위"]
    assert [row[0] for row in rows] == ["인지", "구매", "유지", "옹호"]
    told = await numbers(both, since="90d")
    assert [(row[2], row[3]) for row in rows[1:]] == told[1:]
    assert rows[0][2:4] == ["표본 부족 (5명 미만)", "–"]
    assert told[1][0] in shown["text"]
    assert (both.slack.said_aloud, both.slack.messages) == ([], [])


async def test_a_repeated_command_is_answered_once(both: TeamRig) -> None:
    await both.viewer.types("map")
    await both.whispered(both.viewer)
    assert (await both.viewer.again())[0] == 200
    await both.viewer.types("stage 구매")

    await both.whispered(both.viewer, 2)


@pytest.mark.parametrize(
    ("typed", "title", "scores"),
    [
        ("stage 구매 30d", "구매", {"stage": "purchase"}),
        ("stage purchase", "구매", {"stage": "purchase"}),
        ("단계 Purchas", "구매", {"stage": "purchase"}),
        ("stage 배송 30일", "배송", {"by": "touchpoint", "touchpoint": "delivery"}),
        ("STAGE  옹호 2026-11", "옹호", {"stage": "advocacy"}),
    ],
)
async def test_a_stage_or_touchpoint_is_found_by_any_of_its_names(
    rig: TeamRig, typed: str, title: str, scores: dict[str, str]
) -> None:
    await rig.viewer.types(typed)

    shown = await rig.whispered(rig.viewer)
    assert shown["blocks"][0]["text"]["text"] == title
    if "2026" not in typed:
        assert table(shown)[1][2] == (await numbers(rig, **scores))[0][0]


async def test_a_stage_shows_how_its_answers_spread(rig: TeamRig) -> None:
    await rig.viewer.types("stage 옹호 90d")

    chart = charts(await rig.whispered(rig.viewer))[0]["chart"]
    assert chart["axis_config"]["categories"] == [str(score) for score in range(11)]
    answers = [point["value"] for point in chart["series"][0]["data"]]
    assert answers == [2, 0, 1, 0, 1, 4, 5, 18, 22, 30, 37]


async def test_english_staff_read_english(rig: TeamRig) -> None:
    rig.slack.people["UVIEW"]["locale"] = "en-GB"
    await rig.viewer.types("map")

    shown = await rig.whispered(rig.viewer)
    assert table(shown)[2][0] == "Purchase"
    assert "Share in channel" in str(shown["blocks"][-1])


async def test_an_arrow_stands_only_where_the_query_layer_has_a_word_for_it(rig: TeamRig) -> None:
    query = parse_query({"since": "90d"})
    table = await rig.world.storage.read(lambda tx: run(tx, PROGRAM, query, NOW))
    row = table.rows[1]
    worse = Change(against="2026-09", difference=-6.0, p=0.001, verdict="worse")

    assert line(replace(row, change=None), "ko").change == ""
    assert line(replace(row, change=replace(worse, verdict=None)), "ko").change == ""
    assert line(replace(row, change=worse), "ko").change == "▼ -6 나빠짐"
    assert line(replace(row, change=replace(worse, verdict="better")), "en").change == "▲ -6 better"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "/cx map"),
        ("도움말", "/cx map"),
        ("outbox", "‘outbox’ 명령은 없습니다"),
        ("payload map", "‘payload’ 명령은 없습니다"),
        ("stage", "advocacy (옹호)"),
        ("stage 점심", "‘점심’ 이름은 없습니다"),
        ("stage e", "‘e’ 이름이 여럿입니다"),
        ("map 2026-13", "30d, 2026-10, 2026-Q3"),
        ("map 0d", "30d, 2026-10, 2026-Q3"),
    ],
)
async def test_what_cannot_be_shown_is_told_with_what_can(
    rig: TeamRig, typed: str, told: str
) -> None:
    await rig.viewer.types(typed)

    assert told in (await rig.whispered(rig.viewer))["text"]


async def test_the_command_goes_by_the_name_that_slack_delivers(rig: TeamRig) -> None:
    await rig.viewer.types("", command="/survey")

    assert "/survey map" in (await rig.whispered(rig.viewer))["text"]


async def test_typed_markup_is_not_markup(rig: TeamRig) -> None:
    await rig.viewer.types("&lt;!channel&gt;")

    assert "<!channel>" not in (await rig.whispered(rig.viewer))["text"]


# --- who is staff ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "map", "stage 구매", "test checkout-csat", "pause all"])
async def test_a_customer_is_refused_politely_and_learns_nothing(rig: TeamRig, text: str) -> None:
    await rig.customer.types(text)

    shown = await rig.whispered(rig.customer)
    assert "담당자만" in shown["text"]
    assert "blocks" not in shown
    assert await rig.world.storage.read(standing_hold) is None


async def test_somebody_of_another_workspace_is_nobody_even_with_an_operators_id(
    rig: TeamRig,
) -> None:
    stranger = Member(rig.slack, "UOPER", team="TOTHER")
    await stranger.types("map")

    assert "담당자만" in (await rig.whispered(stranger))["text"]


async def test_members_of_a_user_group_and_of_a_channel_are_staff() -> None:
    named = StaffList(viewers=frozenset({"SGROUP"}), operators=frozenset({"CROOM"}))
    async with team_rig(staff=named) as rig:
        rig.slack.groups["SGROUP"] = {"UVIEW", "UCUST"}
        rig.slack.rooms["CROOM"] = {"UOPER", "U1", "U2"}
        rig.slack.page_size = 1
        rig.slack.people["UCUST"]["is_restricted"] = True

        for member, told in (
            (rig.viewer, "운영 권한"),
            (rig.operator, "일시 중지한 것이 없습니다"),
            (rig.customer, "담당자만"),
        ):
            await member.types("pause")
            assert told in (await rig.whispered(member))["text"]
        asked = len(rig.slack.journal)
        await rig.viewer.types("pause")
        assert len(rig.slack.journal) == asked


async def test_while_slack_cannot_say_who_is_in_a_group_nobody_of_it_is_let_in() -> None:
    async with team_rig(staff=StaffList(viewers=frozenset({"SGROUP", "UVIEW"}))) as rig:
        for method in ("users.info", "usergroups.users.list"):
            rig.slack.fail(method, *[Failure.error("fatal_error")] * 2)
        await rig.customer.types("map")
        assert "확인하지 못했습니다" in (await rig.whispered(rig.customer))["text"]

        await rig.viewer.types("map")
        assert "blocks" in await rig.whispered(rig.viewer)


# --- old workspaces -------------------------------------------------------------------------------


async def test_where_tables_are_unknown_the_same_is_told_in_fields_and_not_tried_again_for_a_while(
    both: TeamRig,
) -> None:
    both.slack.has_data_blocks = False
    await both.viewer.types("stage 구매")
    shown = await both.whispered(both.viewer)

    assert set(kinds(shown)) == {"header", "context", "section", "actions"}
    ((score, interval),) = await numbers(both, stage="purchase")
    assert score in str(shown["blocks"])
    assert interval in str(shown["blocks"])
    assert set("▁▂▃▄▅▆▇█") & set(str(shown["blocks"]))
    assert [hook.uses for hook in both.slack.hooks.given.values()] == [2]

    await both.viewer.types("map")
    await both.whispered(both.viewer, 2)
    assert [hook.uses for hook in both.slack.hooks.given.values()] == [2, 1]

    both.slack.has_data_blocks = True
    both.world.clock.at += timedelta(hours=7)
    await both.viewer.types("map")
    assert "data_table" in kinds(await both.whispered(both.viewer, 3))


# --- sharing --------------------------------------------------------------------------------------


async def test_a_result_is_shared_in_the_channel_with_the_same_numbers_once(both: TeamRig) -> None:
    await both.viewer.types("stage 구매 30d")
    shown = await both.whispered(both.viewer)
    assert (await both.viewer.presses(shown, "채널에 공유"))[0] == 200
    said = await both.whispered(both.viewer, 2)

    (posted,) = both.slack.messages
    assert posted.channel == ROOM
    assert table({"blocks": posted.blocks}) == table(shown)
    assert "<@UVIEW>" in str(posted.blocks)
    assert "team.share" not in str(posted.blocks)
    assert posted.text == shown["text"]
    assert "공유했습니다" in said["text"]

    await both.viewer.again()
    await both.viewer.types("help")
    await both.whispered(both.viewer, 3)
    assert len(both.slack.messages) == 1


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (None, "/invite"),
        (Failure.error("channel_not_found"), "/invite"),
        (Failure.drop_before(), "확인하지 못했습니다"),
        (Failure.error("restricted_action"), "공유하지 못했습니다"),
    ],
)
async def test_what_became_of_sharing_is_told(
    rig: TeamRig, failure: Failure | None, told: str
) -> None:
    if failure is None:
        rig.slack.rooms[ROOM].discard(rig.slack.bot_user)
    else:
        rig.slack.fail("chat.postMessage", failure)
    await rig.viewer.types("map")
    await rig.viewer.presses(await rig.whispered(rig.viewer), "채널에 공유")

    assert told in (await rig.whispered(rig.viewer, 2))["text"]
    assert len(rig.slack.calls("chat.postMessage")) == 1


async def test_a_customer_shares_nothing_whatever_button_she_claims(rig: TeamRig) -> None:
    await rig.viewer.types("map")
    shown = await rig.whispered(rig.viewer)

    assert (await rig.customer.presses(shown, "team.share"))[0] == 200
    await rig.customer.types("map")
    await rig.whispered(rig.customer)
    assert rig.slack.messages == []


# --- deeds ----------------------------------------------------------------------------------------


async def test_an_operator_sends_a_survey_to_herself_once(both: TeamRig) -> None:
    await both.operator.types("test 배송")
    await both.operator.again()

    assert "delivery-csat" in (await both.whispered(both.operator))["text"]
    (waiting,) = await both.world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9)
    )
    address = await both.world.storage.read(lambda tx: tx.addresses.get(waiting.address_id))
    assert address is not None
    assert (address.user, waiting.kind) == ("UOPER", "question")


async def test_an_operator_pauses_and_resumes_a_survey_and_a_trigger(both: TeamRig) -> None:
    for typed, told in (
        ("pause 상담", "support-ces 일시 중지했습니다"),
        ("pause support-ces", "이미 일시 중지"),
        ("pause trigger:loyalty", "loyalty 일시 중지했습니다"),
        ("resume", "설문 support-ces"),
        ("resume support-ces", "다시 시작했습니다"),
        ("resume support-ces", "일시 중지 상태가 아닙니다"),
    ):
        await both.operator.types(typed)
        assert told in both.operator.whispers[-1]["text"]

    (left,) = await both.world.storage.read(pauses)
    assert (left.of, left.id, left.by) == ("trigger", "loyalty", "slack:UOPER")


async def test_a_command_that_could_not_be_stored_gets_no_ack_and_counts_when_it_comes_again(
    both: TeamRig,
) -> None:
    both.desk.busy, both.slack.ack_seconds = 1, 2.0
    status, _ = await both.operator.types("pause 상담")
    assert status in (503, 0)
    assert await both.world.storage.read(pauses) == ()

    both.slack.ack_seconds = 60.0
    assert (await both.operator.again())[0] == 200
    assert len(await both.world.storage.read(pauses)) == 1


async def test_an_operator_holds_and_releases_everything(rig: TeamRig) -> None:
    await rig.operator.types("pause all")
    hold = await rig.world.storage.read(standing_hold)
    assert hold is not None
    assert hold.by == "slack:UOPER"
    await rig.operator.types("test 상담")
    assert "발송이 멈춰 있습니다" in rig.operator.whispers[-1]["text"]
    await rig.operator.types("resume 전체")
    assert await rig.world.storage.read(standing_hold) is None


async def test_an_older_copy_is_not_released_from_a_chat(rig: TeamRig) -> None:
    hold = Hold(reason=OLDER_COPY, by="aftertouch", since=NOW)
    await rig.world.write(lambda tx: put_on_hold(tx, hold))
    await rig.operator.types("resume all")

    assert "콘솔" in rig.operator.whispers[-1]["text"]
    assert await rig.world.storage.read(standing_hold) == hold


async def test_what_cannot_be_read_any_more_is_told(both: TeamRig) -> None:
    """The stage has left the program since the result was shown, or the storage is away."""
    await both.viewer.types("map")
    shown = dict(await both.whispered(both.viewer))
    (share,) = [block for block in shown["blocks"] if block["type"] == "actions"]
    share["elements"][0]["value"] = "stage=lunch&since=30d"
    assert (await both.viewer.presses(shown, "채널에 공유"))[0] == 200

    assert "읽지 못했습니다" in (await both.whispered(both.viewer, 2))["text"]
    assert both.slack.messages == []


async def test_a_slack_that_hangs_keeps_nobody_waiting_for_the_ack(rig: TeamRig) -> None:
    rig.slack.fail("users.info", Failure.hang())
    await rig.operator.types("pause")

    assert "일시 중지한 것이 없습니다" in (await rig.whispered(rig.operator))["text"]


@pytest.mark.parametrize("typed", ["test 배송", "pause 배송", "resume 배송", "pause all"])
async def test_a_viewer_only_looks(rig: TeamRig, typed: str) -> None:
    await rig.viewer.types(typed)

    assert "운영 권한" in (await rig.whispered(rig.viewer))["text"]
    assert await rig.world.storage.read(standing_hold) is None
    assert await rig.world.storage.read(pauses) == ()
