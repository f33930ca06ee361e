"""``python -m benchmarks``: measures, and prints one JSON line a figure."""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvloop

from benchmarks.console import NAMES as CONSOLE
from benchmarks.console import console
from benchmarks.databases import databases
from benchmarks.figures import Figure
from benchmarks.footprint import cli_help, waiting
from benchmarks.neighbours import noisy_customer, slack_ack_p99
from benchmarks.pages import NAMES as PAGES
from benchmarks.pages import pages
from benchmarks.recovery import recovery
from benchmarks.reports import results
from benchmarks.rig import Rig, rig
from benchmarks.sizes import SIZES, Size
from benchmarks.traffic import answers, events_accepted, events_batched
from benchmarks.workers import two_workers
from surveys.model import Channel

Traffic = Callable[[Rig], AsyncIterator[Figure]]

_ANSWERS = {f"answers_{channel.value}": channel for channel in Channel}
_TRAFFIC: dict[str, Traffic] = {
    "events_accepted": events_accepted,
    "events_batched": events_batched,
    **{name: partial(answers, channel=channel) for name, channel in _ANSWERS.items()},
}
_OF_SLACK: dict[str, Traffic] = {
    "slack_ack_p99": slack_ack_p99,
    "noisy_customer": noisy_customer,
}
_TRAFFIC |= _OF_SLACK
_WAITING = ("start", "serve_rss", "memory_per_pending", "disk_per_pending")
NAMES = (*_TRAFFIC, *_WAITING, "help", "results", *PAGES, *CONSOLE, "recovery", "two_workers")


async def measure(size: Size, wanted: Sequence[str], home: Path) -> AsyncIterator[Figure]:
    """Yield the figures of the wanted names as they are taken."""
    groups: dict[tuple[str, ...], Callable[[], AsyncIterator[Figure]]] = {
        tuple(_TRAFFIC): lambda: _traffic(size, wanted, home),
        _WAITING: lambda: waiting(size, home),
        ("help",): lambda: cli_help(size),
        ("results",): lambda: results(size, home),
        PAGES: lambda: pages(size),
        CONSOLE: lambda: console(size),
        ("recovery",): lambda: recovery(size, home),
        ("two_workers",): lambda: two_workers(size, home),
    }
    for names, group in groups.items():
        if any(name in wanted for name in names):
            async for figure in group():
                if figure.name in wanted:
                    yield figure


async def _traffic(size: Size, wanted: Sequence[str], home: Path) -> AsyncIterator[Figure]:
    names = [name for name in _TRAFFIC if name in wanted]
    channels = {_ANSWERS[name] for name in names if name in _ANSWERS}
    if any(name in _OF_SLACK for name in names):
        channels.add(Channel.SLACK)
    for db in size.databases:
        with databases(db) as new:
            async with rig(db, new, home, size, sorted(channels)) as servers:
                for name in names:
                    async for figure in _TRAFFIC[name](servers):
                        yield figure


async def _print(size: Size, wanted: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="aftertouch-bench-") as home:
        async for figure in measure(size, wanted, Path(home)):
            print(figure.line(), flush=True)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=tuple(SIZES), default="full")
    parser.add_argument("--only", choices=NAMES, action="append", help="repeatable")
    parser.add_argument(
        "--answers", type=int, action="append", help="over three years, for the results; repeatable"
    )
    given = parser.parse_args()
    size = SIZES[given.size]
    if given.answers:
        size = replace(size, history=tuple(given.answers))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_print(size, given.only or NAMES))


if __name__ == "__main__":
    main()
