"""What a monitor sees of what waits for an operator: ``/healthz`` and ``/metrics``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.alarms import Alarms, Told
from bot.metrics import Metrics
from storage.opening import open_storage
from surveys.service import operating
from tests.backlog import look_into, park
from tests.e2e.deployment import Deployment, Wall, deployed
from tests.world import World


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with deployed(url, {}) as running:
        yield running


async def fill(deployment: Deployment) -> None:
    """Put something to decide into the database while nothing runs on it."""
    await deployment.stop()
    async with open_storage(deployment.settings.database_url) as storage:
        await look_into(storage, await park(storage, Wall().now()))
    await deployment.start()


async def gauges(deployment: Deployment) -> dict[str, float]:
    async with deployment.http.get(f"{deployment.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    told = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    ours = ("aftertouch_unsettled", "aftertouch_dead", "aftertouch_sending")
    return {name: float(value) for name, _, value in told if name.startswith(ours)}


async def test_health_and_metrics_tell_what_waits_and_that_sending_is_held(
    deployment: Deployment,
) -> None:
    quiet = (await deployment.get("/healthz")).body
    await fill(deployment)
    app = deployment.app
    await app.storage.write(lambda tx: operating.hold(tx, app.ctx, "wrong price", "cli:x"))

    loud = (await deployment.get("/healthz")).body
    names = ("status", "unknown", "parked", "dead_letters", "held")
    assert [quiet[name] for name in names] == ["ok", 0, 0, 0, False]
    assert [loud[name] for name in names] == ["degraded", 1, 1, 1, True]
    assert await gauges(deployment) == {
        'aftertouch_unsettled{state="unknown"}': 1,
        'aftertouch_unsettled{state="parked"}': 1,
        "aftertouch_dead_letters": 1,
        "aftertouch_sending_held": 1,
    }


async def test_a_storage_that_does_not_answer_leaves_the_probe_its_answer(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    alarms = Alarms(storage=World(storage).storage, metrics=Metrics())
    await storage.close()

    assert await alarms.look() == Told()
