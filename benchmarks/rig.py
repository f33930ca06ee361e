"""The servers of one database side by side: ours as a deployment runs it, and what it is compared with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.databases import NewDatabase
from benchmarks.figures import Measure
from benchmarks.load import drive
from benchmarks.peers import BOT, BOT_TOKEN, SIGNING_SECRET
from benchmarks.processes import Served, free_port, peer, serving
from benchmarks.seeding import Question, seeding, write_program
from benchmarks.sizes import Size
from benchmarks.wire import EVENTS_SECRET, WEBHOOK_SECRET
from surveys.model import Channel

Check = Callable[[Sequence[bytes]], None]
"""Looks at a round's replies and raises AssertionError where a request was not carried out."""

_AGO = timedelta(hours=1)
INSERT = "same server, one committed insert"
NOOP = "raw ASGI no-op"


def nothing(replies: Sequence[bytes]) -> None:
    """Check nothing: a peer's every 2xx is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Running servers of one kind of database, ours filled with customers and open questions."""

    db: str
    url: str
    size: Size
    ours: Served
    insert: Served
    noop: Served
    bolt: Served
    questions: Mapping[Channel, Sequence[Question]]

    def load(
        self, served: Served, requests: Callable[[int], Sequence[bytes]], check: Check = nothing
    ) -> Measure:
        """Return a measure of requests a second; the requests are made before the clock runs."""

        async def measure(number: int) -> float:
            driven = await drive(served.port, requests(number), self.size.connections)
            check(driven.replies)
            return driven.rate

        return measure


def environ(
    url: str, program: Path, port: int, platform: int | None, **more: str
) -> dict[str, str]:
    """Return the settings of ``aftertouch serve``; with a platform's port, Telegram and Slack are on."""
    settings = {
        "DATABASE_URL": url,
        "PROGRAM": str(program),
        "PORT": str(port),
        "EVENTS_SECRET": EVENTS_SECRET,
    }
    if platform is not None:
        root = f"http://127.0.0.1:{platform}"
        settings |= {
            "TELEGRAM_TOKEN": f"{BOT}:bench",
            "TELEGRAM_BASE_URL": f"{root}/bot",
            "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_BASE_URL": f"{root}/api/",
        }
    return {f"AFTERTOUCH_{name}": value for name, value in (settings | more).items()}


@asynccontextmanager
async def aftertouch(
    url: str, program: Path, platform: int | None, **more: str
) -> AsyncIterator[Served]:
    """Run ``aftertouch serve``, with ``more`` settings, until leaving; it is up when ``/readyz`` says so."""
    port = free_port()
    settings = environ(url, program, port, platform, **more)
    async with serving(["bot", "serve"], port=port, path="/readyz", environ=settings) as served:
        yield served


@asynccontextmanager
async def rig(
    db: str, new: NewDatabase, home: Path, size: Size, channels: Sequence[Channel]
) -> AsyncIterator[Rig]:
    """Fill a database, then start ours and the peers on it and beside it."""
    url, program = new(), write_program(home / "program.yaml")
    needed = size.answers * size.rounds
    async with seeding(url, back=_AGO) as seeder:
        questions = {c: await seeder.open_questions(c, needed) for c in channels}
        await seeder.customers(size.customers)
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(peer("platform"))
        servers = (
            aftertouch(url, program, platform.port),
            peer("insert", new()),
            peer("noop"),
            peer("bolt"),
        )
        started = (stack.enter_async_context(server) for server in servers)
        ours, insert, noop, bolt = await asyncio.gather(*started)
        yield Rig(
            db=db,
            url=url,
            size=size,
            ours=ours,
            insert=insert,
            noop=noop,
            bolt=bolt,
            questions=questions,
        )
