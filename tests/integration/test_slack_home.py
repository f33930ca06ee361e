"""The Home tab: the staff's page, a customer's own settings, and nothing older over something newer."""

from collections.abc import Callable
from typing import Any

from surveys.model import Channel, DeliveryState, Person
from surveys.service.operating import hold
from surveys.service.pauses import pause
from tests.backlog import LETTER
from tests.fakes.slack import Failure
from tests.fakes.slack_member import Member
from tests.fakes.slack_rig import until
from tests.fakes.slack_team_rig import BASE, TeamRig


def labels(view: Any) -> list[str]:
    rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    return [button["text"]["text"] for row in rows for button in row]


async def home(rig: TeamRig, member: Member, fact: Callable[[str], bool]) -> str:
    """Wait until a Home tab says something; return all that it says."""
    await until(lambda: member.user in rig.slack.homes and fact(str(member.home)))
    return str(member.home)


async def opened(rig: TeamRig, member: Member) -> str:
    assert (await member.opens_home())[0] == 200
    return await home(rig, member, lambda text: "불러오는" not in text and "Loading" not in text)


async def test_staff_first_see_a_skeleton_and_then_what_waits_and_how_the_stages_stand(
    both: TeamRig,
) -> None:
    await both.world.write(lambda tx: tx.inbox.add(LETTER))
    await both.world.write(
        lambda tx: pause(tx, both.world.ctx, "survey", "support-ces", "slack:UOPER")
    )
    said = await opened(both, both.operator)

    first, second = both.slack.calls("views.publish")
    assert "불러오는 중" in str(first.args["view"])
    assert "hash" not in first.args
    assert second.args["hash"]
    assert "확인이 필요한 일 1건" in said
    assert "처리하지 못한 수신 1" in said
    assert "일시 중지: 설문 support-ces" in said
    stages = [block["fields"] for block in both.operator.home["blocks"] if "fields" in block]
    assert [fields[0]["text"].split("\n")[0] for fields in stages] == [
        "인지",
        "구매",
        "유지",
        "옹호",
    ]
    assert stages[0][1]["text"] == "아직 묻지 않음"
    assert "n=" in stages[1][1]["text"]
    assert labels(both.operator.home) == ["테스트 발송", "웹에서 열기", "새로 고침"]
    assert f"{BASE}/console" in said


async def test_a_viewer_is_offered_no_test_and_is_told_of_a_hold(rig: TeamRig) -> None:
    await rig.world.write(lambda tx: hold(tx, rig.world.ctx, "wrong price", "cli:minji"))
    said = await opened(rig, rig.viewer)

    assert labels(rig.viewer.home) == ["웹에서 열기", "새로 고침"]
    assert "모든 발송이 멈춰 있습니다 · cli:minji · wrong price" in said


async def test_opened_again_it_is_published_over_the_one_that_stands_there(rig: TeamRig) -> None:
    await opened(rig, rig.viewer)
    before = rig.viewer.home["hash"]
    await rig.viewer.opens_home()
    await until(lambda: len(rig.slack.calls("views.publish")) == 4)

    third = rig.slack.calls("views.publish")[2]
    assert third.args["hash"] == before
    assert (await rig.viewer.presses_home("새로 고침"))[0] == 200
    await until(lambda: len(rig.slack.calls("views.publish")) == 6)


async def test_what_is_newer_is_not_published_over(rig: TeamRig) -> None:
    rig.slack.fail("views.publish", Failure.error("hash_conflict"))
    await rig.viewer.opens_home()
    await opened(rig, rig.operator)

    assert "UVIEW" not in rig.slack.homes
    assert len(rig.slack.calls("views.publish")) == 3


async def test_only_the_home_tab_is_filled(rig: TeamRig) -> None:
    assert (await rig.viewer.opens_home(tab="messages"))[0] == 200
    await opened(rig, rig.operator)

    assert {call.args["user_id"] for call in rig.slack.calls("views.publish")} == {"UOPER"}


async def test_the_form_of_the_home_tab_sends_a_test(both: TeamRig) -> None:
    await opened(both, both.operator)
    await both.operator.presses_home("테스트 발송")
    await until(lambda: [view for view in both.slack.views if view["type"] == "modal"])
    (form,) = [view for view in both.slack.views if view["type"] == "modal"]
    assert (await both.operator.picks(form, "loyalty-nps"))[0] == 200
    await both.operator.again()

    pending = await both.world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9)
    )
    assert [each.kind for each in pending] == ["question"]


async def test_a_form_that_staff_never_opened_sends_nothing(rig: TeamRig) -> None:
    form = {
        "id": "V1",
        "hash": "1",
        "type": "modal",
        "callback_id": "team.test",
        "blocks": [
            {
                "type": "input",
                "block_id": "survey",
                "element": {
                    "type": "static_select",
                    "action_id": "v",
                    "options": [{"value": "loyalty-nps"}, {"value": "no-such"}],
                },
            }
        ],
    }
    assert (await rig.viewer.picks(form, "loyalty-nps"))[0] == 200
    assert (await rig.operator.picks(form, "no-such"))[0] == 200

    pending = await rig.world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9)
    )
    assert pending == ()


# --- customers ------------------------------------------------------------------------------------


async def her(rig: TeamRig) -> Person:
    """Return the customer as she is stored."""

    def read(tx: Any) -> Person:
        address = tx.addresses.find(Channel.SLACK, rig.slack.team, "UCUST")
        found: Person = tx.people.get(address.person_id)
        return found

    return await rig.world.storage.read(read)


async def test_a_customer_sees_her_own_settings_and_no_result(both: TeamRig) -> None:
    said = await opened(both, both.customer)

    assert labels(both.customer.home) == [
        "Ask me in English",
        "30일 쉬기",
        "모두 그만 받기",
        "내 정보 삭제",
    ]
    assert "%" not in said
    assert "n=" not in said
    assert "console" not in said


async def test_a_customer_rests_goes_on_stops_and_starts_again(both: TeamRig) -> None:
    await opened(both, both.customer)
    await both.customer.presses_home("30일 쉬기")
    await home(both, both.customer, lambda text: "쉬고 있습니다" in text)
    assert (await her(both)).paused_until is not None
    await both.customer.again()

    await both.customer.presses_home("다시 받기")
    await home(both, both.customer, lambda text: "지금은 질문을 받고" in text)
    assert (await her(both)).paused_until is None

    await both.customer.presses_home("모두 그만 받기")
    await home(both, both.customer, lambda text: "모두 그만 받고 있습니다" in text)
    assert (await her(both)).opted_out_at is not None

    await both.customer.presses_home("다시 받기")
    await home(both, both.customer, lambda text: "지금은 질문을 받고" in text)
    assert (await her(both)).opted_out_at is None
    told = await both.world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9)
    )
    assert [each.kind for each in told] == [
        "notice.stopped",
        "notice.restarted",
        "notice.stopped",
        "notice.restarted",
    ]


async def test_a_customers_language_is_that_of_her_tab_from_then_on(rig: TeamRig) -> None:
    await opened(rig, rig.customer)
    await rig.customer.presses_home("Ask me in English")
    said = await home(rig, rig.customer, lambda text: "You are being asked" in text)

    assert "한국어로 받기" in said
    assert (await her(rig)).locale == "en"


async def test_deleting_is_confirmed_in_the_conversation(rig: TeamRig) -> None:
    await opened(rig, rig.customer)
    await rig.customer.presses_home("내 정보 삭제")
    await home(rig, rig.customer, lambda text: "확인 메시지를 보냈습니다" in text)

    (asked,) = await rig.world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9)
    )
    assert asked.kind == "notice.delete"
    assert (await her(rig)).erased_at is None
