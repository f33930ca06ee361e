"""``python -m tests.chaos``: kills real servers, prints one JSON line per database, exits 1 where the promise broke."""

import argparse
import asyncio
import logging
import secrets
import signal
import sys
import tempfile
from contextlib import ExitStack
from math import inf
from pathlib import Path

from tests import postgres
from tests.chaos.report import Report
from tests.chaos.run import Plan, run

DATABASES = ("sqlite", "postgresql")
WORKERS = {"sqlite": 1, "postgresql": 2}


async def _all(plans: list[Plan]) -> list[Report]:
    """Run side by side: most of the time of each is waiting for leases to run out."""
    me = asyncio.current_task()
    assert me is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)  # and clean up
    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(run(plan)) for plan in plans]
    return [one.result() for one in runs]


def _plan(db: str, given: argparse.Namespace, home: Path, stack: ExitStack) -> Plan:
    mine = home / db
    mine.mkdir(parents=True)
    url = f"sqlite:///{mine}/a.sqlite3"
    if db == "postgresql":
        server = stack.enter_context(postgres.running())
        url = server.url(server.create())
    return Plan(
        db=db,
        url=url,
        workers=WORKERS[db],
        socket=db == "postgresql",
        kills=given.kills,
        seconds=given.seconds,
        seed=given.seed,
        home=mine,
    )


def main() -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="per database")
    parser.add_argument("--seconds", type=float, default=inf, help="then kill no more")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--db", choices=DATABASES, action="append", help="repeatable; else both")
    parser.add_argument("--home", type=Path, help="a new folder for databases and logs, kept")
    given = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # callers die in mid-request
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="aftertouch-chaos-")
        home = given.home or Path(stack.enter_context(temporary))
        plans = [_plan(db, given, home, stack) for db in given.db or DATABASES]
        try:
            reports = asyncio.run(_all(plans))
        except BaseException:
            sys.stderr.write(f"chaos broke off: KILLS={given.kills} SEED={given.seed}\n")
            raise
    for report in reports:
        sys.stdout.write(f"{report.line()}\n")
        sys.stderr.writelines(f"{complaint}\n" for complaint in report.complaints())
    return int(any(report.failed for report in reports))


if __name__ == "__main__":
    sys.exit(main())
