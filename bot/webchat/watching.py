"""Open streams, and the one look at the database that serves them all.

A stream is a doorbell: it says that something waits, and the page pulls it. So nothing is handed over to a page that
nobody sees, there is one way of delivery, and an idle stream costs a socket and no query.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import structlog

from surveys.errors import StorageBusy
from surveys.ports import Clock

MOST_STREAMS: Final = 5_000
MOST_OF_ONE: Final = 6
"""Streams of one customer: a few tabs, and what a lost connection has left behind."""

SWEEP: Final = 5.0
"""Seconds until a look is taken although nothing rang: a message held until now came due, or a ring was lost."""

GATHER: Final = 0.1
"""Seconds between two looks, however often it rings."""

MARGIN: Final = timedelta(seconds=20)
"""How far a look reaches back: clocks of several processes differ, and a commit may come late."""

CameDue = Callable[[datetime, datetime], Awaitable[Iterable[tuple[str, str]]]]
"""Returns ``(address id, message id)`` of what came due after the first instant, up to the second."""

_log = structlog.get_logger(__name__)


class Word(Enum):
    """What a stream is to say next."""

    NEWS = "news"
    NOTHING = "nothing"
    BYE = "bye"


class Stream:
    """One page that listens for one address."""

    def __init__(self) -> None:
        self._stirred = asyncio.Event()
        self._over = False
        self._told: frozenset[str] = frozenset()

    def tell(self, waiting: frozenset[str]) -> None:
        """Hear what waits now; what it has not heard of before is news."""
        if waiting - self._told:
            self._stirred.set()
        self._told = waiting

    def end(self) -> None:
        """Say goodbye."""
        self._over = True
        self._stirred.set()

    async def next(self, patience: float) -> Word:
        """Wait for a word, at most ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._stirred.wait()
        except TimeoutError:
            return Word.NOTHING
        self._stirred.clear()
        return Word.BYE if self._over else Word.NEWS


class Watch:
    """Knows which streams are open, and tells each of them when something waits for its address."""

    def __init__(self, came_due: CameDue, clock: Clock) -> None:
        self._came_due = came_due
        self._clock = clock
        self._streams: defaultdict[str, list[Stream]] = defaultdict(list)
        self._rung = asyncio.Event()
        self._opened = asyncio.Event()
        self._looked_at = clock.now()
        self._closed = False

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._streams.values()))

    @property
    def full(self) -> bool:
        """Whether no further stream may begin now; pages poll then."""
        return self._closed or self.listening >= MOST_STREAMS

    def ring(self) -> None:
        """Look soon; safe to call at any time from the loop's thread."""
        self._rung.set()

    def close(self) -> None:
        """End every stream and let none begin: the server stops."""
        self._closed = True
        for stream in self.streams():
            stream.end()

    def streams(self) -> tuple[Stream, ...]:
        """Return the open ones."""
        return tuple(stream for streams in self._streams.values() for stream in streams)

    @contextlib.contextmanager
    def stream(self, address_id: str) -> Iterator[Stream]:
        """Listen for an address; where too many do already, the oldest of them ends."""
        if not self._streams:
            self._looked_at = self._clock.now()
        stream = Stream()
        streams = self._streams[address_id]
        streams.append(stream)
        if len(streams) > MOST_OF_ONE:
            streams.pop(0).end()
        self._opened.set()
        try:
            yield stream
        finally:
            if stream in streams:
                streams.remove(stream)
            if not streams:
                self._streams.pop(address_id, None)

    async def run(self) -> None:
        """Look when it rings, and now and then, while a stream is open; until cancelled."""
        while True:
            if not self._streams:
                self._opened.clear()
                await self._opened.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP):
                    await self._rung.wait()
            self._rung.clear()
            try:
                await self._look()
            except StorageBusy as busy:
                _log.warning("storage is busy", problem=str(busy))
            await asyncio.sleep(GATHER)

    async def _look(self) -> None:
        now = self._clock.now()
        if self._streams:
            found = await self._came_due(min(self._looked_at, now) - MARGIN, now)
            self._tell(found)
        self._looked_at = now

    def _tell(self, found: Iterable[tuple[str, str]]) -> None:
        waiting: defaultdict[str, set[str]] = defaultdict(set)
        for address_id, message_id in found:
            waiting[address_id].add(message_id)
        for address_id, streams in self._streams.items():
            for stream in streams:
                stream.tell(frozenset(waiting.get(address_id, ())))
