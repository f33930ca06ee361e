"""SL rows over the whole application: what Slack repeats, refuses, slows down and takes away."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from surveys.model import Channel, DeliveryState
from surveys.ports import UnitOfWork
from surveys.service import operating
from surveys.service.outcomes import DEADLINE
from tests.e2e.chats import seen, tap, waited
from tests.e2e.deployment import until
from tests.e2e.slack_chat import SlackChat, SlackPlatform
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.slack_customer import Customer
from tests.faults.asking import Asking, asking

DONE = (200, "")


def slack_of(rig: Asking) -> FakeSlack:
    assert isinstance(rig.platform, SlackPlatform)
    return rig.platform.slack


def customer_of(rig: Asking) -> Customer:
    assert isinstance(rig.chat, SlackChat)
    return rig.chat.customer


async def answered(rig: Asking) -> int:
    """Count the scores that are stored."""
    today, days = rig.deployment.clock.now().date(), timedelta(days=2)
    read = rig.deployment.app.storage.read
    rows = await read(lambda tx: tx.reports.recount(today - days, today + days))
    return sum(sum(row.counts) for row in rows)


async def test_sl01_an_event_retried_while_its_ack_is_slow_has_one_effect(tmp_path: Path) -> None:
    """Slack begins a retry after three seconds, whether or not we are still at work on the first."""
    async with asking("slack-http", tmp_path) as rig:
        await rig.ask()
        await seen(rig.chat, 1)
        slack = slack_of(rig)
        payload = customer_of(rig).words("3")
        acks = await asyncio.gather(*(slack.deliver(payload, retry=n) for n in range(4)))
        await seen(rig.chat, 2)
        late = await slack.deliver(payload, retry=3)
        await rig.later(minutes=1)

        assert [*acks, late] == [DONE] * 5
        assert (await answered(rig), await rig.arrived()) == (1, 2)


async def test_sl02_acks_wait_for_the_commit_and_for_nothing_else(tmp_path: Path) -> None:
    """Every call to Slack that the acts lead to hangs to the end of its deadline; all acks come before one ends."""
    async with asking("slack-http", tmp_path) as rig:
        await rig.ask()
        (question,) = await seen(rig.chat, 1)
        slack, customer = slack_of(rig), customer_of(rig)
        for method in ("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open"):
            slack.fail(method, *[Failure.hang()] * 20)
        async with asyncio.timeout(DEADLINE.total_seconds()):
            await tap(rig.chat, question, "2")
            acks = [await customer.again() for _ in range(3)] + [await customer.say("5")]

        def stored(tx: UnitOfWork) -> bool:
            keys = [act["event_id"] for act in customer.inbox if "event_id" in act]
            source = f"slack:{slack.app}/{slack.team}"
            return bool(keys) and all(tx.inbox.find(source, key) for key in keys)

        kept = await rig.deployment.app.storage.read(stored)
        count = await answered(rig)

    assert acks == [DONE] * 4
    assert (kept, count) == (True, 1)


async def test_sl05_a_captured_request_replayed_within_five_minutes_changes_nothing(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        await rig.ask()
        await seen(rig.chat, 1)
        slack = slack_of(rig)
        body = json.dumps(customer_of(rig).words("3")).encode()
        captured = {"Content-Type": "application/json", **slack.sign(body)}
        first = await slack.post(body, captured)
        await seen(rig.chat, 2)
        await rig.later(minutes=4)
        fresh = await slack.post(body, captured)
        await rig.later(minutes=2)
        stale = await slack.post(body, captured)

        assert (first, fresh, stale[0]) == (DONE, DONE, 401)
        assert (await answered(rig), await rig.arrived()) == (1, 2)


async def test_sl06_a_429_in_one_conversation_leaves_the_others_at_work(tmp_path: Path) -> None:
    async with asking("slack-http", tmp_path) as rig:
        other = await rig.platform.join(rig.deployment, "c2", "ko", 2)
        event = rig.deployment.event("c2", id="e2", subject="ticket-2")
        assert (await rig.deployment.post("/v1/events", event)).status == 202
        rig.fail(None, Failure.rate_limited("600"))
        await rig.ask()

        async def both_posted() -> bool:
            return rig.posts == 2

        await until(both_posted)
        await rig.later(minutes=9)
        held = rig.posts
        await rig.later(minutes=2)
        await seen(rig.chat, 1)
        await seen(other, 1)

    assert (held, rig.posts) == (2, 3)
    channels = [call.args["channel"] for call in slack_of(rig).calls("chat.postMessage")]
    assert channels[0] == channels[2] != channels[1]


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "user_disabled"])
async def test_sl08_a_conversation_that_is_gone_fails_once_and_says_why(
    error: str, tmp_path: Path
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        rig.fail(None, Failure.error(error))
        await rig.ask()
        failed = await rig.ended()
        await rig.later(hours=1)
        verdicts = await rig.deployment.verdicts("c1")

        def address(tx: UnitOfWork) -> bool | None:
            found = tx.addresses.find(Channel.SLACK, slack_of(rig).team, "U1")
            return found.reachable if found else None

        reachable = await rig.deployment.app.storage.read(address)

    assert (failed.state, failed.reason, rig.posts) == (DeliveryState.FAILED, error, 1)
    assert ("support", "skipped", error) in verdicts
    assert reachable is False


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked"])
async def test_sl08_refused_credentials_turn_the_channel_red_and_hold_its_queue(
    error: str, tmp_path: Path
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        rig.fail(None, Failure.error(error))
        await rig.ask()
        health = await rig.is_red()
        held = await until(rig.waiting)
        posts = rig.posts
        await rig.later(minutes=2)
        asked = await rig.ended()
        recovered = await rig.health()

    assert error in health["reason"]
    assert (held.attempts, posts) == (0, 1)
    assert (asked.state, rig.posts) == (DeliveryState.SENT, 2)
    assert recovered == {"state": "ok", "reason": ""}


async def test_sl11_a_customer_whose_form_does_not_open_still_gets_to_write(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        await rig.ask()
        (question,) = await seen(rig.chat, 1)
        await tap(rig.chat, question, "2")
        _, reason = await seen(rig.chat, 2)
        slack = slack_of(rig)
        slack.fail("views.open", Failure.error("expired_trigger_id"))
        await tap(rig.chat, reason, "write")
        _, _, again = await seen(rig.chat, 3)
        assert (again.text, again.values) == (reason.text, reason.values)
        await tap(rig.chat, again, "write")

        async def opened() -> bool:
            return bool(slack.views)

        await until(opened)
        assert await customer_of(rig).submit(slack.views[0], text="사흘 늦었어요") == DONE
        await waited(rig.chat, lambda shown: len(shown) == 4)


async def test_sl11_while_sending_is_held_no_message_stands_in_for_a_form(tmp_path: Path) -> None:
    """What stands in for a form is a message like any other, no receipt: the form itself may open."""
    async with asking("slack-http", tmp_path) as rig:
        await rig.ask()
        (question,) = await seen(rig.chat, 1)
        await tap(rig.chat, question, "2")
        _, reason = await seen(rig.chat, 2)
        slack, app = slack_of(rig), rig.deployment.app
        await app.storage.write(lambda tx: operating.hold(tx, app.ctx, "wrong price", "cli:x"))
        slack.fail("views.open", Failure.error("expired_trigger_id"))
        await tap(rig.chat, reason, "write")
        await tap(rig.chat, reason, "write")

        async def opened() -> bool:
            return bool(slack.views)

        await until(opened)
        assert len(slack.calls("chat.postMessage")) == 2


REMOVED = ({"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}})


@pytest.mark.parametrize("event", REMOVED, ids=lambda event: str(event["type"]))
@pytest.mark.parametrize("name", ["slack-http", "slack-socket"])
async def test_sl15_once_the_app_is_removed_slack_is_called_no_more_and_the_queue_waits(
    name: str, event: dict[str, object], tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as rig:
        slack, customer = slack_of(rig), customer_of(rig)
        await customer.send(customer.event(event))
        calls = len(slack.journal)
        heard = await customer.say("도움말")
        await rig.ask(kept=1)
        await rig.deployment.customer("c2", email="other@example.com", email_verified=True)
        links = await rig.deployment.links("c2")
        await rig.later(hours=1)
        health, held, after = await rig.health(), await rig.question(), len(slack.journal)
        await rig.deployment.restart()
        await seen(rig.chat, 1)
        recovered = await rig.health()

    assert (calls, links["slack"]) == (after, {"matched": False})
    assert heard[0] == 200
    assert health["state"] == "red"
    assert "removed" in health["reason"]
    assert held is None or held.state is DeliveryState.PENDING
    assert recovered["state"] in ("ok", "starting")


async def test_sl15_after_a_restart_a_token_that_slack_still_refuses_is_red(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        slack, customer = slack_of(rig), customer_of(rig)
        await customer.send(customer.event({"type": "app_uninstalled"}))
        slack.fail("auth.test", Failure.error("account_inactive"))
        await rig.deployment.restart()
        await rig.ask()
        health = await rig.is_red()
        await rig.later(minutes=10)

    assert "account_inactive" in health["reason"]
    assert rig.posts == 0


async def test_sl19_a_user_of_another_workspace_with_the_same_id_is_nobody_we_asked(
    tmp_path: Path,
) -> None:
    async with asking("slack-http", tmp_path) as rig:
        await rig.ask()
        (question,) = await seen(rig.chat, 1)
        slack, own = slack_of(rig), customer_of(rig)
        stranger = Customer(slack, "U1", team="T0AWAY")
        theirs = SlackChat(slack, stranger)
        await tap(theirs, question, "1")
        await theirs.type("stop")
        strangers = await answered(rig)

        def people(tx: UnitOfWork) -> list[tuple[str | None, bool]]:
            found = (
                tx.addresses.find(Channel.SLACK, slack.team, user) for user in ("U1", "T0AWAY:U1")
            )
            every = [tx.people.get(address.person_id) for address in found if address]
            return [(one.external_id, one.opted_out_at is None) for one in every if one]

        known = await rig.deployment.app.storage.read(people)
        await tap(SlackChat(slack, own), question, "6")
        await waited(rig.chat, lambda shown: "change" in shown[0].values)

        assert strangers == 0
        assert known[0] == ("c1", True)
        assert "c1" not in [name for name, _ in known[1:]]
        assert await answered(rig) == 1
