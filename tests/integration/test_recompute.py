"""An independent script works out every figure from the raw answers, on both databases."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.opening import open_storage
from surveys.model import Channel, Side
from surveys.ports import Storage
from surveys.program import Program
from surveys.results import Query, parse_query, run
from tests import recompute
from tests.asked import Ask, ask, many
from tests.programs import varied
from tests.sqlite import migrated

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
PROGRAM = varied(
    segments=[{"id": "tier", "label": {"ko": "등급", "en": "Tier"}, "from": "customer.tier"}]
)
QUERIES = (
    {"since": "90d", "compare": "previous", "weights": "response"},
    {"since": "90d", "by": "touchpoint", "compare": "others"},
    {"period": "2026-10", "compare": "previous", "channel": "webchat"},
    {"period": "2026-Q3", "by": "touchpoint", "compare": "2026-Q2"},
    {"period": "2026-Q3", "stage": "purchase", "compare": "2026-Q2"},
    {"period": "2026-Q3", "by": "touchpoint", "instrument": "csat", "compare": "others"},
    {"from": "2026-08-10", "to": "2026-10-20", "compare": "previous"},
    {"from": "2026-08-10", "to": "2026-10-20", "compare": "others", "language": "ko"},
    {"since": "60d", "segment.tier": "silver", "by": "touchpoint", "compare": "previous"},
    {"since": "90d", "handler": "minji"},
    {"since": "90d", "handler": "minji", "segment.tier": "silver"},
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return migrated(tmp_path / "past.sqlite3")
    new_url: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return new_url()


def past(program: Program) -> list[Ask]:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    asks = many(program, first=first, days=266, seed=5, count=900)
    return [*(replace(each, reason=reason(each)) for each in asks), *busy()]


def busy() -> list[Ask]:
    """Return asks for support of six customers of each channel, tier and handler: enough for two filters at once."""
    return [
        Ask(
            customer=f"{channel} {tier} {handler} {number}",
            trigger="support",
            at=datetime(2026, 11, 1 + number, 3, tzinfo=UTC),
            score=2 + number % 5,
            channel=channel,
            language=("ko", "en")[number % 2],
            segments=(Side("tier", tier),),
            handler=handler,
        )
        for channel in (Channel.WEBCHAT, Channel.TELEGRAM)
        for tier in ("gold", "silver", "bronze")
        for handler in ("minji", "jun", None)
        for number in range(6)
    ]


def reason(each: Ask) -> str | None:
    """Return what a customer taps below a low score for support."""
    low = each.trigger == "support" and each.score is not None and each.score <= 3
    return "waiting" if low else None


async def write(storage: Storage, parameters: dict[str, str], path: Path) -> None:
    query = parse_query(parameters)
    table = await storage.read(lambda tx: run(tx, PROGRAM, query, NOW))
    path.write_text(json.dumps(table.to_json()))  # noqa: ASYNC240 a test's own file


async def test_every_figure_is_worked_out_anew_from_the_answers(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [tmp_path / f"{number}.json" for number, _ in enumerate(QUERIES)]
    async with open_storage(url) as storage:
        await ask(storage, PROGRAM, past(PROGRAM))
        for parameters, path in zip(QUERIES, results, strict=True):
            await write(storage, parameters, path)

    for parameters, path in zip(QUERIES, results, strict=True):
        code = recompute.main([url, str(path)])
        told = json.loads(capsys.readouterr().out)
        assert (code, told["different"]) == (0, []), parameters
        assert told["figures"] == told["equal"] > 10, parameters
    tables = [json.loads(path.read_text()) for path in results]
    assert any(row["pain"] for table in tables for row in table["rows"])


async def test_a_figure_that_was_tampered_with_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, path = migrated(tmp_path / "past.sqlite3"), tmp_path / "results.json"
    async with open_storage(url) as storage:
        await ask(storage, PROGRAM, past(PROGRAM)[:400])
        table = (
            await storage.read(lambda tx: run(tx, PROGRAM, Query(since_days=365), NOW))
        ).to_json()
    row = next(row for row in table["rows"] if row["n"])
    row["score"] += 1e-6
    path.write_text(json.dumps(table))

    assert recompute.main([url, str(path)]) == 1
    (different,) = json.loads(capsys.readouterr().out)["different"]
    assert (different["figure"], different["stated"]) == ("score", row["score"])
    assert recompute.main([url, str(tmp_path / "none.json")]) == 2
    assert recompute.main([]) == 2
