"""A recount agrees with what was counted at once, wherever months, quarters and years end, and however ids sort."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest

from storage.opening import open_storage
from storage.recounting import check, rebuild
from storage.tables.cubes import HISTOGRAM_MONTH, SIDE_HISTOGRAM_MONTH
from surveys.model import Answer, CountRule, Side
from surveys.ports import UnitOfWork
from surveys.service.recording import take_in
from surveys.service.recounting import Tagger
from tests.contract import examples as ex
from tests.sqlite import migrated

ENDS = (date(2025, 12, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))
SUBJECTS = 6


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return migrated(tmp_path / "windows.sqlite3")
    found: str = request.getfixturevalue("postgres_url")
    return found


def told() -> Iterator[Answer]:
    """Yield answers on both sides of each end, of few people, some at one instant, the oldest neither first nor last."""
    number = count()
    for subject in range(SUBJECTS):
        for end in (*ENDS[subject % 2 :], *ENDS[: subject % 2]):
            for days, name in ((1, "a"), (0, "B"), (0, "b"), (-subject, "c")):
                each = next(number)
                yield ex.answer(
                    f"{name}{each}",
                    invitation_id=f"{each}",
                    subject_id=f"s{subject}",
                    day=end + timedelta(days=days),
                    answered_at=ex.START + (end - ENDS[0]) + timedelta(days=days),
                    score=each % 11,
                    handler="mina" if each % 3 else None,
                    segments=(Side("plan", "gold" if subject % 2 else "free"),),
                )


def take_all(tx: UnitOfWork) -> None:
    for answer in told():
        for side in answer.sides:
            tx.counts.segment(side.attribute, side.value)
        tx.counts.add_scores(take_in(tx, answer))


def take_uncounted(tx: UnitOfWork) -> None:
    for answer in told():
        for side in answer.segments or ():
            tx.counts.segment(side.attribute, side.value)
        take_in(tx, answer)


def counted(tx: UnitOfWork) -> dict[str, int]:
    rules = (("all", ""), ("newest", ""), ("month", "2026-03"), ("quarter", "2026-Q1"))
    return {
        rule: sum(
            sum(row.counts)
            for row in tx.reports.scores(CountRule(rule), ENDS[0], ENDS[-1] + timedelta(1), period)
        )
        for rule, period in rules
    }


def test_a_recount_agrees_where_months_and_quarters_end(url: str) -> None:
    async def store() -> dict[str, int]:
        async with open_storage(url) as storage:
            await storage.write(take_all)
            return await storage.read(counted)

    kept = asyncio.run(store())

    assert check(url, Tagger(), lambda *_: None) == ()
    rebuild(url, Tagger(), lambda *_: None)

    async def look() -> dict[str, int]:
        async with open_storage(url, writable=False) as storage:
            return await storage.read(counted)

    assert asyncio.run(look()) == kept
    assert kept["newest"] == kept["quarter"] == SUBJECTS
    assert kept["month"] == SUBJECTS
    assert check(url, Tagger(), lambda *_: None) == ()


@pytest.mark.postgres
def test_a_recount_lays_rows_in_the_order_of_their_keys(postgres_url: str) -> None:
    async def store() -> None:
        async with open_storage(postgres_url) as storage:
            await storage.write(take_uncounted)

    asyncio.run(store())
    rebuild(postgres_url, Tagger(), lambda *_: None)

    with psycopg.connect(postgres_url.replace("+psycopg", "")) as db:
        for table in (SIDE_HISTOGRAM_MONTH, HISTOGRAM_MONTH):
            key = ", ".join(column.name for column in table.primary_key.columns)
            laid = f"SELECT {key} FROM {table.name} ORDER BY ctid"  # noqa: S608 our own tables; ctid: where a row lies
            rows = db.execute(laid).fetchall()
            assert len(rows) > SUBJECTS
            assert rows == sorted(rows), table.name
