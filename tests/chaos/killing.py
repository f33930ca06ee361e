"""Who kills the servers, and when: mostly in the middle of something."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from tests.chaos.workers import Crew, Worker

# Work that can be seen from outside, counted: requests taken by a platform, events posted, taps made.
Work = Callable[[], int]

_WHILE_STARTING = 1 / 6  # share of the kills that let nobody finish its start
_LONGEST_START = 1.2  # seconds; most servers need longer to be ready
_LONGEST_WAIT = 2.0  # seconds for something to happen
_LATER = 0.04  # seconds: how far from what is seen the kill may be
_IDLE = 1.0  # seconds of doing as it likes
_LOOK = 0.001


class Killer:
    """Kills the servers in turn; each is started again at once."""

    def __init__(self, crew: Crew, works: Sequence[Work], rng: Random) -> None:
        self._crew, self._works, self._rng = crew, works, rng

    async def kill(self, times: int, seconds: float) -> int:
        """Kill so many times, or as often as the time allows; return how often that was.

        In the end all are started, if not yet ready.
        """
        loop = asyncio.get_running_loop()
        end, kills = loop.time() + seconds, 0
        while kills < times and loop.time() < end:
            victim = self._crew.workers[kills % len(self._crew.workers)]
            await self._moment(victim)
            await victim.kill()
            kills += 1
            await victim.begin()
        return kills

    async def _moment(self, victim: Worker) -> None:
        """Wait for the moment: in its start, right after something happened, or any time."""
        if self._rng.random() < _WHILE_STARTING:
            await asyncio.sleep(self._rng.uniform(0, _LONGEST_START))
            return
        await self._crew.until_ready(victim)
        work = self._rng.choice((*self._works, None))
        if work is None:
            await asyncio.sleep(self._rng.uniform(0, _IDLE))
        else:
            await self._happening(work)

    async def _happening(self, work: Work) -> None:
        before, loop = work(), asyncio.get_running_loop()
        end = loop.time() + _LONGEST_WAIT
        while work() == before and loop.time() < end:
            await asyncio.sleep(_LOOK)
        await asyncio.sleep(self._rng.uniform(0, _LATER))
