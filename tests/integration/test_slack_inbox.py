"""``/cx inbox``: what waits for staff, told to whoever asks, and to a channel without customers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.console.operators import PATH
from surveys.service.operating import hold
from surveys.stored_analyses import Alert
from tests.backlog import LETTER, park
from tests.fakes.slack_team_rig import BASE, TeamRig, team_rig
from tests.journeys import NOW
from tests.world import NOON

DELIVERIES = f"{BASE}{PATH}"
WORSE = Alert(
    id="a1",
    stage="purchase",
    instrument="csat",
    series="csat",
    at=NOW,
    raised_at=NOW,
    since=NOW - timedelta(days=3),
    bad=6,
    answers=9,
    usual=0.1,
    restart="x1",
)


async def pile_up(rig: TeamRig) -> None:
    """Leave a question of customer kim that may have arrived, a dead letter, an alert and a hold."""
    await park(rig.world.storage, NOON)
    await rig.world.write(lambda tx: tx.alerts.add(WORSE))
    await rig.world.write(lambda tx: hold(tx, rig.world.ctx, "wrong <price>", "cli:minji"))


def lines(shown: Any) -> list[str]:
    texts = [block.get("text", {}) for block in shown["blocks"] if block["type"] == "section"]
    return [text["text"] for text in texts if text["type"] == "mrkdwn"]


async def test_an_operator_is_told_the_most_urgent_first_with_links_into_the_console(
    both: TeamRig,
) -> None:
    await pile_up(both)
    await both.operator.types("inbox")

    shown = await both.whispered(both.operator)
    held, question, letter, worse = lines(shown)
    assert held.startswith(f"<{DELIVERIES}|모든 발송이 멈춰 있습니다.>")
    assert "cli:minji · wrong &lt;price&gt;" in held
    assert "질문" in question
    assert "kim · 제때 응답이 오지 않았습니다." in question
    assert letter.startswith(f"<{DELIVERIES}|처리하지 못한 수신>")
    assert worse.startswith(f"<{BASE}/console/stages/purchase|")
    assert "확인이 필요한 일 4건" in shown["text"]
    assert "kim" in shown["text"]
    assert (both.slack.said_aloud, both.slack.messages) == ([], [])


async def test_a_viewer_is_told_of_no_customer(rig: TeamRig) -> None:
    await pile_up(rig)
    await rig.viewer.types("확인")

    shown = await rig.whispered(rig.viewer)
    assert len(lines(shown)) == 4
    for hidden in ("kim", "minji", "price", "event:shop", DELIVERIES):
        assert hidden not in str(shown)
    assert f"{BASE}/console" in str(shown["blocks"][-1])


async def test_what_an_operator_shares_says_to_the_channel_what_a_viewer_may_read(
    both: TeamRig,
) -> None:
    await pile_up(both)
    await both.operator.types("inbox")
    await both.operator.presses(await both.whispered(both.operator), "채널에 공유")
    said = await both.whispered(both.operator, 2)

    (posted,) = both.slack.messages
    assert "공유했습니다" in said["text"]
    assert "<@UOPER>" in str(posted.blocks)
    assert "확인이 필요한 일 4건" in posted.text
    for hidden in ("kim", "minji", "price", "event:shop", "team.share"):
        assert hidden not in str(posted)


async def test_nothing_that_waits_is_told_too_and_english_staff_read_english() -> None:
    async with team_rig(language="en") as rig:
        await rig.viewer.types("inbox")

        shown = await rig.whispered(rig.viewer)
        assert lines(shown) == []
        assert "Nothing needs attention" in shown["text"]
        assert shown["blocks"][0]["text"]["text"] == "Waiting for you"
        await rig.viewer.types("")
        assert "/cx inbox" in (await rig.whispered(rig.viewer, 2))["text"]


async def test_ten_are_told_and_how_many_more_there_are(rig: TeamRig) -> None:
    def many(tx: Any) -> None:
        for number in range(14):
            at = NOW - timedelta(hours=number)
            tx.inbox.add(replace(LETTER, id=f"l{number}", key=f"k{number}", received_at=at))

    await rig.world.write(many)
    await rig.operator.types("inbox")

    shown = await rig.whispered(rig.operator)
    assert len(lines(shown)) == 10
    assert "그 밖에 4건이 더" in str(shown["blocks"])
    assert "그 밖에 4건이 더" in shown["text"]


async def test_a_customer_learns_nothing_and_a_repeat_is_answered_once(rig: TeamRig) -> None:
    await pile_up(rig)
    await rig.customer.types("inbox")
    assert "담당자만" in (await rig.whispered(rig.customer))["text"]

    await rig.viewer.types("inbox")
    await rig.whispered(rig.viewer)
    assert (await rig.viewer.again())[0] == 200
    await rig.viewer.types("help")
    await rig.whispered(rig.viewer, 2)
