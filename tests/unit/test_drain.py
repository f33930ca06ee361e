"""The drain loop: it does what is due, and does not run hot over what nobody can do."""

import asyncio
from datetime import datetime, timedelta

from scheduler.drain import SHORTEST_NAP, STUCK_NAP, DrainLoop
from tests.world import NOON, SetClock


class Bell:
    """See surveys.ports.Alarm; remembers what it was armed for, and stops the loop then."""

    def __init__(self) -> None:
        self.armed: list[datetime | None] = []
        self.loop: DrainLoop | None = None

    def arm(self, at: datetime | None) -> None:
        self.armed.append(at)
        assert self.loop is not None
        self.loop.stop()


async def armed_for(due: datetime | None, finds: list[int]) -> list[datetime | None]:
    """Let a loop come round once whose one chore finds so many rows each time it is called."""
    bell = Bell()

    async def chore() -> int:
        return finds.pop(0) if finds else 0

    async def next_due() -> datetime | None:
        return due

    rang = asyncio.Event()
    bell.loop = DrainLoop(
        chores=[chore], next_due=next_due, alarm=bell, rang=rang, clock=SetClock()
    )
    await bell.loop.run()
    assert finds == []
    assert bell.loop.ran_at == NOON
    return bell.armed


async def test_the_alarm_is_armed_for_what_is_due_next() -> None:
    later = NOON + timedelta(minutes=3)

    assert await armed_for(later, [3, 1]) == [later]
    assert await armed_for(NOON + timedelta(microseconds=1), []) == [NOON + SHORTEST_NAP]
    assert await armed_for(None, []) == [None]


async def test_what_nobody_can_do_is_looked_at_again_slowly() -> None:
    """A message of a channel that is off, say, stays due until it expires."""
    assert await armed_for(NOON - timedelta(hours=1), []) == [NOON + STUCK_NAP]


async def test_a_long_round_is_seen_by_the_health_check_while_it_lasts() -> None:
    clock = SetClock()
    seen: list[datetime | None] = []

    async def busy() -> int:
        seen.append(loop.ran_at)
        clock.at += timedelta(minutes=1)
        return int(len(seen) < 3)

    async def nothing() -> datetime | None:
        return None

    loop = DrainLoop(
        chores=[busy], next_due=nothing, alarm=Bell(), rang=asyncio.Event(), clock=clock
    )
    await loop.once()
    assert seen == [None, NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)]


class Snooze:
    """See surveys.ports.Alarm; rings long after it was armed once, and stops the loop at the next arming."""

    def __init__(self, clock: SetClock, rang: asyncio.Event) -> None:
        self._clock = clock
        self._rang = rang
        self._armings = 0
        self.loop: DrainLoop | None = None

    def arm(self, at: datetime | None) -> None:
        self._armings += 1
        assert self.loop is not None
        if self._armings == 1:
            self._clock.at += timedelta(minutes=8)
            self._rang.set()
        else:
            self.loop.stop()


async def test_c06_a_round_says_how_late_it_began() -> None:
    clock, rang, told = SetClock(), asyncio.Event(), list[timedelta]()
    alarm = Snooze(clock, rang)

    async def nothing() -> int:
        return 0

    async def next_due() -> datetime:
        return NOON + timedelta(minutes=3)

    alarm.loop = DrainLoop(
        chores=[nothing], next_due=next_due, alarm=alarm, rang=rang, clock=clock, late=told.append
    )
    await alarm.loop.run()

    assert told == [timedelta(minutes=5)]
