"""Analyses over the API, by the commands ``analyse`` and ``alerts``, and how often they run."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import load
from bot.doors import ADMIN_HEADER
from bot.pace import Pace
from bot.server import admin_path
from storage.opening import open_storage
from surveys.errors import InvalidInput
from surveys.stored_analyses import KINDS
from tests.commands import refuse, running_on
from tests.contract.test_analyses import ALERT
from tests.e2e.deployment import Deployment, Reply, deployed
from tests.sqlite import migrated

QUIET = {"AFTERTOUCH_ANALYSES_EVERY": "never"}
SECOND = replace(ALERT, id="a2", stage="retention", at=ALERT.at + timedelta(days=1))


@pytest.fixture
async def database(sqlite_url: str) -> str:
    """One with two alerts."""
    async with open_storage(sqlite_url) as storage:
        await storage.write(lambda tx: tx.alerts.add(ALERT))
        await storage.write(lambda tx: tx.alerts.add(SECOND))
    return sqlite_url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return migrated(tmp_path / "aftertouch.sqlite3")


async def scoped(deployment: Deployment, scope: str) -> Callable[[str], Any]:
    key = (await deployment.post("/admin/keys", {"scopes": [scope]}, **admin(deployment))).body

    async def get(path: str) -> Reply:
        return await deployment.get(path, Authorization=f"Bearer {key['token']}")

    return get


def admin(deployment: Deployment) -> Mapping[str, str]:
    return {ADMIN_HEADER: deployment.app.admin_token}


async def test_the_api_tells_analyses_with_their_as_of_and_recipe(database: str) -> None:
    async with deployed(database, QUIET) as deployment:
        get = await scoped(deployment, "results:read")
        assert (await get("/v1/analyses")).body == {"analyses": []}
        posted = await deployment.post("/admin/analyses", {}, **admin(deployment))
        assert (posted.status, posted.body["counts"]["kinds"]) == (201, len(KINDS))

        overview = (await get("/v1/analyses")).body["analyses"]
        assert {each["kind"] for each in overview} == set(KINDS)
        whole = (await get("/v1/analyses/trend")).body
        one = (await get("/v1/analyses/trend?stage=purchase")).body
        (purchase,) = one["analyses"]
        assert purchase in whole["analyses"]
        assert (purchase["stage"], purchase["series"]) == ("purchase", [])
        assert purchase["recipe"]["k"] == 5
        assert purchase["as_of"] in {each["as_of"] for each in overview}
        assert one["methods"]["wilson"]["ko"] == "Wilson 구간"
        assert None not in [text for names in one["methods"].values() for text in names.values()]
        (paths,) = (await get("/v1/analyses/paths")).body["analyses"]
        assert paths["stage"] is None


async def test_the_api_tells_what_was_worked_out_for_filters(database: str) -> None:
    async with deployed(database, QUIET) as deployment:
        get = await scoped(deployment, "results:read")
        reasons = "/v1/analyses/reasons?channel=telegram"
        assert (await get(reasons)).status == 404
        body = {"where": {"channel": "telegram"}}
        posted = await deployment.post("/admin/analyses", body, **admin(deployment))
        assert (posted.status, posted.body["counts"]["kinds"]) == (201, 6)

        every, one = await get(reasons), await get(f"{reasons}&stage=purchase")

        assert one.body["analyses"][0] in every.body["analyses"]
        assert one.body["analyses"][0]["recipe"]["where"] == {"channel": "telegram"}
        wrong = {
            "/v1/analyses/surge?channel=telegram": 400,
            "/v1/analyses/conversion?channel=telegram": 400,
            "/v1/analyses/conversion?handler=jun": 404,
            "/v1/analyses/reasons?channel=pigeon": 400,
            "/v1/analyses/reasons?channel=slack": 404,
            "/v1/analyses/reasons?channel=slack&channel=telegram": 400,
            "/v1/analyses/reasons?period=2026-10": 400,
            "/v1/analyses/reasons?channel=slack&language=ko&handler=jun": 400,
        }
        assert {path: (await get(path)).status for path in wrong} == wrong
        refused = (await get("/v1/analyses/conversion?channel=telegram")).body["detail"]
        assert "hold no channel; only handler and segments" in refused
        trend = await get("/v1/analyses/trend?channel=telegram&stage=purchase")
        assert [each["series"] for each in trend.body["analyses"]] == [[]]
        for where in ({"channel": 1}, ["channel"], {"colour": "red"}):
            refused = await deployment.post(
                "/admin/analyses", {"where": where}, **admin(deployment)
            )
            assert refused.status == 400, refused.body


async def test_alerts_come_newest_first_and_as_many_as_asked_for(database: str) -> None:
    async with deployed(database, QUIET) as deployment:
        get = await scoped(deployment, "results:read")

        assert (await get("/v1/alerts")).body == {"alerts": [SECOND.to_json(), ALERT.to_json()]}
        assert (await get("/v1/alerts?limit=1")).body == {"alerts": [SECOND.to_json()]}


async def test_wrong_requests_are_told_what_is_wrong(database: str) -> None:
    async with deployed(database, QUIET) as deployment:
        get, other = await scoped(deployment, "results:read"), await scoped(deployment, "admin")
        writer = await scoped(deployment, "events:write")
        wrong = {
            "/v1/analyses/weather": 400,
            "/v1/analyses/trend?stage=nowhere": 404,
            "/v1/analyses/trend?color=red": 400,
            "/v1/analyses/paths?stage=purchase": 400,
            "/v1/alerts?limit=0": 400,
            "/v1/alerts?limit=²": 400,
            "/v1/alerts?limit=99999999999999": 400,
            "/v1/alerts?stage=x": 400,
        }
        assert {path: (await get(path)).status for path in wrong} == wrong
        assert "trend, paths" in (await get("/v1/analyses/weather")).body["detail"]
        assert (await other("/v1/alerts")).status == 200
        assert (await writer("/v1/alerts")).status == 403
        stranger = await deployment.post("/admin/analyses", {})
        assert stranger.status == 403
        unknown = await deployment.post("/admin/analyses", {"kinds": ["x"]}, **admin(deployment))
        assert (unknown.status, "'x' is none of trend" in unknown.body["detail"]) == (400, True)


def test_the_command_analyses_without_a_server(sqlite_url: str) -> None:
    run = running_on(sqlite_url)

    assert json.loads(run("analyse", "paths", "--json"))["kinds"] == 1
    assert run("analyse", "--lang", "en").startswith("8 kinds of analyses, ")
    assert run("analyse", "surge").startswith("분석 1종")
    assert isinstance(refuse(sqlite_url, "analyse", "weather"), SystemExit | InvalidInput)
    assert json.loads(run("analyse", "--where", "segment.tier=gold", "--json"))["kinds"] == 6
    assert isinstance(refuse(sqlite_url, "analyse", "--where", "gold"), SystemExit | InvalidInput)


async def test_the_command_lets_a_running_server_analyse(sqlite_url: str) -> None:
    async with deployed(sqlite_url, QUIET) as deployment:
        note = {"port": deployment.listener.getsockname()[1], "token": deployment.app.admin_token}
        admin_path(deployment.settings).write_text(json.dumps(note), "utf-8")
        said = await asyncio.to_thread(running_on(sqlite_url), "analyse", "trend", "--json")

        assert json.loads(said)["kinds"] == 1
        overview = (await deployment.get("/v1/analyses")).body["analyses"]
        assert {each["kind"] for each in overview} == {"trend"}


def test_the_command_tells_alerts(sqlite_url: str) -> None:
    run = running_on(sqlite_url)
    run("analyse", "surge")
    assert run("alerts") == "아직 알림이 없습니다.\n"

    async def store() -> None:
        async with open_storage(sqlite_url) as storage:
            await storage.write(lambda tx: tx.alerts.add(ALERT))

    asyncio.run(store())
    assert "9 of 14 answers" in run("alerts", "--lang", "en")
    assert json.loads(run("alerts", "--json")) == {"alerts": [ALERT.to_json()]}


@pytest.mark.parametrize(
    ("given", "every"),
    [
        ("nightly", Pace.NIGHTLY),
        ("never", Pace.NEVER),
        ("6h", timedelta(hours=6)),
        ("7d", timedelta(days=7)),
    ],
)
def test_the_pace_of_analyses_is_a_setting(given: str, every: object) -> None:
    assert load({"AFTERTOUCH_ANALYSES_EVERY": given}, None).analyses_every == every


@pytest.mark.parametrize("given", ["", "0h", "hourly", "6 h", "6m"])
def test_a_pace_that_is_none_is_named(given: str) -> None:
    with pytest.raises(InvalidInput, match="analyses_every: must be nightly, never, or like 6h"):
        load({"AFTERTOUCH_ANALYSES_EVERY": given}, None)
