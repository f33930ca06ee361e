"""``aftertouch counts``: what is kept against the answers themselves."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from bot.cli import app
from storage.engine import parse
from storage.opening import open_inline, open_storage, prepare
from surveys.errors import AnotherWriter
from surveys.model import CountRule, Side
from surveys.ports import UnitOfWork
from tests.commands import refuse, running_on
from tests.programs import varied
from tests.sqlite import migrated
from tests.world import World

FAR = (date(2020, 1, 1), date(2030, 1, 1))
DATABASE = "AFTERTOUCH_DATABASE_URL"
PLAN = {"id": "plan", "label": {"ko": "요금제", "en": "Plan"}, "from": "customer.plan"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with one answer of a customer of a plan, in a case that somebody handled."""
    if request.param == "sqlite":
        place = migrated(tmp_path / "counts.sqlite3")
    else:
        place = request.getfixturevalue("postgres_url_factory")()
    prepare(place)
    asyncio.run(live(place))
    return place


async def live(place: str) -> None:
    async with open_storage(place) as storage:
        world = World(storage, varied(segments=[PLAN]))
        program = world.program
        await world.write(
            lambda tx: tx.programs.put(program.version, program.to_json(), world.clock.now())
        )
        session = await world.browser(await world.customer("kim", attributes={"plan": "gold"}))
        await world.happens("order.paid", "kim", handler="mina")
        await world.later(hours=2)
        await world.taps(session, "4")


def execute(url: str, statement: str) -> None:
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


async def counted(url: str) -> Any:
    def look(tx: UnitOfWork) -> Any:
        sides = (None, Side("plan", "gold"), Side("handler", "mina"))
        rules = ((CountRule.ALL, ""), (CountRule.NEWEST, ""), (CountRule.QUARTER, "2026-Q4"))
        scores = [tx.reports.scores(r, *FAR, p, side) for r, p in rules for side in sides]
        return scores, [tx.reports.funnel(*FAR, side) for side in sides]

    async with open_storage(url, writable=False) as storage:
        return await storage.read(look)


DAMAGE = (
    "UPDATE histogram SET s4 = s4 + 1 WHERE rule = 'all'",
    "UPDATE side_histogram SET quarter_s4 = 0",
    "UPDATE funnel SET started = 5",
    "UPDATE side_funnel SET answered = 7",
    "DELETE FROM funnel_month",
)


def test_damage_is_named_row_by_row_and_mended(url: str) -> None:
    before = asyncio.run(counted(url))
    for damage in DAMAGE:
        execute(url, damage)

    told = CliRunner().invoke(app, ("counts", "check", "--json"), env={DATABASE: url})
    mended = running_on(url)("counts", "rebuild")

    assert told.exit_code == 1
    found = {each["table"]: each for each in json.loads(told.stdout)["differences"]}
    assert found.keys() == {
        "histogram",
        "side_histogram",
        "funnel",
        "side_funnel",
        "funnel_month",
    }
    assert found["funnel_month"]["kept"] is None
    assert (found["funnel"]["kept"]["started"], found["funnel"]["anew"]["started"]) == (5, 1)
    assert mended.startswith("1 answers counted anew in ")
    assert asyncio.run(counted(url)) == before
    assert running_on(url)("counts", "check").splitlines() == ["0 differences"]


def test_a_file_that_a_server_owns_is_not_rebuilt(tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path / 'owned.sqlite3'}"

    async def while_owned(work: Callable[[], Any]) -> Any:
        async with open_inline(place):
            return work()

    prepare(place)
    error = asyncio.run(while_owned(lambda: refuse(place, "counts", "rebuild")))

    assert isinstance(error, AnotherWriter)
