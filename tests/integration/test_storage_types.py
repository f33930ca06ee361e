from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from storage.engine import parse, writing_engine
from storage.tables.columns import UtcDateTime
from tests.sqlite import migrated

SEOUL = timezone(timedelta(hours=9))
ROWS = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))
MOMENTS = [
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 11, 2, 9, tzinfo=UTC),
    datetime(2026, 11, 2, 9, 0, 0, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


def kept(url: str, *moments: datetime | None) -> list[datetime | None]:
    """Store the moments and read them back in the order of the database."""
    engine = writing_engine(parse(url), patience=1, size=1)
    try:
        with engine.begin() as connection:
            ROWS.metadata.create_all(connection)
            connection.execute(insert(ROWS), [{"at": moment} for moment in moments])
            return list(connection.scalars(select(ROWS.c.at).order_by(ROWS.c.at)))
    finally:
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return migrated(tmp_path / "a.sqlite3")
    made: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return made()


def test_moments_come_back_to_the_microsecond_and_in_order(url: str) -> None:
    assert kept(url, *reversed(MOMENTS)) == MOMENTS


def test_d10_moments_come_back_in_utc(url: str) -> None:
    (found,) = kept(url, datetime(2026, 11, 2, 18, tzinfo=SEOUL))

    assert found == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_no_moment_stays_none(url: str) -> None:
    assert kept(url, None) == [None]


def test_d10_a_naive_moment_is_refused(url: str) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        kept(url, datetime(2026, 11, 2, 9))  # noqa: DTZ001 - the point of the test
