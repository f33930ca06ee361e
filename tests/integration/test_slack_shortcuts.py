"""The shortcuts: staff ask for a survey to whoever wrote a message, and find where surveys are made."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.console.staffing.menu import TEMPLATES as GALLERY
from bot.editor.frame import NEW
from surveys.model import Address, Channel, DeliveryState, StoredEvent
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.operating import hold
from surveys.service.pauses import pause
from tests.fakes.slack import Failure
from tests.fakes.slack_blocks import view_faults
from tests.fakes.slack_member import Member
from tests.fakes.slack_rig import until
from tests.fakes.slack_team_rig import BASE, TeamRig, team_rig
from tests.journeys import PROGRAM

MORNING = timedelta(hours=9)
"""From the rig's instant, half past one at night in Seoul."""


@asynccontextmanager
async def shop(transport: str = "http", **others: Any) -> AsyncIterator[TeamRig]:
    """Join a workspace where UCUST is customer kim, who agreed to surveys; no trigger of Slack's runs out."""
    async with team_rig(transport, **others) as rig:
        started = time.time()
        rig.slack.clock = lambda: started
        person_id = await rig.world.customer("kim")
        address = Address(
            id="slack-kim",
            person_id=person_id,
            channel=Channel.SLACK,
            account=rig.slack.team,
            user="UCUST",
            chat=rig.customer.dm,
            created_at=rig.world.clock.now(),
        )
        await rig.world.write(lambda tx: tx.addresses.add(address))
        yield rig


@pytest.fixture(params=["http", "socket"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[TeamRig]:
    async with shop(request.param) as rig:
        yield rig


@pytest.fixture
async def rig() -> AsyncIterator[TeamRig]:
    async with shop() as opened:
        yield opened


async def opened(rig: TeamRig, member: Member, author: Member | None, **message: Any) -> Any:
    """Use the shortcut on a message; return the form that opens."""
    count = len(rig.slack.views)
    answer = await member.sends_survey(author, **message)
    assert answer[0] == 200, answer
    await until(lambda: len(rig.slack.views) > count)
    return rig.slack.views[-1]


async def requests(rig: TeamRig) -> list[StoredEvent]:
    def look(tx: UnitOfWork) -> list[StoredEvent]:
        address = tx.addresses.get("slack-kim")
        assert address is not None
        return list(tx.events.of_person(address.person_id))

    return await rig.world.storage.read(look)


async def questions(rig: TeamRig) -> int:
    """Let what is due happen; return how many questions are on their way to kim."""
    await rig.world.drain()
    pending = await rig.world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.PENDING, 9)
    )
    return [each.kind for each in pending].count("question")


def programmed(triggers: list[dict[str, Any]]) -> Program:
    return Program.from_json(json.dumps({**json.loads(PROGRAM.to_json()), "triggers": triggers}))


def options(form: Mapping[str, Any]) -> dict[str, str]:
    (menu,) = [block["element"] for block in form["blocks"] if block["type"] == "input"]
    return {option["value"]: option["text"]["text"] for option in menu["options"]}


# --- a survey for whoever wrote a message ---------------------------------------------------------


async def test_it_is_asked_as_any_event_asks_and_whoever_asked_for_it_is_told(
    both: TeamRig,
) -> None:
    both.world.clock.at += MORNING
    form = await opened(both, both.operator, both.customer)
    assert options(form)["delivery"] == "배송 · CSAT"
    assert "<@UCUST>" in str(form["blocks"][0])

    assert await both.operator.picks(form, "delivery") in ((200, ""), (200, "null"))
    said = (await both.whispered(both.operator))["text"]
    assert said == "배송 · CSAT: 지금 묻습니다. 고객의 차례가 되는 대로 나갑니다."
    assert await questions(both) == 1
    (stored,) = await requests(both)
    event = stored.event
    assert (event.source, event.type) == ("slack-staff", "trigger.requested.delivery")
    assert event.subject == f"slack:{both.slack.team}/C0TEAM/1764000000.000100"
    assert "늦었어요" not in str(stored)
    assert both.slack.messages == []


async def test_a_repeat_of_slacks_and_a_second_press_count_once(both: TeamRig) -> None:
    both.world.clock.at += MORNING
    form = await opened(both, both.operator, both.customer)
    await both.operator.picks(form, "delivery")
    await both.whispered(both.operator)
    assert (await both.operator.again())[0] == 200

    assert await questions(both) == 1
    form = await opened(both, both.operator, both.customer)
    await both.operator.picks(form, "delivery")
    said = (await both.whispered(both.operator, 2))["text"]
    assert said.startswith("이 메시지로는 이미 요청했습니다. 배송 · CSAT: 지금 묻습니다.")
    assert await questions(both) == 1
    assert len(await requests(both)) == 1


async def test_by_night_it_waits_and_the_hour_is_told(rig: TeamRig) -> None:
    form = await opened(rig, rig.operator, rig.customer)
    await rig.operator.picks(form, "delivery")

    said = (await rig.whispered(rig.operator))["text"]
    assert "11월 21일 (토) 오전 8:00까지 기다렸다가 묻습니다" in said
    assert "방해 금지 시간" in said
    assert await questions(rig) == 0


async def test_who_opted_out_is_not_asked_and_english_staff_read_why() -> None:
    async with shop(language="en") as rig:
        await rig.customer.say("stop")
        form = await opened(rig, rig.operator, rig.customer)
        assert options(form)["loyalty"] == "Loyalty · NPS"
        await rig.operator.picks(form, "loyalty")

        said = (await rig.whispered(rig.operator))["text"]
        assert "Loyalty · NPS: not asked. Reason: " in said
        assert await questions(rig) == 0


async def test_caps_pauses_and_a_hold_are_as_for_any_event_and_told(rig: TeamRig) -> None:
    rig.world.clock.at += MORNING
    await rig.operator.picks(await opened(rig, rig.operator, rig.customer), "delivery")
    await rig.whispered(rig.operator)
    assert await questions(rig) == 1

    ctx = rig.world.ctx
    await rig.world.write(lambda tx: pause(tx, ctx, "survey", "support-ces", "cli"))
    await rig.world.write(lambda tx: hold(tx, ctx, "", "cli"))
    for count, (trigger, told) in enumerate(
        (
            ("loyalty", "묻지 않습니다. 이유: 한 사람에게 묻는 횟수의 한도"),
            ("support", "기다립니다"),
        ),
        start=2,
    ):
        form = await opened(rig, rig.operator, rig.customer, ts=f"176400000{count}.000100")
        await rig.operator.picks(form, trigger)
        said = (await rig.whispered(rig.operator, count))["text"]
        assert told in said
        assert "모든 발송이 멈춰 있습니다" in said
    assert await questions(rig) == 1


async def test_a_condition_on_data_is_named_before_and_after() -> None:
    triggers = json.loads(PROGRAM.to_json())["triggers"]
    (delivery,) = [trigger for trigger in triggers if trigger["id"] == "delivery"]
    delivery["where"] = {"path": ["order", "amount"], "gte": 10}
    async with shop(program=programmed(triggers)) as rig:
        rig.world.clock.at += MORNING
        form = await opened(rig, rig.operator, rig.customer)
        assert "order.amount 값이 있어야 함" in str(form)
        await rig.operator.picks(form, "delivery")

        said = (await rig.whispered(rig.operator))["text"]
        assert "묻지 않습니다. 이 설문은 이벤트의 order.amount 값을" in said
        assert await questions(rig) == 0


@pytest.mark.parametrize("author", ["stranger", "bot", "elsewhere"])
async def test_whoever_is_no_customer_of_ours_is_refused_in_the_form(
    rig: TeamRig, author: str
) -> None:
    authors = {
        "stranger": Member(rig.slack, "UNEW"),
        "bot": None,
        "elsewhere": Member(rig.slack, "UCUST", team="TOTHER"),
    }
    form = await opened(rig, rig.operator, authors[author])

    assert "등록된 고객이 아니어서" in str(form["blocks"])
    assert "submit" not in form


@pytest.mark.parametrize(("user", "told"), [("UVIEW", "운영 권한"), ("UCUST", "담당자만")])
async def test_only_operators_may(rig: TeamRig, user: str, told: str) -> None:
    member = Member(rig.slack, user)
    assert told in str(await opened(rig, member, rig.customer))

    form = await opened(rig, rig.operator, rig.customer)
    status, body = await member.picks(form, "delivery")
    assert (status, json.loads(body)["response_action"]) == (200, "errors")
    assert await requests(rig) == []


async def test_a_survey_that_is_gone_when_the_form_comes_in_is_told_in_it(both: TeamRig) -> None:
    form = await opened(both, both.operator, both.customer)
    older = json.loads(json.dumps(form).replace('"loyalty"', '"left-since"'))

    status, body = await both.operator.picks(older, "left-since")
    assert (status, json.loads(body)["response_action"]) == (200, "errors")
    assert "다시 열어" in json.loads(body)["errors"]["survey"]
    await both.operator.picks(form, "delivery")
    await both.whispered(both.operator)
    assert len(await requests(both)) == 1


async def test_a_form_that_is_none_of_ours_asks_for_nothing(rig: TeamRig) -> None:
    form = await opened(rig, rig.operator, rig.customer)
    for packed in ("", "[", "{}", '["C1", "1.2", 3, "UCUST", "T0HOME"]'):
        status, body = await rig.operator.picks({**form, "private_metadata": packed}, "delivery")
        assert (status, json.loads(body)["response_action"]) == (200, "errors")
    assert await requests(rig) == []


async def test_where_slack_gives_no_place_to_answer_the_form_says_it(both: TeamRig) -> None:
    form = await opened(both, both.operator, both.customer)
    channel, ts, _, *author = json.loads(form["private_metadata"])
    packed = json.dumps([channel, ts, "", *author])
    _, body = await both.operator.picks({**form, "private_metadata": packed}, "delivery")

    answer = json.loads(body)
    assert answer["response_action"] == "update"
    assert view_faults(answer["view"]) == []
    assert "기다렸다가 묻습니다" in str(answer["view"])


async def test_what_could_not_be_stored_is_not_acknowledged_and_counts_when_it_comes_again(
    rig: TeamRig,
) -> None:
    form = await opened(rig, rig.operator, rig.customer)
    rig.desk.busy = 1
    assert (await rig.operator.picks(form, "delivery"))[0] == 503
    assert await requests(rig) == []

    assert (await rig.operator.again())[0] == 200
    await rig.whispered(rig.operator)
    assert len(await requests(rig)) == 1


async def test_a_slack_that_hangs_delays_no_ack(rig: TeamRig) -> None:
    rig.slack.fail("users.info", Failure.hang())
    form = await opened(rig, rig.operator, rig.customer)

    assert options(form)


# --- where surveys are made -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "links"),
    [
        ("UOPER", [f"{BASE}{GALLERY}", f"{BASE}{NEW}"]),
        ("UVIEW", [f"{BASE}{GALLERY}"]),
        ("UCUST", []),
    ],
)
async def test_staff_are_led_to_where_surveys_are_made(
    rig: TeamRig, user: str, links: list[str]
) -> None:
    assert (await Member(rig.slack, user).creates_survey())[0] == 200
    await until(lambda: rig.slack.views)

    (form,) = rig.slack.views
    rows = [block["elements"] for block in form["blocks"] if block["type"] == "actions"]
    assert [button["url"] for row in rows for button in row] == links
    assert ("담당자만" in str(form)) is (user == "UCUST")


async def test_without_a_public_address_there_is_no_link_and_that_is_told() -> None:
    async with shop("socket", base="") as rig:
        await rig.operator.creates_survey()
        await until(lambda: rig.slack.views)

        assert "public_url" in str(rig.slack.views)
        assert "url" not in [key for block in rig.slack.views[0]["blocks"] for key in block]


async def test_a_program_that_asks_nothing_says_so_and_of_many_a_hundred_are_offered() -> None:
    for count, told in ((0, "요청할 수 있는 설문이 없습니다"), (120, "배송 · CSAT (delivery-1)")):
        copies = [
            {
                "id": f"delivery-{n}",
                "on": f"e{n}",
                "survey": "delivery-csat",
                "touchpoint": "delivery",
            }
            for n in range(count)
        ]
        program = programmed(copies)
        async with shop(program=program) as rig:
            assert told in str(await opened(rig, rig.operator, rig.customer))
