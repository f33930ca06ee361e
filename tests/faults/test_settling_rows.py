"""Rows about deliveries of unknown outcome: what the platform's own journal proves, and what nobody can."""

from functools import partial
from pathlib import Path

import pytest

from surveys.model import Channel, Delivery, DeliveryState, OutcomeKind
from surveys.service import lookups, sending
from surveys.service.sending import Claimed
from tests.e2e.deployment import until
from tests.e2e.slack_chat import SlackPlatform
from tests.fakes import telegram_faults as telegram
from tests.fakes.slack import Failure, FakeSlack, Message
from tests.faults.asking import PUSHED, Asking, asking

NOT_DELIVERED = {"telegram": (DeliveryState.PARKED, 0), "slack": (DeliveryState.SENT, 1)}
DELIVERED = {"telegram": (DeliveryState.PARKED, 1), "slack": (DeliveryState.SENT, 1)}
"""How the question ends, and how often it stands in the chat: only Slack's history tells."""

QUARANTINE = 31  # seconds


def slack_of(rig: Asking) -> FakeSlack:
    assert isinstance(rig.platform, SlackPlatform)
    return rig.platform.slack


async def claimed(rig: Asking) -> Claimed:
    """Commit the intent to send the question, in the name of a worker that dies right after."""
    app = rig.deployment.app
    app.dispatcher.stop()
    await rig.ask()
    question = await until(rig.question)
    claim = await app.storage.write(lambda tx: sending.claim(tx, app.ctx, question.id))
    assert isinstance(claim, Claimed)
    return claim


async def after_the_crash(rig: Asking) -> Delivery:
    """Start anew; the claim runs out, the quarantine ends, what can be told is told."""
    await rig.deployment.restart()
    await rig.platform.ready()
    await rig.later(seconds=QUARANTINE)
    lost = await rig.question()
    assert lost is not None
    assert lost.reason == "worker_lost" or lost.state is not DeliveryState.UNKNOWN
    await rig.later(seconds=QUARANTINE)
    return await rig.ended()


@pytest.mark.parametrize("name", PUSHED)
async def test_f01_killed_before_the_request_it_is_never_called_sent_unproven(
    name: str, tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as rig:
        await claimed(rig)
        question = await after_the_crash(rig)

        assert (question.state, await rig.arrived()) == NOT_DELIVERED[rig.channel]


@pytest.mark.parametrize("name", PUSHED)
async def test_f02_killed_before_the_outcome_is_stored_there_is_no_second_post(
    name: str, tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as rig:
        claim = await claimed(rig)
        messenger = rig.deployment.app.channels.messengers()[Channel(rig.channel)]
        outcome = await messenger.send(claim.address, claim.prompt, claim.delivery.id)
        assert outcome.kind is OutcomeKind.ACCEPTED
        question = await after_the_crash(rig)

        assert (question.state, await rig.arrived()) == DELIVERED[rig.channel]
        assert rig.posts == 1


async def test_f10_a_crash_while_looking_changes_nothing_and_the_look_is_made_again(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        rig.fail(None, Failure.drop_after())
        await rig.ask()
        await rig.tried()
        app = rig.deployment.app
        app.dispatcher.stop()
        await rig.later(seconds=QUARANTINE)
        look = partial(lookups.take_unsettled, ctx=app.ctx, channels=(Channel.SLACK,), limit=9)
        assert len(await app.storage.write(look)) == 1
        assert await app.storage.write(look) == ()

        await rig.deployment.restart()
        await rig.later(seconds=QUARANTINE)
        question = await rig.ended()
        assert (question.state, rig.posts) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("name", PUSHED)
async def test_n05_a_500_before_delivery_ends_in_one_post_where_the_history_tells(
    name: str, tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as rig:
        rig.fail(telegram.SERVER_ERROR, Failure.status(500))
        await rig.ask()
        (tried,) = await rig.tried()
        assert (tried.kind, await rig.arrived()) == (OutcomeKind.UNKNOWN, 0)
        await rig.later(seconds=QUARANTINE)

        assert ((await rig.ended()).state, await rig.arrived()) == NOT_DELIVERED[rig.channel]


@pytest.mark.parametrize("acts", [True, False], ids=["delivered", "not_delivered"])
@pytest.mark.parametrize(
    "error", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"]
)
async def test_sl07_an_error_that_may_have_succeeded_is_looked_up_in_the_history(
    error: str, *, acts: bool, tmp_path: Path
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        rig.fail(None, Failure.error(error, acts=acts))
        await rig.ask()
        (tried,) = await rig.tried()
        assert (tried.kind, tried.reason) == (OutcomeKind.UNKNOWN, error)
        await rig.later(seconds=QUARANTINE)

        question = await rig.ended()
        assert (question.state, await rig.arrived()) == (DeliveryState.SENT, 1)
        assert (rig.posts, question.resends) == ((1, 0) if acts else (2, 1))


async def test_sl09_a_history_that_comes_in_small_pages_once_a_minute_is_read_to_its_end(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        slack = slack_of(rig)
        slack.page_size = 15
        rig.fail(None, Failure.drop_after())
        await rig.ask()
        await rig.tried()
        (question,) = slack.messages
        slack.messages += [
            Message(channel=question.channel, ts=slack.ts(), user="U1", text=f"{number}")
            for number in range(40)
        ]
        for minute in range(9):
            if minute % 2 == 0:
                slack.fail("conversations.history", Failure.rate_limited("60"))
            await rig.later(seconds=61)
            found = await rig.question()
            assert found is not None
            if found.state is DeliveryState.SENT:
                break

        assert ((await rig.ended()).state, rig.posts) == (DeliveryState.SENT, 1)


async def test_sl10_a_message_without_its_metadata_is_left_to_the_operator(tmp_path: Path) -> None:
    async with asking("slack-http", tmp_path) as rig:
        rig.fail(None, Failure.drop_after())
        await rig.ask()
        await rig.tried()
        slack_of(rig).messages[0].metadata = None
        await rig.later(seconds=QUARANTINE)

        question = await rig.ended()
        assert (question.state, rig.posts) == (DeliveryState.PARKED, 1)
        assert question.reason == "history_without_keys"


async def test_sl10_a_message_that_somebody_deletes_each_time_is_not_sent_for_ever(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        for _ in range(4):
            rig.fail(None, Failure.drop_after())
        await rig.ask()
        for tries in (1, 2):
            await rig.tried(tries)
            slack_of(rig).messages.clear()
            await rig.later(seconds=QUARANTINE)

        question = await rig.ended()
        assert (question.state, rig.posts) == (DeliveryState.PARKED, 2)
        assert (question.reason, question.resends) == ("absent_again", 1)
