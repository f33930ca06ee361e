"""The servers under test: ``aftertouch serve`` as an operator runs it, killed and started again."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp

from tests.e2e.process import environment

LONGEST_START = 120  # seconds, on a slow and busy machine
_LOOK = 0.02  # seconds between two looks whether a server is ready
_TAIL = 2000  # characters of a log that are worth repeating


class EndedByItself(Exception):
    """A server ended though nobody had killed it; its last words follow."""


@dataclass(slots=True)
class Worker:
    """One server, which listens on the same reserved port in each of its lives."""

    name: str
    environ: Mapping[str, str]
    home: Path
    http: aiohttp.ClientSession
    port: int
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers, while it does."""
        return f"http://127.0.0.1:{self.port}"

    async def begin(self) -> None:
        """Start a process; it is not ready yet."""
        with (self.home / f"{self.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                cwd=self.home,
                env=environment({**self.environ, "AFTERTOUCH_PORT": str(self.port)}),
                stderr=log,
            )

    async def kill(self) -> None:
        """SIGKILL; raises EndedByItself where there was nobody left to kill."""
        self.check()
        self.ready.clear()
        await self._end()

    async def watch(self) -> None:
        """Keep ``ready`` true to the facts, for ever."""
        while True:
            if not self.ready.is_set() and await self._answers():
                self.ready.set()
            await asyncio.sleep(_LOOK)

    def check(self) -> None:
        """Raise EndedByItself unless the process runs."""
        if self._process is None or self._process.returncode is not None:
            code = self._process.returncode if self._process else None
            last = (self.home / f"{self.name}.log").read_text("utf-8", "replace")[-_TAIL:]
            message = f"{self.name} ended with {code}: {last}"
            raise EndedByItself(message)

    async def close(self) -> None:
        """See that no process is left."""
        if self._process is not None and self._process.returncode is None:
            await self._end()

    async def _end(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def _answers(self) -> bool:
        process, quick = self._process, aiohttp.ClientTimeout(total=5)
        try:
            async with self.http.get(f"{self.url}/healthz", timeout=quick) as answer:
                return answer.status == 200 and process is self._process
        except (aiohttp.ClientError, TimeoutError):
            return False


@dataclass(frozen=True, slots=True)
class Crew:
    """All servers on one database, and the load balancer in front of them."""

    workers: Sequence[Worker]
    rng: Random

    @property
    def url(self) -> str:
        """A server that answers, if there is one; whoever calls a dead one tries again, as senders do."""
        alive = [worker for worker in self.workers if worker.ready.is_set()]
        return self.rng.choice(alive or self.workers).url

    async def until_ready(self, worker: Worker) -> None:
        """Wait until the server answers; raises EndedByItself or TimeoutError where it never will."""
        async with asyncio.timeout(LONGEST_START):
            while not worker.ready.is_set():
                worker.check()
                await asyncio.sleep(_LOOK)
