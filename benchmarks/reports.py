"""Benches of reading results."""

import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.databases import databases
from benchmarks.figures import Figure, Measure, in_turn
from benchmarks.seeding import bench_program, seeding, waiting_database
from benchmarks.sizes import Size
from storage.opening import open_storage
from surveys.ports import Storage
from surveys.results import Query, run

AGGREGATE = "GROUP BY over the answers"
_SCHEME = "sqlite:///"
_MS = 1000
_DAYS = 90
_SQL = """
SELECT dimension.stage, dimension.instrument, answer.score, count(*)
FROM answer JOIN dimension ON dimension.id = answer.dimension_id
WHERE answer.day >= ? AND answer.score IS NOT NULL GROUP BY 1, 2, 3
"""


async def results(size: Size, home: Path) -> AsyncIterator[Figure]:
    """Read a table of results by stage, 90 days, from the counts, beside one aggregate of the answers."""
    with databases("sqlite") as new:
        url = new()
        file = url.removeprefix(_SCHEME)
        waiting = await waiting_database(size, home)
        shutil.copy(waiting.removeprefix(_SCHEME), file)
        async with seeding(url) as seeder:
            answered = await seeder.answered()
        async with open_storage(url, writable=False) as storage:
            with closing(sqlite3.connect(file)) as plain:
                contenders = {
                    "ours": _tables(storage, size.queries),
                    AGGREGATE: _aggregates(plain, size.queries),
                }
                rounds = await in_turn(size.rounds, contenders)
        yield rounds.figure("results", db="sqlite", n=answered, unit="ms", peer=AGGREGATE)


def _tables(storage: Storage, queries: int) -> Measure:
    program = bench_program()

    async def measure(_: int) -> float:
        now = datetime.now(UTC)
        begun = time.perf_counter()
        for _query in range(queries):
            await storage.read(lambda tx: run(tx, program, Query(since_days=_DAYS), now))
        return (time.perf_counter() - begun) / queries * _MS

    return measure


def _aggregates(plain: sqlite3.Connection, queries: int) -> Measure:
    since = date.today() - timedelta(days=_DAYS)  # noqa: DTZ011 a day more or less is all the same

    async def measure(_: int) -> float:
        begun = time.perf_counter()
        for _query in range(queries):
            plain.execute(_SQL, [since.isoformat()]).fetchall()
        return (time.perf_counter() - begun) / queries * _MS

    return measure
