"""Benches of the console's pages over years of answers, and of counting them anew."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from typing import Final

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute

from benchmarks.asking import PERCENTILES, taken
from benchmarks.databases import databases
from benchmarks.figures import Figure
from benchmarks.history import make, program
from benchmarks.reports import AGGREGATE
from benchmarks.sizes import Size
from bot.clock import SystemClock
from bot.console.beside import Beside, Wanted, beside
from bot.console.routes import routes
from bot.console.words import PATHS
from bot.server import settle
from storage.engine import parse, reading_engine
from storage.opening import open_storage
from surveys.ports import Storage
from surveys.results import Query, ResultTable, run, run_all
from surveys.results.build import Further
from surveys.service.context import Context
from surveys.service.live import LiveProgram

_STAGE: Final = f"{PATHS['stage']}purchase"
PAGES: Final[Mapping[str, str]] = {
    "map": "/console",
    "map_by_segment": "/console?segment.region=region-03",
    "map_by_handler": "/console?handler=staff-3",
    "stage": _STAGE,
    "stage_by_segment": f"{_STAGE}?segment.region=region-03",
    "stage_by_handler": f"{_STAGE}?handler=staff-3",
}
NAMES: Final = (
    *(f"results_{page}_{which}" for page in PAGES for which in PERCENTILES),
    "results_growth",
    "results_rebuild",
)
_DAYS: Final = 90
_MS: Final = 1000
_SQL: Final = """
SELECT dimension.stage, dimension.instrument, answer.score, count(*)
FROM answer JOIN dimension ON dimension.id = answer.dimension_id
WHERE answer.day >= :since AND answer.score IS NOT NULL GROUP BY 1, 2, 3
"""


async def pages(size: Size) -> AsyncIterator[Figure]:
    """Ask for each page again and again, with each number of answers on each database."""
    for db in size.databases:
        slowest: dict[int, float] = {}
        with databases(db) as new:
            for answers in size.history:
                made = make(new(), answers, datetime.now(UTC).date())
                yield Figure(
                    name="results_rebuild", db=db, n=answers, unit="answers/s", ours=made.counted
                )
                async for figure in _asked(db, made.url, answers, size):
                    slowest[answers] = max(slowest.get(answers, 0.0), figure.ours)
                    yield figure
        yield Figure(
            name="results_growth",
            db=db,
            n=max(slowest),
            unit="x",
            ours=slowest[max(slowest)] / slowest[min(slowest)],
        )


async def _asked(db: str, url: str, answers: int, size: Size) -> AsyncIterator[Figure]:
    peer = _aggregate(url, size.rounds)
    async with _console(url) as app:
        for page, path in PAGES.items():
            for which, took in zip(PERCENTILES, await taken(app, path, size), strict=True):
                yield Figure(
                    name=f"results_{page}_{which}",
                    db=db,
                    n=answers,
                    unit="ms",
                    ours=took,
                    peer=peer,
                    peer_name=AGGREGATE,
                    ratio_peer=took / peer,
                )


@asynccontextmanager
async def _console(url: str) -> AsyncIterator[Starlette]:
    ctx = Context(
        clock=SystemClock(),
        live=LiveProgram(program()),
        salt="bench",
        new_id=str,
        new_token=str,
        rng=Random(1),  # noqa: S311 nothing is drawn from it
    )
    async with open_storage(url, writable=False) as storage:
        settle()
        yield Starlette(routes=_routes(storage, ctx))


def _routes(storage: Storage, ctx: Context) -> list[BaseRoute]:
    async def read(query: Query) -> ResultTable:
        return await storage.read(lambda tx: run(tx, ctx.program, query, ctx.now()))

    async def read_tables(queries: Sequence[Query], further: Further) -> tuple[ResultTable, ...]:
        return await storage.read(lambda tx: run_all(tx, ctx.program, queries, ctx.now(), further))

    async def find(wanted: Wanted) -> Beside:
        return await storage.read(lambda tx: beside(tx, ctx, wanted))

    async def admit(request: Request, scope: str) -> None:
        """Admit everybody."""

    return routes(
        read_results=read,
        require=admit,
        admit=admit,
        program=lambda: ctx.program,
        read_beside=find,
        read_tables=read_tables,
    )


def _aggregate(url: str, rounds: int) -> float:
    """Return what one plain aggregate over the same rows takes, in ms."""
    since: date = datetime.now(UTC).date() - timedelta(days=_DAYS)
    engine = reading_engine(parse(url), patience=30, size=1)
    taken = []
    with engine.connect() as connection:
        for _ in range(rounds + 1):
            begun = time.perf_counter()
            connection.execute(text(_SQL), {"since": since.isoformat()}).fetchall()
            taken.append((time.perf_counter() - begun) * _MS)
    engine.dispose()
    return median(taken[1:])
