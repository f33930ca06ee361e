"""Row D07: PostgreSQL crashes under load and comes back, six times."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import psycopg
import pytest

from storage.opening import prepare
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.telegram_chat import telegram
from tests.fakes.telegram import FakeTelegram
from tests.postgres import Postgres, running

pytestmark = pytest.mark.postgres

CRASHES = 6
CUSTOMERS = 12
SENDERS = 4
BETWEEN = 20
"""Events accepted from one crash to the next, so that each crash meets transactions under way."""


@pytest.fixture
def own_server(postgres_server: Postgres) -> Iterator[Postgres]:
    """A PostgreSQL that nobody else uses, where there is one at all."""
    with running() as postgres:
        yield postgres


class Senders:
    """Systems that hand each event in again until it is accepted; ``fates`` is what they were told."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._numbers = count(1)
        self.fates: dict[str, str] = {}
        self.refused = 0
        self.done = False

    async def run(self) -> None:
        while not self.done:
            await self._hand_in(next(self._numbers))

    async def _hand_in(self, number: int) -> None:
        customer = f"c{number % CUSTOMERS + 1}"
        event = self._deployment.event(customer, id=f"e{number}", subject=f"t{number}")
        event["time"] = (self._deployment.clock.now() - timedelta(hours=1)).isoformat()
        while (reply := await self._deployment.signed(event, once=True)).status != 202:
            assert reply.status == 503, reply
            self.refused += 1
            await asyncio.sleep(0.05)
        self.fates[event["id"]] = reply.body["results"][0]["status"]

    async def accept(self, more: int) -> None:
        wanted = len(self.fates) + more

        async def accepted() -> bool:
            return len(self.fates) >= wanted

        await until(accepted)


async def test_d07_six_crashes_under_load_lose_and_double_nothing(own_server: Postgres) -> None:
    """Whoever was refused, or never learned of a commit that was made, hands in again and is known."""
    url = own_server.url(own_server.create())
    prepare(url)
    async with (
        telegram("polling") as chats,
        deployed(url, chats.environ, prepare=chats.meet) as deployment,
    ):
        for number in range(1, CUSTOMERS + 1):
            await chats.join(deployment, f"c{number}", "ko", number)
        senders = Senders(deployment)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(SENDERS):
                tasks.create_task(senders.run())
            for _ in range(CRASHES):
                await senders.accept(BETWEEN)
                await asyncio.to_thread(own_server.crash_and_restart)
            await senders.accept(BETWEEN)
            senders.done = True
        deployment.clock.behind -= timedelta(
            minutes=2
        )  # whatever was claimed is settled or lost by now
        deployment.app.loop.wake()
        await until(lambda: nothing_under_way(url))

        asked = questions(chats.telegram)

    assert senders.refused, "no crash met a sender"
    assert set(senders.fates.values()) <= {"new", "duplicate"}
    events = "SELECT key, count(*) FROM inbox WHERE source LIKE 'event:%' GROUP BY key"
    assert ledger(url, events) == dict.fromkeys(senders.fates, 1)
    assert ledger(url, "SELECT source_id, count(*) FROM event GROUP BY source_id") == dict.fromkeys(
        senders.fates, 1
    )
    assert_ledger_is_journal(url, asked)


def ledger(url: str, query: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return {str(key): int(number) for key, number in connection.execute(query.encode())}


QUESTIONS = (
    "FROM delivery JOIN address ON address.id = address_id WHERE step = 'ask' AND kind = 'question'"
)


async def nothing_under_way(url: str) -> bool:
    return not ledger(
        url, f"SELECT chat, 1 {QUESTIONS} AND delivery.state IN ('pending', 'sending')"
    )


def questions(fake: FakeTelegram) -> Counter[str]:
    sent = [call for call in fake.calls("sendMessage") if call.arguments.get("reply_markup")]
    return Counter(str(call.arguments["chat_id"]) for call in sent if call.acted)


def assert_ledger_is_journal(url: str, asked: Counter[str]) -> None:
    """What stands as sent arrived, nothing arrived twice, and what else arrived stands as unknown."""
    sent = ledger(
        url, f"SELECT chat, count(*) {QUESTIONS} AND delivery.state = 'sent' GROUP BY chat"
    )
    unproven = "delivery.state IN ('unknown', 'parked')"
    unknown = ledger(url, f"SELECT chat, count(*) {QUESTIONS} AND {unproven} GROUP BY chat")
    assert set(asked.values()) == {1}
    assert sent.keys() <= asked.keys() <= sent.keys() | unknown.keys()
    assert not sent.keys() & unknown.keys()
