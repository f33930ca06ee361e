"""Bench of sharing: two workers on one PostgreSQL beside one, each with the same questions to send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import psycopg

from benchmarks.databases import NewDatabase, databases
from benchmarks.figures import Figure, Measure, in_turn
from benchmarks.processes import peer
from benchmarks.rig import aftertouch
from benchmarks.seeding import seeding, write_program
from benchmarks.sizes import Size
from surveys.model import Channel

ONE = "one worker"
_AGO = timedelta(hours=1)
_PATIENCE = 600
_SENT = "SELECT count(*) FROM delivery WHERE state = 'sent'"
_TOOK = "SELECT extract(epoch FROM max(sent_at) - min(created_at)) FROM delivery"


async def two_workers(size: Size, home: Path) -> AsyncIterator[Figure]:
    """Questions a second, from the first that is due until the last has been sent."""
    program = write_program(home / "program.yaml")
    with databases("postgres") as new:
        async with peer("platform") as platform:

            def sending(workers: int) -> Measure:
                async def measure(_: int) -> float:
                    return await _rate(new, program, platform.port, workers, size.events)

                return measure

            rounds = await in_turn(size.starts, {"ours": sending(2), ONE: sending(1)})
    yield rounds.figure("two_workers", db="postgres", n=size.events, unit="questions/s", peer=ONE)


async def _rate(
    new: NewDatabase, program: Path, platform: int, workers: int, questions: int
) -> float:
    url = new()
    async with seeding(url, back=_AGO):
        pass  # the tables
    async with AsyncExitStack() as stack:
        for _ in range(workers):
            server = aftertouch(url, program, platform, TELEGRAM_PER_SECOND="1000", ROLES="worker")
            await stack.enter_async_context(server)
        async with seeding(url, back=_AGO) as seeder:
            await seeder.due_questions(Channel.TELEGRAM, questions)
        return questions / await _seconds_until_sent(url, questions)


async def _seconds_until_sent(url: str, questions: int) -> float:
    """Wait for the last; raises TimeoutError."""
    async with (
        asyncio.timeout(_PATIENCE),
        await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        while await _value(connection, _SENT) < questions:  # noqa: ASYNC110 it looks from outside
            await asyncio.sleep(0.1)
        return await _value(connection, _TOOK)


async def _value(connection: psycopg.AsyncConnection[tuple[float, ...]], query: str) -> float:
    row = await (await connection.execute(query)).fetchone()
    return float(row[0]) if row else 0.0
