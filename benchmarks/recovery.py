"""Bench of coming back: killed with much waiting in the database, until ready again."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.databases import databases
from benchmarks.figures import Figure, in_turn
from benchmarks.processes import peer
from benchmarks.rig import aftertouch
from benchmarks.seeding import seeding, waiting_database, write_program
from benchmarks.sizes import Size

CLEAN = "after a clean stop"


async def recovery(size: Size, home: Path) -> AsyncIterator[Figure]:
    """Start after SIGKILL, beside a start after SIGTERM, with many invitations waiting; on each database."""
    program = write_program(home / "program.yaml")
    for db in size.databases:
        with ExitStack() as stack:
            url = await _filled(db, size, home, stack)
            async with peer("platform") as platform:

                async def ready(url: str = url, platform_port: int = platform.port) -> float:
                    async with aftertouch(url, program, platform_port) as served:
                        return served.ready_after

                async def after_a_kill(_: int, url: str = url, port: int = platform.port) -> float:
                    async with aftertouch(url, program, port) as served:
                        os.kill(served.pid, signal.SIGKILL)
                    return await ready()

                async def after_a_stop(_: int) -> float:
                    return await ready()

                rounds = await in_turn(size.starts, {"ours": after_a_kill, CLEAN: after_a_stop})
            yield rounds.figure("recovery", db=db, n=size.pending, unit="s", peer=CLEAN)


async def _filled(db: str, size: Size, home: Path, stack: ExitStack) -> str:
    if db == "sqlite":
        return await waiting_database(size, home)
    url = stack.enter_context(databases(db))()
    async with seeding(url) as seeder:
        await seeder.customers(size.customers)
        await seeder.pending(size.pending, size.customers)
    return url
