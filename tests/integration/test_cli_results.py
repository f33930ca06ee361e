"""``aftertouch results`` on a real database: filters, comparisons, weights, and the attack on what it hides."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.opening import open_storage
from tests.asked import ask, many
from tests.commands import Run, running_on
from tests.programs import varied
from tests.sqlite import migrated

PROGRAM = varied(
    segments=[{"id": "tier", "label": {"ko": "등급", "en": "Tier"}, "from": "customer.tier"}]
)


async def past(url: str) -> None:
    first = datetime.now(UTC) - timedelta(days=100)
    async with open_storage(url) as storage:
        await ask(storage, PROGRAM, many(PROGRAM, first=first, days=100, seed=3, count=400))
        await storage.write(lambda tx: tx.notes.set("program", PROGRAM.version))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with a hundred days behind it."""
    url = migrated(tmp_path_factory.mktemp("results") / "past.sqlite3")
    asyncio.run(past(url))
    return url


@pytest.fixture
def run(database: str) -> Run:
    return running_on(database)


def test_every_option_narrows_the_table(run: Run) -> None:
    told = {
        option: json.loads(run("results", "--format", "json", *option.split()))
        for option in (
            "--since 100d",
            "--since 100d --segment tier=silver",
            "--since 100d --handler minji",
            "--since 100d --survey support-ces",
        )
    }
    invited = {option: table["totals"]["invited"] for option, table in told.items()}

    assert len(set(invited.values())) == 4
    assert max(invited, key=lambda option: invited[option]) == "--since 100d"
    assert told["--since 100d --segment tier=silver"]["filters"] == {"segment.tier": "silver"}


def test_the_terminal_shows_change_weights_and_weeks(run: Run) -> None:
    table = run(
        "results",
        "--since",
        "45d",
        "--compare",
        "previous",
        "--weights",
        "response",
        "--lang",
        "en",
    )
    days = run("results", "--from", "2026-01-01", "--to", "2026-01-31", "--compare", "others")

    for heading in ("Change", "95% interval of change", "Weighted score", "Last 12 weeks", "All"):
        assert heading in table
    assert any(bar in table for bar in "▁▂▃▄▅▆▇█")
    assert "다른 모든 단계와 비교" in days
    assert "한쪽의 답변이 너무 적거나 없어 비교하지 않습니다" in days


def test_the_same_row_in_json_and_csv(run: Run) -> None:
    given = ("results", "--since", "60d", "--compare", "previous", "--format")
    (row, *_) = json.loads(run(*given, "json"))["rows"]
    (line, *_) = csv.DictReader(io.StringIO(run(*given, "csv")))

    assert json.loads(line["change"]) == row["change"]
    assert json.loads(line["recipe"]) == row["recipe"]
    assert float(line["score"]) == row["score"]


def test_an_attack_from_the_command_line_tells_nothing(run: Run) -> None:
    told = json.loads(run("results", "--audit", "--since", "20d", "--stage", "purchase"))

    assert told["told"] == []
    assert 0 < told["hiding"] <= told["tables"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("--segment tier", "--segment"),
        ("--segment tier=gold --segment tier=silver", "--segment tier"),
        ("--segment tier=none", "--segment tier"),
        ("--from 2026-01-01", "--to"),
        ("--compare later", "--compare"),
        ("--handler nobody", "--handler"),
    ],
)
def test_a_bad_option_is_named(database: str, options: str, named: str) -> None:
    result = CliRunner().invoke(
        app,
        ["results", *options.split()],
        env={"AFTERTOUCH_DATABASE_URL": database, "COLUMNS": "200"},
    )

    assert result.exit_code == 2
    assert f"Invalid value for {named}" in result.output


def test_a_segment_that_the_program_lacks_is_told_with_those_it_has(database: str) -> None:
    result = CliRunner().invoke(
        app,
        ["results", "--segment", "region=seoul"],
        env={"AFTERTOUCH_DATABASE_URL": database, "COLUMNS": "200"},
    )

    assert result.exit_code == 2
    assert "the program declares no segment 'region'; it declares: tier" in result.output
