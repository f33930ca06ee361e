"""Benches of what a waiting server costs: memory, disk, and the time until it is ready."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.databases import databases
from benchmarks.figures import Figure, Rounds, in_turn
from benchmarks.processes import output, peer, seconds
from benchmarks.rig import aftertouch
from benchmarks.seeding import seeding, waiting_database, write_program
from benchmarks.sizes import Size

SDKS = "import of its SDKs"
NOTHING = "bare Python"
JOBS = "APScheduler job each, in memory"
_SDKS = "telegram, slack_bolt.async_app, aiohttp, sqlmodel, psycopg, starlette, uvicorn, pydantic"
_RSS = "print(1024 * int(open('/proc/self/status').read().split('VmRSS:')[1].split()[0]))"
_JOBS = """
from datetime import UTC, datetime, timedelta
from apscheduler.schedulers.background import BackgroundScheduler
from benchmarks.processes import rss_of
scheduler = BackgroundScheduler()
scheduler.start(paused=True)
before, at = rss_of('self'), datetime.now(UTC) + timedelta(days=1)
for number in range({jobs}):
    scheduler.add_job(print, 'date', run_date=at, args=[f'invitation-{{number}}'])
print((rss_of('self') - before) / {jobs})
"""


class _Server:
    """Starts of our server on one database, each weighed once it is ready."""

    def __init__(self, url: str, program: Path, platform: int) -> None:
        self._settings = url, program, platform
        self.sizes: list[float] = []

    async def ready(self, _: int) -> float:
        """Start, weigh, stop; return the seconds until it was ready."""
        async with aftertouch(*self._settings) as served:
            self.sizes.append(float(served.rss()))
            return served.ready_after


class _Program:
    """Runs of a Python program that prints its own size."""

    def __init__(self, program: str) -> None:
        self._program = program
        self.sizes: list[float] = []

    async def run(self, _: int) -> float:
        """Return the seconds it took."""
        begun = time.perf_counter()
        self.sizes.append(float(await output(["-c", self._program])))
        return time.perf_counter() - begun


async def waiting(size: Size, home: Path) -> AsyncIterator[Figure]:
    """Start servers with nothing and with many invitations waiting, beside bare imports of their SDKs."""
    program = write_program(home / "program.yaml")
    async with AsyncExitStack() as stack:
        new = stack.enter_context(databases("sqlite"))
        none, many = new(), await waiting_database(size, home)
        async with seeding(none) as seeder:
            await seeder.customers(size.customers)
        platform = await stack.enter_async_context(peer("platform"))
        empty = _Server(none, program, platform.port)
        full = _Server(many, program, platform.port)
        imports, bare = _Program(f"import {_SDKS}\n{_RSS}"), _Program(_RSS)
        times = await in_turn(
            size.starts,
            {"empty": empty.ready, "full": full.ready, SDKS: imports.run, NOTHING: bare.run},
        )
        parts: dict[str, _Server | _Program] = {
            "empty": empty,
            "full": full,
            SDKS: imports,
            NOTHING: bare,
        }
        weights = Rounds({name: tuple(part.sizes) for name, part in parts.items()})
        disk = (_weight(many) - _weight(none)) / size.pending
        for figure in (*_starts(size, times), *_weights(size, weights, disk)):
            yield figure
        yield await _memory(size, weights)


def _starts(size: Size, times: Rounds) -> tuple[Figure, ...]:
    return tuple(
        times.figure("start", db="sqlite", n=n, unit="s", ours=kind, peer=SDKS, limit=NOTHING)
        for kind, n in (("empty", 0), ("full", size.pending))
    )


def _weights(size: Size, weights: Rounds, disk: float) -> tuple[Figure, ...]:
    n = size.pending
    return (
        weights.figure(
            "serve_rss", db="sqlite", n=0, unit="bytes", ours="empty", peer=SDKS, limit=NOTHING
        ),
        Figure(name="disk_per_pending", db="sqlite", n=n, ours=disk, unit="bytes"),
    )


async def _memory(size: Size, weights: Rounds) -> Figure:
    ours = (weights.middle("full") - weights.middle("empty")) / size.pending
    peers = float(await output(["-c", _JOBS.format(jobs=size.jobs)]))
    return Figure(
        name="memory_per_pending",
        db="sqlite",
        n=size.pending,
        ours=ours,
        peer=peers,
        peer_name=JOBS,
        unit="bytes",
        ratio_peer=ours / peers,
    )


async def cli_help(size: Size) -> AsyncIterator[Figure]:
    """Time ``aftertouch --help``."""
    rounds = await in_turn(
        size.starts,
        {
            "ours": lambda _: seconds(["-m", "bot", "--help"]),
            "import typer": lambda _: seconds(["-c", "import typer"]),
            NOTHING: lambda _: seconds(["-c", "pass"]),
        },
    )
    yield rounds.figure("help", db=None, n=1, unit="s", peer="import typer", limit=NOTHING)


def _weight(url: str) -> int:
    file = Path(url.removeprefix("sqlite:///"))
    parts = (file.with_name(file.name + end) for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
