"""Events over weeks become answers, the job looks at them, and the API shows the one stage that really got worse."""

import asyncio
import json
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from storage.opening import open_inline
from surveys.program import Program, default_program
from surveys.program.alerting import Alerting
from tests.commands import running_on
from tests.e2e.deployment import Deployment, deployed, until
from tests.world import World

SEOUL = ZoneInfo("Asia/Seoul")
WEEKS, A_WEEK = 9, 14
WORSE_FROM = 8
"""From this week on six of ten checkouts go wrong; before, and at support always, one of ten does."""


def watchful() -> Program:
    alerts = Alerting(false_alarm_weeks=26, destinations=("file:alerts/newest.html",))
    return default_program().model_copy(update={"alerts": alerts})


async def live(world: World) -> None:
    """Let customers buy and call for help for weeks up to yesterday, each once, and answer."""
    yesterday = datetime.now(SEOUL).date() - timedelta(days=1)
    numbers = count()
    for week in range(WEEKS):
        for place in range(A_WEEK):
            day = yesterday - timedelta(days=7 * (WEEKS - 1 - week) + 6 - place * 7 // A_WEEK)
            at = datetime.combine(day, time(10, 5 * (place % 12)), SEOUL).astimezone(UTC)
            number = next(numbers)
            wrong = (number * 7) % 10 < (6 if week >= WORSE_FROM else 1)
            await one(world, at, f"b{number}", "order.paid", "1" if wrong else "5")
            if week:
                score = "1" if number % 10 == 4 else "6"
                await one(world, at, f"s{number}", "support.solved", score)


async def one(world: World, at: datetime, name: str, kind: str, score: str) -> None:
    world.clock.at = at
    session = await world.browser(await world.customer(name))
    await world.happens(kind, name, subject=f"about {name}")
    await world.later(hours=1, minutes=1)
    await world.taps(session, score)


async def surges(deployment: Deployment) -> dict[tuple[str, str], Any]:
    reply = await deployment.get("/v1/analyses/surge")
    assert reply.status == 200, reply
    return {
        (analysis["stage"], series["instrument"]): series
        for analysis in reply.body["analyses"]
        for series in analysis["series"]
    }


async def analysed(deployment: Deployment) -> int:
    """Analyse now; return how many alerts are new."""
    counts = await deployment.app.analyst.analyse()
    deployment.app.loop.wake()
    return counts["alerts"]


@pytest.fixture
async def lived(sqlite_url: str) -> str:
    """A database of those weeks."""
    async with open_inline(sqlite_url) as storage:
        with storage.batch():
            await live(World(storage, watchful()))
    return sqlite_url


async def test_the_stage_that_got_worse_is_found_once_and_no_other(
    lived: str, tmp_path: Path
) -> None:
    pages = {"AFTERTOUCH_PAGES_FOLDER": str(tmp_path / "pages")}
    async with deployed(lived, pages, program=watchful()) as deployment:
        assert (await deployment.get("/v1/alerts")).body == {"alerts": []}
        assert await analysed(deployment) > 0

        found = await surges(deployment)
        status = {place: series["status"] for place, series in found.items()}
        assert status == {("purchase", "csat"): "alarm", ("retention", "ces2"): "watching"}
        alerts = (await deployment.get("/v1/alerts")).body["alerts"]
        assert found["purchase", "csat"]["alarms"] == alerts
        assert {(alert["stage"], alert["usual"]) for alert in alerts} == {("purchase", 0.1)}
        assert min(alert["bad"] / alert["answers"] for alert in alerts) > 0.3

        await deployment.restart()
        assert await analysed(deployment) == 0
        assert (await deployment.get("/v1/alerts")).body == {"alerts": alerts}
        assert (await surges(deployment))["purchase", "csat"]["status"] == "alarm"
        page = tmp_path / "pages" / "alerts" / "newest.html"
        await until(lambda: asyncio.to_thread(page.exists))
        told = await deployment.app.storage.read(lambda tx: tx.staff_messages.newest(9))
        assert [message.kind for message in told] == ["alert"]
        assert "답변이 나빠졌습니다" in page.read_text("utf-8")

    run = running_on(lived)
    listed = json.loads(await asyncio.to_thread(run, "alerts", "--json"))
    assert listed == {"alerts": alerts}
