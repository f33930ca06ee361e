"""Reading single answers ends in time: a reading that takes too long says so."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, literal, select

from storage.opening import open_storage
from storage.sql.statements import Statement
from surveys.errors import TooMuch
from surveys.ports import UnitOfWork
from tests.sqlite import migrated


def _endless() -> Statement:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    more = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 10**9))
    return Statement(select(func.count()).select_from(more))


@pytest.mark.parametrize("db", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_what_takes_too_long_is_ended_and_told(
    db: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if db == "sqlite":
        url = migrated(tmp_path / "a.sqlite3")
    else:
        url = request.getfixturevalue("postgres_url_factory")()

    def read(tx: UnitOfWork, statement: Statement, seconds: float) -> Any:
        session = tx.session  # type: ignore[attr-defined]  # of a SQL database
        with session.bounded(seconds):
            return session.scalar(statement)

    async with open_storage(url) as storage:
        with pytest.raises(TooMuch, match=r"in 0\.05 s"):
            await storage.read(lambda tx: read(tx, _endless(), 0.05))
        quick = Statement(select(literal(7)))
        assert await storage.read(lambda tx: read(tx, quick, 60.0)) == 7
