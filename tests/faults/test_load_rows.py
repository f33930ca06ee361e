"""More than can be taken: one busy customer, a flood of events, a database with no connection to spare."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import Any

import psycopg
import pytest
import structlog
from structlog.testing import capture_logs

from bot import prompt
from bot.caps import ACTS_AT_ONCE, ACTS_PER_SECOND
from surveys.language.texts import say
from tests.e2e.chats import seen, tap, waited
from tests.e2e.deployment import Deployment, Reply, deployed, until
from tests.e2e.platforms import platform

EVENTS, A_BATCH, AT_ONCE = 10_000, 25, 25
REFUSED = {429, 503}
"""Too many; and on a machine so slow that the database seems to stand."""

BATCH = "application/cloudevents-batch+json"
NOISE = {"telegram-polling": 1000, "telegram-webhook": 1000, "slack-http": 100, "webchat": 100}


CALLERS, PROMPTLY = 80, 60
"""Seconds in which all are answered; waiting for the lock in turn would take them minutes."""


# --- one customer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOISE)
async def test_tg24_a_customer_who_does_too_much_at_a_time_slows_nobody_down(
    name: str, database_url: str
) -> None:
    """Beyond the cap her acts are acknowledged and dropped; she is told once, and can always stop."""
    structlog.reset_defaults()
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        busy, quiet = [
            await chats.join(deployment, f"c{number}", "ko", number=number) for number in (1, 2)
        ]
        for number in (1, 2):
            about = {"id": f"e{number}", "subject": f"t{number}"}
            await deployment.signed(deployment.event(f"c{number}", **about))
        await deployment.come_to_the_present()
        (question,), (hers,) = await seen(busy, 1), await seen(quiet, 1)

        with capture_logs() as logs:
            began = deployment.clock.now()
            for number in range(NOISE[name]):
                await busy.press(question, question.token, "36"[number % 2])
            await tap(quiet, hers, "5")
            await seen(quiet, 2)
            slow = say("ko", "notice.slow")
            await waited(busy, lambda shown: any(each.text == slow for each in shown))
            await busy.type("그만")
            stopped = say("ko", "notice.stopped")
            shown = await waited(busy, lambda shown: any(each.text == stopped for each in shown))
            seconds = (deployment.clock.now() - began).total_seconds()
        handled = await acts_handled(deployment)

    assert [each.text for each in shown].count(slow) == 1
    told = "a customer does too much at a time; dropped"
    assert [line["event"] for line in logs].count(told) == 1
    others = 10  # joining, the quiet one's tap, the stop
    assert ACTS_AT_ONCE < handled <= ACTS_AT_ONCE + ACTS_PER_SECOND * (seconds + 1) + others


async def acts_handled(deployment: Deployment) -> float:
    async with deployment.http.get(f"{deployment.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("aftertouch_acts_tot"))


# --- a flood of events ----------------------------------------------------------------------------


def batches(deployment: Deployment) -> list[bytes]:
    """Ten thousand events, every hundredth of which asks somebody something."""
    at = deployment.clock.now().isoformat()

    def event(number: int) -> dict[str, Any]:
        kind = "support.solved" if number % 100 == 0 else "page.viewed"
        about = {"specversion": "1.0", "id": f"e{number}", "source": "/shop", "type": kind}
        customer = {"id": f"c{number // A_BATCH}"}
        return about | {"subject": f"s{number}", "time": at, "data": {"customer": customer}}

    return [
        json.dumps([event(number) for number in range(first, first + A_BATCH)]).encode()
        for first in range(0, EVENTS, A_BATCH)
    ]


def stored_events(url: str) -> int:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return int(file.execute("SELECT count(*) FROM event").fetchone()[0])
    with psycopg.connect(url) as server:
        row = server.execute("SELECT count(*) FROM event").fetchone()
    return int(row[0]) if row else 0


async def posted(deployment: Deployment, bodies: Sequence[bytes]) -> list[Reply]:
    """Post them all, as fast as so many connections can."""
    gate = asyncio.Semaphore(AT_ONCE)
    headers = {"Authorization": f"Bearer {deployment.key}", "Content-Type": BATCH}

    async def post(body: bytes) -> Reply:
        async with gate:
            return await deployment.send("/v1/events", body, headers)

    return list(await asyncio.gather(*(post(body) for body in bodies)))


async def test_i08_of_ten_thousand_events_at_once_none_is_lost(database_url: str) -> None:
    """Each is stored, or its sender hears that it is to try again; then that one is stored too."""
    async with deployed(database_url, {}) as deployment:
        waiting = batches(deployment)
        replies = await posted(deployment, waiting)
        at_first = Counter(reply.status for reply in replies)
        stored_at_first = stored_events(database_url)
        results = [reply.body["results"] for reply in replies if reply.status == 202]
        while any(reply.status in REFUSED for reply in replies):
            pairs = zip(waiting, replies, strict=True)
            waiting = [body for body, reply in pairs if reply.status in REFUSED]
            await asyncio.sleep(1)
            replies = await posted(deployment, waiting)
            assert {reply.status for reply in replies} <= {202, *REFUSED}
        stored = stored_events(database_url)

    assert at_first.keys() <= {202, *REFUSED}
    assert stored_at_first >= at_first[202] * A_BATCH
    assert {event["status"] for batch in results for event in batch} == {"new"}
    assert stored == EVENTS


# --- no connection to spare -----------------------------------------------------------------------


@asynccontextmanager
async def blocked(url: str) -> AsyncIterator[None]:
    """Somebody else holds what every write needs; whatever takes a connection keeps it."""
    async with await psycopg.AsyncConnection.connect(url) as rival:
        await rival.execute("LOCK TABLE event, inbox IN ACCESS EXCLUSIVE MODE")
        yield
        await rival.rollback()


@pytest.mark.postgres
async def test_d09_without_a_connection_to_spare_the_answer_is_503_at_once(
    postgres_url_factory: Callable[[], str],
) -> None:
    url, headers = postgres_url_factory(), {"Content-Type": "application/cloudevents+json"}
    async with deployed(url, {}) as deployment:
        headers |= {"Authorization": f"Bearer {deployment.key}"}

        about = [{"id": f"e{number}", "subject": f"t{number}"} for number in range(CALLERS)]
        bodies = [json.dumps(deployment.event("c1", **each)).encode() for each in about]

        async with blocked(url):
            async with asyncio.timeout(PROMPTLY):
                found = await asyncio.gather(
                    *(answered(deployment, each, headers) for each in bodies)
                )
        for body in bodies:
            await until(partial(taken, deployment, body, headers))

    assert {status for status, _ in found} <= {429, 503}
    assert (503, "5") in found
    assert all(retry_after for _, retry_after in found)
    assert stored_events(url) == CALLERS
    assert prompt.SECONDS < 5


async def taken(deployment: Deployment, body: bytes, headers: Mapping[str, str]) -> bool:
    """Hand in once more; what piled up behind the lock is worked off first."""
    status, _ = await answered(deployment, body, headers)
    assert status in {202, *REFUSED}
    return status not in REFUSED


async def answered(
    deployment: Deployment, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str | None]:
    url = f"{deployment.url}/v1/events"
    async with deployment.http.post(url, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")
