"""``aftertouch mydata``, ``erase`` and ``retention``, with a server and without one."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import SystemClock
from storage.opening import open_storage
from surveys.model import Purpose
from surveys.ports import UnitOfWork
from surveys.service.people import ConsentGiven, CustomerUpsert, upsert
from tests.contract import examples as ex
from tests.sqlite import migrated

CANARY = "canary"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERTOUCH_DATABASE_URL", migrated(tmp_path / "a.sqlite3"))
    return tmp_path


def kim(unit: UnitOfWork) -> None:
    now = SystemClock().now()
    consent = ConsentGiven(purpose=Purpose.SERVICE_SURVEY, at=now, source="shop", text_version="3")
    given = CustomerUpsert(
        id="kim",
        email=f"{CANARY}@example.com",
        email_verified=True,
        attributes={"name": CANARY},
        consents=(consent,),
    )
    ids = iter(("p1", "s1"))
    upsert(unit, given, now=now, new_id=lambda: next(ids))
    old = ex.stored_event("old", received_at=now - timedelta(days=500), person_id="p1")
    unit.events.add(old, reversing=False)


@pytest.fixture
def customer(home: Path) -> Path:
    asyncio.run(store(home))
    return home


async def store(home: Path) -> None:
    async with open_storage(f"sqlite:///{home / 'a.sqlite3'}") as storage:
        await storage.write(kim)


def run(*words: str, answer: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words], input=answer)
    return result.exit_code, result.output


def readable(home: Path) -> int:
    return sum(CANARY.encode() in file.read_bytes() for file in home.iterdir() if file.is_file())


def test_what_is_held_is_shown_in_words_and_as_json(customer: Path) -> None:
    code, words = run("mydata", f"{CANARY}@example.com", "--lang", "en")
    assert (code, "text version 3" in words, f"email={CANARY}@example.com" in words) == (
        0,
        True,
        True,
    )

    code, text = run("mydata", "kim", "--json")
    assert (code, json.loads(text)["customer"]["attributes"]) == (0, {"name": CANARY})


def test_the_consent_ledger_is_shown_in_words_and_as_json(customer: Path) -> None:
    code, words = run("consent", "kim", "--lang", "en")
    assert (code, "agreed to satisfaction surveys" in words, "source shop" in words) == (
        0,
        True,
        True,
    )

    code, text = run("consent", "kim", "--json")
    [entry] = json.loads(text)
    assert (code, entry["text_version"], entry["granted"]) == (0, "3", True)
    assert run("consent", "nobody")[0] == 1


def test_an_erasure_is_confirmed_and_leaves_no_byte(customer: Path) -> None:
    assert run("erase", "kim", answer="n\n")[0] == 1
    assert readable(customer)

    code, said = run("erase", "kim", "--lang", "en", answer="y\n")

    assert (code, "Erased." in said, readable(customer)) == (0, True, 0)
    assert run("erase", "kim", "--yes")[0] == 1


def test_retention_counts_first_and_takes_away_then(customer: Path) -> None:
    code, text = run("retention", "--dry-run", "--json")
    told = json.loads(text)
    assert (code, told["dry_run"], told["counts"]["events"]) == (0, True, 1)

    assert json.loads(run("retention", "--json")[1])["counts"]["events"] == 1
    code, lines = run("retention", "--dry-run")
    assert (code, lines.splitlines()[1].split()) == (0, ["events", "0"])
