"""After an erasure nothing of a customer can be read in database, logs or exports; her scores stay counted."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from surveys.language.texts import say
from surveys.model import CountRule
from tests.e2e.chats import Chat, seen, tap, waited
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.platforms import CHANNELS, platform
from tests.sqlite import migrated

CANARY = "canary"
SAID = "canary: 두 번이나 설명해야 했어요"
DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def database_url(request: pytest.FixtureRequest, home: Path) -> str:
    if request.param == "sqlite":
        return migrated(home / "a.sqlite3")
    new_url: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return new_url()


def in_files(folder: Path) -> dict[str, int]:
    counts = {f.name: f.read_bytes().count(CANARY.encode()) for f in folder.iterdir()}
    return {name: count for name, count in counts.items() if count}


def in_heap(url: str) -> dict[str, int]:
    """Return in which files of the database the canary can be read once its tables are written anew."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
        connection.execute("CHECKPOINT")
        found = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert found is not None
    return in_files(Path(found[0]) / "base" / str(found[1]))


async def readable(url: str, home: Path) -> dict[str, int]:
    return in_files(home) if url.startswith("sqlite") else in_heap(url)


async def counts(deployment: Deployment) -> Any:
    """Return every score count, kept and counted anew."""
    today = deployment.app.ctx.day(deployment.clock.now())
    since, until_day = today - timedelta(days=3), today + timedelta(days=3)

    def look(tx: Any) -> Any:
        kept = tx.reports.scores(CountRule.ALL, since, until_day)
        assert kept == tx.reports.recount(since, until_day)
        newest = tx.reports.scores(CountRule.NEWEST, since, until_day)
        return kept, newest, tx.reports.funnel(since, until_day)

    return await deployment.app.storage.read(look)


@asynccontextmanager
async def answered(name: str, url: str) -> AsyncIterator[tuple[Deployment, Chat]]:
    """A customer full of canaries who has answered; a neighbour; and an ask of hers that still waits."""
    async with (
        platform(name) as chats,
        deployed(url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, f"{CANARY}-c1", "ko")
        await deployment.customer(
            f"{CANARY}-c1",
            attributes={"name": f"{CANARY} 김하늘"},
            identifiers=[{"namespace": "crm", "value": f"{CANARY}-crm"}],
            email=f"{CANARY}-c1@example.com",
            email_verified=True,
        )
        about = {"customer": {"id": f"{CANARY}-c1"}, "refs": [f"{CANARY}-ref"], "amount": CANARY}
        event = deployment.event("", id=f"{CANARY}-e1", subject=f"{CANARY}-t1", data=about)
        assert (await deployment.post("/v1/events", event)).status == 202
        later = deployment.event(f"{CANARY}-c1", id=f"{CANARY}-e2", subject=f"{CANARY}-t2")
        assert (await deployment.post("/v1/events", later)).status == 202
        await deployment.come_to_the_present()
        (question,) = await seen(chat, 1)
        await tap(chat, question, "2")
        await seen(chat, 2)
        await chat.type(SAID)
        await seen(chat, 3)
        yield deployment, chat


@pytest.mark.parametrize("database_url", DATABASES, indirect=True)
@pytest.mark.parametrize("name", CHANNELS)
async def test_a_customer_sees_what_is_held_and_has_it_deleted(
    name: str, database_url: str, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with answered(name, database_url) as (deployment, chat):
        before = await counts(deployment)
        assert await readable(database_url, home)

        await chat.type("내 정보")
        (*_, shown) = await seen(chat, 4)
        assert all(part in shown.text for part in (SAID, f"crm={CANARY}-crm", f"{CANARY}-t1"))
        await chat.type("삭제해 주세요")
        (*_, menu) = await seen(chat, 5)
        await tap(chat, menu, "erase.yes")
        await waited(chat, lambda shown: shown[-1].text == say("ko", "notice.erased"))
        await deployment.pass_time(minutes=2)  # a browser may show it for a while

        async def gone() -> bool:
            return not await readable(database_url, home)

        assert await until(gone)
        assert await counts(deployment) == before
    out, err = capfd.readouterr()
    assert CANARY not in out + err


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_later_event_is_accepted_and_makes_nobody(database_url: str, home: Path) -> None:
    async with answered("webchat", database_url) as (deployment, chat):
        await chat.type("/delete")
        (*_, menu) = await seen(chat, 4)
        await tap(chat, menu, "erase.yes")
        event = deployment.event(f"{CANARY}-c1", id="e3", subject="t3")
        assert (await deployment.post("/v1/events", event)).status == 202

        assert await deployment.verdicts("t3") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_tap_no_deletion(database_url: str, home: Path) -> None:
    async with answered("telegram-webhook", database_url) as (_, chat):
        await chat.type("/delete")
        (*_, menu) = await seen(chat, 4)
        await tap(chat, menu, "erase.no")
        await waited(chat, lambda shown: shown[3].text == say("ko", "notice.kept"))
        await chat.type("/mydata")
        (*_, shown) = await seen(chat, 5)
        assert SAID in shown.text
