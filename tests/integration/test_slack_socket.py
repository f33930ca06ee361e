from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.slack.channel import SlackChannel
from surveys.model import Address, Button, Channel, Prompt, Receipt, Typed
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.slack_customer import Customer
from tests.fakes.slack_rig import TOKEN, Core, channel_to, running, until

WHY = Prompt(
    kind="reason",
    text="왜요?",
    chips=(Button(value="c.late", label="배송 지연"),),
    token=TOKEN,
    language="ko",
    typing=True,
)


@dataclass(frozen=True)
class Rig:
    slack: FakeSlack
    core: Core
    channel: SlackChannel
    user: Customer

    @property
    def live(self) -> int:
        return sum(not socket.closed for socket in self.slack.sockets)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    core = Core()
    async with FakeSlack() as slack:
        slack.person("U1")
        async with (
            channel_to(slack, core, signing_secret="", app_token=slack.app_token) as channel,
            running(channel),
        ):
            await until(lambda: channel.health()["state"] == "ok")
            yield Rig(slack, core, channel, Customer(slack, "U1"))


async def test_words_over_the_socket_are_acknowledged_once_taken(rig: Rig) -> None:
    answer = await rig.user.say("9점이요")

    assert answer[0] == 200
    assert len(rig.slack.acks) == 1
    assert rig.core.acts == [Typed(text="9점이요")]


async def test_without_a_signing_secret_there_is_no_http_door(rig: Rig) -> None:
    assert rig.channel.routes() == []


async def test_sl17_what_could_not_be_stored_gets_no_ack_and_its_redelivery_counts(
    rig: Rig,
) -> None:
    rig.core.busy = 1
    rig.slack.ack_seconds = 2.0

    first = await rig.user.say("9")
    rig.slack.ack_seconds = 60.0
    second = await rig.user.again()
    third = await rig.user.again()

    assert [first[0], second[0], third[0]] == [0, 200, 200]
    assert rig.core.acts == [Typed(text="9")]


async def test_a_form_opens_and_comes_back_over_the_socket(rig: Rig) -> None:
    rig.core.receipt = Receipt(form=WHY)
    await rig.channel.messenger.send(  # type: ignore[union-attr]  # joined
        address_of(rig), WHY, "k"
    )

    await rig.user.click(rig.user.messages[0], "의견 쓰기")
    await until(lambda: rig.slack.views)
    await rig.user.submit(rig.slack.views[0], chip="c.late")

    assert rig.core.acts[-1] == Typed(text="", token=TOKEN, chips=("c.late",))


async def test_a_connection_that_slack_wants_renewed_is_renewed(rig: Rig) -> None:
    await rig.slack.refresh()
    await until(
        lambda: (
            len(rig.slack.sockets) > 1 and rig.live == 1 and rig.channel.health()["state"] == "ok"
        )
    )

    assert (await rig.user.say("9"))[0] == 200


async def test_while_slack_gives_no_address_health_says_so(rig: Rig) -> None:
    rig.slack.fail("apps.connections.open", *[Failure.error("internal_error")] * 6)
    await rig.slack.hang_up()

    await until(lambda: "internal_error" in rig.channel.health()["reason"])
    await until(lambda: rig.channel.health()["state"] == "ok")


def address_of(rig: Rig) -> Address:
    return Address(
        id="a",
        person_id="p",
        channel=Channel.SLACK,
        account=rig.slack.team,
        user="U1",
        chat=rig.user.dm,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
