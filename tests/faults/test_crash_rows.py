"""Rows F03 to F07: real server processes that are killed, stopped and frozen in the middle of something."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from surveys.ports import SENDING_LEASE
from tests.e2e.deployment import daytime_zone, until
from tests.e2e.process import Server, serving
from tests.e2e.shop import Shop, bot, deliveries, opened, rows
from tests.e2e.slack_chat import SlackPlatform
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_customer import Customer
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import slow
from tests.faults.crashing import claiming, claims_that_never_end, post_unheard, stored

KILLED = -signal.SIGKILL
LEASE_SECONDS = SENDING_LEASE.total_seconds()


@asynccontextmanager
async def company(folder: Path, url: str, customers: int = 1) -> AsyncIterator[Shop]:
    """A server on this database with customers on Telegram."""
    async with (
        FakeTelegram() as telegram,
        serving(folder, AFTERTOUCH_DATABASE_URL=url, **bot(telegram)) as server,
    ):
        shop = await opened(server, telegram)
        await shop.joined(customers)
        yield shop


async def asked(shop: Shop, times: int = 1) -> None:
    async def so_often() -> bool:
        return len(shop.questions()) >= times

    await until(so_often)


async def restarted(server: Server) -> None:
    assert await server.end(signal.SIGKILL) == KILLED
    await server.start()


async def server_is_at_rest(shop: Shop) -> bool:
    """Wait until nothing is left to be sent, so that no second question can be on its way."""

    async def at_rest() -> bool:
        return not {"pending", "sending"} & set(deliveries(shop.server))

    return bool(await until(at_rest))


# --- F03: killed after the commit, before the 2xx -----------------------------------------------------


async def test_f03_an_event_whose_2xx_never_came_is_told_again_and_asks_once(
    tmp_path: Path, database_url: str
) -> None:
    async with company(tmp_path, database_url) as shop:
        case = shop.case(1)
        headers = {**shop.headers, "Content-Type": "application/json"}
        line = await post_unheard(shop.server, "/v1/events", case, headers)
        await stored(shop.server, "SELECT 1 FROM event WHERE source_id = 'e1'")
        await restarted(shop.server)
        line.close()

        assert await shop.tell(case) == "duplicate"
        await asked(shop)
        assert len(rows(shop.server, "SELECT 1 FROM inbox WHERE key = 'e1'")) == 1
        assert len(rows(shop.server, "SELECT 1 FROM invitation")) == 1
        assert await server_is_at_rest(shop)
    assert len(shop.questions()) == 1


async def test_f03_an_update_that_was_never_confirmed_comes_again_and_answers_once(
    tmp_path: Path, database_url: str
) -> None:
    async with company(tmp_path, database_url) as shop:
        await shop.tell(shop.case(1))
        await asked(shop)
        user = shop.telegram.user(1)
        await user.tap(user.last, "5")
        await stored(shop.server, "SELECT 1 FROM answer")
        assert await shop.server.end(signal.SIGKILL) == KILLED
        shop.telegram.updates.forget_confirmations()
        again = len(shop.telegram.updates.waiting)
        await shop.server.start()

        async def taken() -> bool:
            return not shop.telegram.updates.waiting

        await until(taken)
        await asked(shop, 2)
        assert await server_is_at_rest(shop)
        answers = rows(shop.server, "SELECT question, score, version FROM answer")
        inbox = rows(shop.server, "SELECT 1 FROM inbox WHERE source LIKE 'telegram:%'")
    assert [tuple(answer) for answer in answers] == [("score", 5, 1)]
    assert len(inbox) == again == 2, "her start and her tap"
    assert len(shop.questions()) == 2, "the question and the one for the reason"


async def test_f03_a_slack_tap_whose_ack_never_came_is_made_again_and_answers_once(
    tmp_path: Path, database_url: str
) -> None:
    async with FakeSlack() as slack:
        side = SlackPlatform(slack, socket=False)
        environ = {**side.environ, "AFTERTOUCH_DATABASE_URL": database_url}
        async with serving(tmp_path, **environ) as server:
            side.meet(server.url)
            shop = await opened(server, FakeTelegram())
            person = await slack_customer(shop, slack)
            await shop.tell(shop.case(1))

            async def asked_in_slack() -> bool:
                return bool(person.messages)

            await until(asked_in_slack)
            tap = person.tap(person.messages[0], person.messages[0].button("5"))
            body = (
                aiohttp.FormData({"payload": json.dumps(tap, ensure_ascii=False)})()
                .decode()
                .encode()
            )
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            line = await post_unheard(server, "/slack/events", body, kind | slack.sign(body))
            await stored(server, "SELECT 1 FROM answer")
            await restarted(server)
            line.close()

            assert (await person.send(tap, retry=1))[0] == 200

            async def asked_why() -> bool:
                return len(person.messages) >= 2

            await until(asked_why)
            assert await server_is_at_rest(shop)
            answers = rows(server, "SELECT question, score, version FROM answer")
    assert [tuple(answer) for answer in answers] == [("score", 5, 1)]
    assert len(person.messages) == 2, "the question and the one for the reason"


async def slack_customer(shop: Shop, slack: FakeSlack) -> Customer:
    """Somebody who is found in Slack by her verified address."""
    slack.person("U1", email="c1@example.com")
    at = datetime.now(UTC).isoformat()
    consent = {"purpose": "service_survey", "granted_at": at, "source": "web", "text_version": "1"}
    known = {"id": "c1", "timezone": daytime_zone(), "email": "c1@example.com"}
    await shop.post("/v1/customers", known | {"email_verified": True, "consent": [consent]})
    return Customer(slack, "U1")


# --- F04: killed after the 2xx -------------------------------------------------------------------------


async def test_f04_a_server_killed_between_event_and_question_asks_once(
    tmp_path: Path, database_url: str
) -> None:
    async with company(tmp_path, database_url) as shop:
        case = shop.case(1, due=timedelta(seconds=12))
        assert await shop.tell(case) == "new"
        assert await shop.server.end(signal.SIGKILL) == KILLED
        assert shop.questions() == []

        await shop.server.start()
        await asked(shop)
        assert await shop.tell(case) == "duplicate"
        assert await server_is_at_rest(shop)

    assert len(shop.questions()) == 1


# --- F05: killed while claiming ------------------------------------------------------------------------


async def test_f05_a_claim_that_was_cut_off_never_happened(
    tmp_path: Path, database_url: str
) -> None:
    async with company(tmp_path, database_url) as shop:
        async with claims_that_never_end(shop.server):
            await shop.tell(shop.case(1))
            await claiming(shop.server)
            assert await shop.server.end(signal.SIGKILL) == KILLED
        (left,) = rows(
            shop.server,
            "SELECT state, attempts, fence, started_at FROM delivery WHERE step = 'ask'",
        )
        tries = rows(
            shop.server,
            "SELECT 1 FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.step = 'ask'",
        )
        await shop.server.start()
        await asked(shop)
        assert await server_is_at_rest(shop)

    assert tuple(left) == ("pending", 0, 0, None)
    assert tries == []
    assert len(shop.questions()) == 1


# --- F06: stopped under load ---------------------------------------------------------------------------


async def test_f06_sigterm_under_load_ends_in_time_and_leaves_nothing_unknown(
    tmp_path: Path, database_url: str
) -> None:
    many = 36
    async with company(tmp_path, database_url, many) as shop:
        shop.telegram.fail("sendMessage", *[slow(0.4)] * many)
        async with asyncio.TaskGroup() as tasks:
            cases = [shop.case(number) for number in range(1, many + 1)]
            posts = [tasks.create_task(shop.tell(case)) for case in cases]
            await asked(shop, 3)
            code = await shop.server.end(signal.SIGTERM)
        states, log = deliveries(shop.server), shop.server.log
        before = len(shop.questions())
        shop.telegram._faults.clear()
        await shop.server.start()
        await asked(shop, many)
        assert await server_is_at_rest(shop)
        after = deliveries(shop.server)

    assert code == 0
    assert "Traceback" not in log, "something was cancelled in the middle"
    assert {post.result() for post in posts} == {"new"}
    assert before < many, "it ended before the load did"
    assert set(states) <= {"sent", "pending"}
    assert set(after) <= {"sent"}
    assert len({call.arguments["chat_id"] for call in shop.questions()}) == many


# --- F07: frozen for longer than the lease ------------------------------------------------------------


@pytest.mark.postgres
async def test_f07_a_worker_frozen_for_longer_than_its_lease_has_no_say_any_more(
    tmp_path: Path, postgres_url_factory: Callable[[], str]
) -> None:
    """It wakes up with the platform's answer in its hands, after another has given its request up."""
    url, other_home = postgres_url_factory(), tmp_path / "other"
    other_home.mkdir()
    async with company(tmp_path, url) as shop:
        frozen = shop.server
        shop.telegram.fail("sendMessage", slow(8))
        await shop.tell(shop.case(1))
        await asked(shop)
        frozen.send(signal.SIGSTOP)
        async with serving(other_home, AFTERTOUCH_DATABASE_URL=url, **bot(shop.telegram)) as other:
            given_up = await question(other, lambda row: row.state == "parked")
            frozen.send(signal.SIGCONT)
            late = await question(other, lambda row: row.ended_at != given_up.ended_at)
            assert await other.end(signal.SIGTERM) == 0

    assert tuple(given_up)[:5] == ("parked", "worker_lost", 1, 1, None)
    assert tuple(late)[:5] == tuple(given_up)[:5]
    assert late.told != "worker_lost", "the attempt keeps what became of its request"
    assert len(shop.questions()) == 1


async def question(server: Server, fact: Callable[[Any], bool]) -> Any:
    """Wait until the fact is true of the one question and its one attempt; return both as they were then."""
    async with asyncio.timeout(8 * LEASE_SECONDS):
        while True:
            (row,) = rows(
                server,
                """SELECT d.state, d.reason, d.attempts, d.fence, d.sent_at, a.ended_at, a.reason AS told
                   FROM delivery d JOIN attempt a ON a.delivery_id = d.id WHERE d.step = 'ask'""",
            )
            if fact(row):
                return row
            await asyncio.sleep(0.2)
