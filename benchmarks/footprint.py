"""Benches of what a waiting server costs: memory, disk, and the time until it is ready."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from benchmarks.databases import databases
from benchmarks.figures import Figure, Rounds, in_turn
from benchmarks.processes import output, peer, seconds
from benchmarks.rig import aftertouch
from benchmarks.seeding import seeding, write_program
from benchmarks.sizes import Size

_SDKS = "telegram, slack_bolt.async_app, aiohttp, sqlmodel, psycopg, starlette, uvicorn, pydantic"
SDKS = "import of its SDKs"
JOBS = "APScheduler job each, in memory"
_RSS = (
    "import re;print(1024*int(re.search(r'VmRSS:\\s+(\\d+)',open('/proc/self/status').read())[1]))"
)
_JOB_RSS = """
import re
from datetime import UTC, datetime, timedelta
from apscheduler.schedulers.background import BackgroundScheduler
def rss():
    return 1024 * int(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])
scheduler = BackgroundScheduler()
scheduler.start(paused=True)
before, at = rss(), datetime.now(UTC) + timedelta(days=1)
for number in range({jobs}):
    scheduler.add_job(print, 'date', run_date=at, args=[f'invitation-{{number}}'])
print((rss() - before) / {jobs})
"""


class _Weighed:
    """Server starts of one kind, each noting its size once it is ready."""

    def __init__(self, url: str, program: Path, platform: int | None) -> None:
        self._started = partial(aftertouch, url, program, platform)
        self.sizes: list[float] = []

    async def ready(self, number: int) -> float:
        """Start, weigh, stop; return the seconds until it was ready."""
        async with self._started() as served:
            self.sizes.append(float(served.rss()))
            return served.ready_after


async def waiting(size: Size, home: Path) -> AsyncIterator[Figure]:
    """Start servers with nothing and with many invitations waiting, beside bare imports of their SDKs."""
    program = write_program(home / "program.yaml")
    async with AsyncExitStack() as stack:
        new = stack.enter_context(databases("sqlite"))
        urls = {"none": new(), "many": new()}
        for kind, url in urls.items():
            async with seeding(url) as seeder:
                await seeder.customers(size.customers)
                if kind == "many":
                    await seeder.pending(size.pending, size.customers)
        platform = await stack.enter_async_context(peer("platform"))
        servers = {kind: _Weighed(url, program, platform.port) for kind, url in urls.items()}
        web = _Weighed(urls["none"], program, None)
        times = await in_turn(
            size.starts,
            {
                **{kind: server.ready for kind, server in servers.items()},
                "web": web.ready,
                SDKS: lambda _: seconds(["-c", f"import {_SDKS}"]),
                "python -c pass": lambda _: seconds(["-c", "pass"]),
            },
        )
        weights = Rounds(
            {
                **{kind: tuple(server.sizes) for kind, server in servers.items()},
                "web": tuple(web.sizes),
                SDKS: await _weights(f"import {_SDKS};{_RSS}", size.starts),
                "python -c pass": await _weights(_RSS, size.starts),
            }
        )
        for figure in _said(size, urls, times, weights):
            yield figure
        yield await _memory(size, weights)


def _said(size: Size, urls: dict[str, str], times: Rounds, weights: Rounds) -> tuple[Figure, ...]:
    def start(kind: str, n: int, unit: str, taken: Rounds, name: str) -> Figure:
        return taken.figure(
            name, db="sqlite", n=n, unit=unit, ours=kind, peer=SDKS, limit="python -c pass"
        )

    return (
        start("none", 0, "s", times, "start"),
        start("many", size.pending, "s", times, "start"),
        start("none", 0, "bytes", weights, "serve_rss"),
        start("web", 0, "bytes", weights, "serve_rss_web_only"),
        Figure(
            name="disk_per_pending",
            db="sqlite",
            n=size.pending,
            ours=(_weight(urls["many"]) - _weight(urls["none"])) / size.pending,
            unit="bytes",
        ),
    )


async def _memory(size: Size, weights: Rounds) -> Figure:
    ours = (weights.middle("many") - weights.middle("none")) / size.pending
    peers = float(await output(["-c", _JOB_RSS.format(jobs=size.jobs)]))
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
            "python -c pass": lambda _: seconds(["-c", "pass"]),
        },
    )
    yield rounds.figure("help", db=None, n=1, unit="s", peer="import typer", limit="python -c pass")


async def _weights(program: str, times: int) -> tuple[float, ...]:
    return tuple([float(await output(["-c", program])) for _ in range(times)])


def _weight(url: str) -> int:
    file = Path(url.removeprefix("sqlite:///"))
    parts = (file.with_name(file.name + end) for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
