"""``make simulate``: tells the stories of many seeds, with and without a crash, and says where a promise broke."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from time import monotonic

from tests.simulation.ground import make_empty, scratch
from tests.simulation.loop import Stuck
from tests.simulation.run import Result, simulate

ROOT = Path(__file__).parent.parent.parent
EVERY_POINT_OF = (7, 11, 12)
"""Seeds of the size for CI of which every point is tried, the last of them in memory; of the others one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one run came to, small enough to be handed from process to process."""

    seed: int
    point: int | None
    points: tuple[str, ...]
    posts: int
    faults: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Say what broke, where, and how to see it again."""
        names = dict(enumerate(self.points, start=1))
        where = f"{self.point} ({names.get(self.point, '')})" if self.point else "none"
        yield f"seed {self.seed}, crash point {where}, commit {_commit()}"
        yield from (f"  {fault}" for fault in self.faults)
        point = "" if self.point is None else f" POINT={self.point}"
        yield f"  see it again: make simulate SEED={self.seed}{point}"


def tell(empty: Path, seed: int, point: int | None) -> Told:
    """Run one story in whatever process this is; one that does not come to its end is a fault, too."""
    try:
        result = simulate(seed, point, empty=empty)
    except (Exception, Stuck) as error:  # noqa: BLE001 told with its seed and point, instead of ending all
        return Told(seed=seed, point=point, points=(), posts=0, faults=(repr(error),))
    posts = len(result.journal.of("post"))
    return Told(seed=seed, point=point, points=result.points, posts=posts, faults=result.faults)


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 the git of whoever runs this
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"


class Plan:
    """Which runs are to be done: each seed's without a crash, then those with one."""

    def __init__(self, seeds: Sequence[int], *, every: Collection[int], until: float) -> None:
        self._fresh = iter(seeds)
        self._every = every
        self._crashes: list[tuple[int, int | None]] = []
        self._until = until

    def __iter__(self) -> Iterator[tuple[int, int | None]]:
        """Give what may begin now; asked again after more is known, there may be more."""
        while monotonic() < self._until:
            if self._crashes:
                yield self._crashes.pop(0)
            elif (seed := next(self._fresh, None)) is not None:
                yield seed, None
            else:
                return

    def learn(self, told: Told) -> None:
        """Choose the crash points of a seed whose points are now known."""
        if told.point is None and told.points:
            count = len(told.points)
            one = Random(told.seed).randint(1, count)  # noqa: S311 drawn from the seed
            chosen = range(1, count + 1) if told.seed in self._every else [one]
            self._crashes += [(told.seed, point) for point in chosen]


def _all(plan: Plan, empty: Path, jobs: int) -> Iterator[Told]:
    """Do what is planned, several at a time."""
    with ProcessPoolExecutor(jobs) as workers:
        running: set[Future[Told]] = set()
        while True:
            begun = islice(plan, 2 * jobs - len(running))
            running |= {workers.submit(tell, empty, seed, point) for seed, point in begun}
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                plan.learn(future.result())
                yield future.result()


def _many(asked: argparse.Namespace) -> int:
    began = monotonic()
    seeds = range(asked.first, asked.first + asked.seeds)
    every = {"all": seeds, "few": EVERY_POINT_OF, "one": ()}[asked.points]
    plan = Plan(seeds, every=every, until=began + asked.seconds)
    runs = crashes = posts = broken = 0
    with scratch() as folder:
        for told in _all(plan, make_empty(folder), asked.jobs):
            runs, posts = runs + 1, posts + told.posts
            crashes += told.point is not None
            if told.faults:
                broken += 1
                print("\n".join(told.lines()), flush=True)  # noqa: T201 its output
    figures = {"runs": runs, "crashes": crashes, "messages": posts, "broken": broken}
    print(json.dumps({**figures, "seconds": round(monotonic() - began, 1)}))  # noqa: T201 its output
    return 1 if broken else 0


def _one(asked: argparse.Namespace) -> int:
    with scratch() as folder:
        result: Result = simulate(asked.seed, asked.point, empty=make_empty(folder))
    print(result.journal.text())  # noqa: T201 its output
    print("\n".join(result.faults) or "every promise was kept")  # noqa: T201 its output
    return 1 if result.faults else 0


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    number = partial(parser.add_argument, type=int)
    number("--seeds", default=200, help="how many stories")
    number("--first", default=1, help="the first seed")
    parser.add_argument(
        "--points",
        choices=("one", "few", "all"),
        default="one",
        help=f"crash at one point of each seed; few: at every point of {EVERY_POINT_OF}; all: at every point",
    )
    number("--seed", help="tell this story alone, and show its journal")
    number("--point", help="... and crash at this point")
    number("--seconds", default=360, help="begin nothing after so long")
    number("--jobs", default=os.cpu_count() or 1, help="processes")
    asked = parser.parse_args()
    return _many(asked) if asked.seed is None else _one(asked)


if __name__ == "__main__":
    sys.exit(main())
