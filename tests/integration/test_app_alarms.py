"""What a monitor sees of what waits for an operator: ``/healthz`` and ``/metrics``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.alarms import Alarms, Told
from bot.metrics import Metrics
from storage.opening import open_storage
from surveys.model import DeliveryState
from surveys.service import operating
from tests.contract import examples as ex
from tests.e2e.deployment import Deployment, deployed
from tests.integration.test_cli_operators import LETTER
from tests.world import World


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", {}) as running:
        yield running


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
    app = deployment.app
    for number, state in enumerate((DeliveryState.UNKNOWN, DeliveryState.PARKED)):
        row = ex.delivery(f"d{number}", state=state, due_at=None)
        await app.storage.write(lambda tx, row=row: tx.deliveries.add(row))  # type: ignore[misc]  # a lambda with a default
    await app.storage.write(lambda tx: tx.inbox.add(LETTER))
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
