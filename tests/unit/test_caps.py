"""Token buckets of senders, and a queue of events that is too long."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot import caps
from bot.caps import Throttle
from bot.intake import admission
from bot.intake.admission import Admission
from bot.intake.problems import TooMany
from surveys.errors import StorageBusy
from surveys.model import Acceptance, Event
from tests.world import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def throttle(clock: SetClock) -> Throttle:
    """Three at once, then one every two seconds."""
    return Throttle(clock.now, per_second=0.5, burst=3)


def test_a_burst_passes_and_then_the_pace(clock: SetClock) -> None:
    bucket = throttle(clock)

    assert [bucket.take("a") for _ in range(5)] == [0, 0, 0, 2, 2]
    clock.at += timedelta(seconds=1)
    assert bucket.take("a") == 1
    clock.at += timedelta(seconds=1)
    assert [bucket.take("a") for _ in range(2)] == [0, 2]
    clock.at += timedelta(hours=1)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2]


def test_senders_do_not_count_for_each_other(clock: SetClock) -> None:
    bucket = throttle(clock)

    assert [bucket.take(who) for who in "aaaabb"] == [0, 0, 0, 2, 0, 0]


def test_several_are_taken_together_or_not_at_all(clock: SetClock) -> None:
    bucket = throttle(clock)

    assert bucket.take("a", 2) == 0
    assert bucket.take("a", 2) == 2
    assert bucket.take("a", 1) == 0


def test_more_than_a_bucket_passes_when_it_is_full(clock: SetClock) -> None:
    bucket = throttle(clock)

    assert bucket.take("a", 100) == 0
    assert bucket.take("a", 100) == 6


def test_a_clock_that_is_set_back_costs_a_bucket_at_most(clock: SetClock) -> None:
    bucket = throttle(clock)
    bucket.take("a", 3)
    clock.at -= timedelta(days=1)

    assert bucket.take("a") == 2


def test_senders_of_long_ago_are_forgotten(clock: SetClock) -> None:
    bucket = throttle(clock)
    for number in range(caps.MOST_SENDERS + 5):
        bucket.take(str(number))

    assert len(bucket._full_at) == caps.MOST_SENDERS
    assert "4" not in bucket._full_at


# --- admission ------------------------------------------------------------------------------------


class Slow:
    """Stores what waits when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.stored = 0

    async def __call__(self, events: Sequence[Event]) -> Sequence[Acceptance]:
        await self.go.wait()
        self.stored += 1
        return ()


async def handed_in(admission: Admission, count: int) -> list[asyncio.Task[Sequence[Acceptance]]]:
    async def hand_in() -> Sequence[Acceptance]:
        return await admission(())

    tasks = [asyncio.ensure_future(hand_in()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_while_the_oldest_waits_too_long_others_are_refused() -> None:
    store, moments = Slow(), [0.0, 1.0, admission.LONGEST, admission.LONGEST + 0.5]
    gate = Admission(store, lambda: moments.pop(0) if moments else 99.0)
    waiting = await handed_in(gate, 3)
    with pytest.raises(TooMany) as refused:
        await gate(())

    store.go.set()
    await asyncio.gather(*waiting)
    await gate(())
    assert store.stored == 4
    assert refused.value.retry_after == 4


async def test_only_so_many_wait_at_a_time() -> None:
    store = Slow()
    gate = Admission(store, lambda: 0.0)
    waiting = await handed_in(gate, admission.MOST + 2)
    store.go.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)

    assert sum(isinstance(each, TooMany) for each in found) == 2
    assert store.stored == admission.MOST


class Giving:
    """Gives up what it is told to."""

    def __init__(self) -> None:
        self.up = False

    async def __call__(self, events: Sequence[Event]) -> Sequence[Acceptance]:
        if self.up:
            raise StorageBusy("late")
        return ()


async def test_a_slow_database_is_too_much_and_one_that_fails_or_stands_is_busy() -> None:
    stored, waited, at_once = (0.0, 0.0), (1.0, 1.0 + admission.LONGEST), (4.0, 4.0)
    in_vain = (4.0, 4.0 + admission.LONGEST)
    moments = [*stored, *waited, *at_once, *in_vain]
    store = Giving()
    gate = Admission(store, lambda: moments.pop(0))
    await gate(())
    store.up = True
    with pytest.raises(TooMany):
        await gate(())
    for _ in (at_once, in_vain):
        with pytest.raises(StorageBusy):
            await gate(())
    assert moments == []
