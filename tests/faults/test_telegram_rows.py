"""Rows TG01, TG05 to TG08 and TG26: what Telegram answers when we send."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from surveys.interview import Phase
from surveys.model import Delivery, DeliveryState
from surveys.pacing import Pacing
from surveys.ports import Storage
from tests.e2e.deployment import deployed, until
from tests.e2e.telegram_chat import telegram
from tests.fakes.telegram_faults import UNAUTHORIZED, Fault, flood, refuse
from tests.fakes.telegram_kit import notice
from tests.fakes.telegram_shop import Shop, shop

PENDING, SENT, FAILED = DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.FAILED
NOT_MODIFIED = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"


@pytest.fixture
async def opened(storage: Storage) -> AsyncIterator[Shop]:
    async with shop(storage, reminder=True) as made:
        yield made


def sends(made: Shop) -> int:
    return len(made.telegram.calls("sendMessage"))


# --- TG01 -----------------------------------------------------------------------------------------


async def test_tg01_a_flood_silences_the_whole_bot_and_loses_nothing(storage: Storage) -> None:
    """What was under way when it came is one burst; after that no request until the time is over."""
    async with shop(storage, pacing=Pacing()) as made:
        users = [await made.customer(f"c{n}", 100 + n) for n in range(50)]
        before = sends(made)
        made.telegram.fail("sendMessage", flood(3))
        for n in range(50):
            await made.world.happens("order.paid", f"c{n}", f"o{n}")

        await made.works()
        under_way = sends(made) - before
        await made.works(2)
        silent = sends(made) - before
        await made.works(60)

        questions = await made.deliveries(SENT)

    assert under_way == silent <= Pacing().account(questions[0].channel).burst
    assert sends(made) - before == 51
    assert [len(user.messages) for user in users] == [2] * 50
    assert {delivery.attempts for delivery in questions} == {1}


async def test_tg01_what_was_claimed_before_the_flood_is_not_sent_into_it(opened: Shop) -> None:
    user = await opened.customer()
    address = await opened.address(user)
    opened.telegram.fail("sendMessage", flood(3))
    messenger = opened.channel.messenger
    claimed = notice("안녕하세요")
    before = sends(opened)

    outcomes = [await messenger.send(address, claimed, "d") for _ in range(5)]

    assert sends(opened) - before == 1
    assert [(o.kind, o.retry_after, o.scope) for o in outcomes] == [("paused", 3.0, "account")] * 5
    edited = await messenger.edit(address, {"chat_id": 31, "message_id": 1}, claimed)
    assert (edited.kind, len(opened.telegram.calls("editMessageText"))) == ("paused", 0)
    await opened.later(seconds=3)
    assert (await messenger.send(address, claimed, "d")).kind == "accepted"


# --- TG05, TG06 -----------------------------------------------------------------------------------


async def test_tg05_a_block_fails_the_question_and_no_other_try_is_made(opened: Shop) -> None:
    user = await opened.customer()
    user.blocked = True
    await opened.world.happens("order.paid", "kim")
    await opened.works()
    before = sends(opened)
    await opened.later(hours=25)

    (failed,) = await opened.deliveries(FAILED)
    assert (failed.step, failed.reason, failed.attempts) == ("ask", "blocked", 1)
    assert not (await opened.address(user)).reachable
    assert (await opened.world.verdicts("kim"))[-1] == ("skipped", "blocked")
    assert sends(opened) == before


async def test_tg05_a_block_that_any_message_meets_cancels_the_reminder(opened: Shop) -> None:
    user = await opened.asked()
    user.blocked = True
    await user.say("/help")
    await opened.works(1)
    before = sends(opened)
    for _ in range(80):
        await opened.later(hours=1)

    assert [d.reason for d in await opened.deliveries(FAILED)] == ["blocked"]
    assert sends(opened) == before


async def test_tg05_unblocking_makes_the_person_reachable_again(opened: Shop) -> None:
    user = await opened.asked()
    await user.block()
    await opened.world.happens("support.solved", "kim", "ticket-1")
    await opened.works()
    held = (await opened.world.verdicts("kim"))[-1]
    before = sends(opened)
    await opened.later(days=31)
    await opened.world.happens("support.solved", "kim", "ticket-2")
    await opened.works()
    assert sends(opened) == before

    await user.unblock()
    await opened.works()

    assert held == ("held", "unreachable")
    assert (await opened.address(user)).reachable
    assert sends(opened) == before + 1
    assert len(user.last.labels[0]) == 7


async def test_tg06_a_chat_that_is_not_there_fails_at_once(opened: Shop) -> None:
    user = await opened.customer()
    opened.telegram.fail("sendMessage", refuse(400, "Bad Request: chat not found"))
    await opened.world.happens("order.paid", "kim")
    await opened.works()
    before = sends(opened)
    await opened.later(hours=25)

    (failed,) = await opened.deliveries(FAILED)
    assert (failed.reason, failed.attempts) == ("chat_not_found", 1)
    assert not (await opened.address(user)).reachable
    assert sends(opened) == before


# --- TG07 -----------------------------------------------------------------------------------------

SUPERGROUP = -1001234567890123  # 52 significant bits at most: Bot API, Chat.id


async def test_tg07_a_chat_that_moved_is_written_to_once_at_its_new_id(opened: Shop) -> None:
    user = await opened.customer()
    opened.telegram.move(user, SUPERGROUP)
    await opened.world.happens("order.paid", "kim")
    before = sends(opened)
    await opened.works(1)

    asked = opened.telegram.calls("sendMessage")[before:]
    assert [(c.arguments["chat_id"], c.acted) for c in asked] == [(31, False), (SUPERGROUP, True)]
    assert (await opened.address(user)).chat == str(SUPERGROUP)
    question = (await opened.deliveries(SENT))[-1]
    assert (question.step, question.ref) == (
        "ask",
        {"chat_id": SUPERGROUP, "message_id": user.last.message_id},
    )
    assert len(user.messages) == 2


async def test_tg07_a_chat_that_moves_round_in_circles_is_given_up(opened: Shop) -> None:
    await opened.customer()
    upgraded = "Bad Request: group chat was upgraded to a supergroup chat"
    moved = refuse(400, upgraded, migrate_to_chat_id=31)
    opened.telegram.fail("sendMessage", *[moved] * 20)
    await opened.world.happens("order.paid", "kim")
    before = sends(opened)
    await opened.works(30)

    assert sends(opened) - before == 2
    assert [d.reason for d in await opened.deliveries(FAILED)] == ["moved"]


# --- TG08 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", [UNAUTHORIZED, refuse(404, "Not Found")])
async def test_tg08_a_refused_token_holds_the_queue_until_it_works_again(
    opened: Shop, refused: Fault
) -> None:
    user = await opened.customer()
    opened.telegram.fail("sendMessage", refused, refused)
    with capture_logs() as logs:
        for subject in ("o1", "o2"):
            await opened.world.happens("order.paid", "kim", subject)
        await opened.works(30)
        red = opened.channel.health()
        held = await opened.deliveries(PENDING)
        tries = sends(opened)
        await opened.works(100)

    assert red == {
        "state": "red",
        "reason": "Telegram refuses AFTERTOUCH_TELEGRAM_TOKEN; was it revoked?",
    }
    assert [(d.state, d.attempts) for d in held] == [(PENDING, 0)]
    assert tries == 2, "the welcome and one question: nothing is tried while the queue is held"
    assert opened.channel.health() == {"state": "ok", "reason": ""}
    assert len(user.messages) == 2
    named = [line for line in logs if line["event"].startswith("channel ")]
    assert [line["event"] for line in named] == ["channel red", "channel works again"]
    assert named[0]["problem"] == red["reason"]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_tg08_a_revoked_token_is_seen_in_the_health_of_the_process(
    mode: str, database_url: str
) -> None:
    async with (
        telegram(mode) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        chat = await chats.join(deployment, "c1", "ko")
        await deployment.signed(deployment.event("c1"))
        chats.telegram.token = "7001:another"
        await chats.telegram.updates.close()
        await deployment.come_to_the_present()

        async def degraded() -> bool:
            health = (await deployment.get("/healthz")).body
            channel = health["channels"]["telegram"]
            return bool(health["status"] != "ok" and channel["state"] == "red")

        async def held() -> list[Delivery]:
            pending = await deployment.app.storage.read(
                lambda tx: tx.deliveries.in_state(PENDING, 9)
            )
            return [d for d in pending if d.reason == "unauthorized"]

        await until(degraded)
        (question,) = await until(held)
        assert await chat.see() == []

    assert (question.step, question.attempts) == ("ask", 0)


# --- TG26 -----------------------------------------------------------------------------------------


async def test_tg26_an_edit_that_changes_nothing_counts_as_made(opened: Shop) -> None:
    user = await opened.asked()
    opened.telegram.fail("editMessageText", refuse(400, NOT_MODIFIED))
    await user.tap(user.last, "4")
    await opened.works(1)

    edits = [d for d in await opened.deliveries() if d.target_id is not None]
    assert [(d.kind, d.state, d.attempts) for d in edits] == [("chosen", SENT, 1)]
    assert (await opened.interview(user)).phase is Phase.SCORED
