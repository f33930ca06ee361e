"""The simulation itself: one seed is one story, to the byte; it dies where it is told; every promise is kept."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.simulation.ground import make_empty, scratch
from tests.simulation.loop import DAWN, Stuck, VirtualLoop, WallClock, run_virtually
from tests.simulation.run import simulate

ROOT = Path(__file__).parent.parent.parent
ON_DISK, IN_MEMORY = 7, 12


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    with scratch() as folder:
        yield make_empty(folder)


def test_a_month_passes_at_once() -> None:
    async def sleeps(loop: VirtualLoop) -> float:
        await asyncio.sleep(30 * 86_400)
        return loop.time()

    assert run_virtually(sleeps) == pytest.approx(30 * 86_400)


def test_waiting_for_what_can_never_come_is_an_error() -> None:
    async def waits(_: VirtualLoop) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        run_virtually(waits)


def test_spinning_without_time_passing_is_an_error() -> None:
    async def spins(_: VirtualLoop) -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Stuck):
        run_virtually(spins)


def test_a_clock_that_is_put_back_tells_what_it_showed_before_and_after() -> None:
    async def looks(loop: VirtualLoop) -> list[timedelta]:
        clock = WallClock(loop)
        await asyncio.sleep(10)
        clock.step(timedelta(hours=-1))
        await asyncio.sleep(10)
        return [clock.at(second) - DAWN for second in (5, 10, 20)]

    before, stepped, after = run_virtually(looks)

    assert before == timedelta(seconds=5)
    assert stepped == timedelta(seconds=10, hours=-1)
    assert after == timedelta(seconds=20, hours=-1)


@pytest.mark.parametrize("seed", [ON_DISK, IN_MEMORY])
def test_the_same_seed_gives_the_same_journal_to_the_byte(seed: int, empty: Path) -> None:
    told = simulate(seed, None, empty=empty)

    again = subprocess.run(  # noqa: S603 nobody else's input
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        check=False,
    )

    journal, _, verdict = again.stdout.decode().partition("\n\n")
    assert journal + "\n" == told.journal.text()
    assert verdict == "every promise was kept\n"


@pytest.mark.parametrize("seed", [ON_DISK, IN_MEMORY])
def test_a_crash_changes_nothing_before_it_and_breaks_no_promise_after(
    seed: int, empty: Path
) -> None:
    calm = simulate(seed, None, empty=empty)
    step = len(calm.points) // 8

    assert calm.faults == ()
    assert len(calm.journal.of("post")) > 3
    for point in range(1, len(calm.points), step):
        died = simulate(seed, point, empty=empty)
        assert died.points[:point] == calm.points[:point]
        assert f"CRASH {calm.points[point - 1]}" in died.journal.text()
        assert died.faults == (), point


def test_no_promise_is_broken_whatever_the_platforms_do(empty: Path) -> None:
    """Among these seeds are messages that arrive after everybody has given up waiting for them."""
    for seed in range(20, 40):
        assert simulate(seed, None, empty=empty).faults == (), seed
