"""The real command in a process of its own, as an operator runs it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.e2e.deployment import Reply, until
from tests.sqlite import migrated

QUICK = 150  # seconds within which a stopped server is gone, on a busy machine


@contextmanager
def reserved_port() -> Iterator[int]:
    """Keep a port for a server to come, whatever else is started meanwhile.

    Who binds to a free port is given none that is bound; a server may listen on it, as on one that has just been
    left: both set SO_REUSEADDR (Linux, socket(7)).
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with our settings in place of its own."""
    rest = {k: v for k, v in os.environ.items() if not k.startswith("AFTERTOUCH_")}
    return rest | {"PYTHONWARNINGS": "default"} | dict(given)


async def aftertouch(
    *arguments: str, cwd: Path, environ: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run a command to its end; return exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=cwd,
        env=environment(environ or {}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(240):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@dataclass(slots=True)
class Server:
    """``aftertouch serve`` with these settings; it may be started again after its end."""

    environ: Mapping[str, str]
    cwd: Path
    http: aiohttp.ClientSession
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environ['AFTERTOUCH_PORT']}"

    @property
    def log(self) -> str:
        return (self.cwd / "stderr").read_text("utf-8")

    async def start(self) -> None:
        """Start and wait until it is ready."""
        with (self.cwd / "stderr").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                cwd=self.cwd,
                env=environment(self.environ),
                stderr=log,
            )
        await until(self._ready)

    async def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self.log
        try:
            async with self.http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def end(self, kind: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.send(kind)
        assert self.process is not None
        async with asyncio.timeout(QUICK):
            return await self.process.wait()

    def send(self, kind: signal.Signals) -> None:
        """Send a signal that it outlives."""
        assert self.process is not None
        self.process.send_signal(kind)

    async def get(self, path: str, **headers: str) -> Reply:
        async with self.http.get(self.url + path, headers=headers) as answer:
            is_json = answer.content_type.endswith("json")
            return Reply(answer.status, await answer.json() if is_json else await answer.text())


@asynccontextmanager
async def serving(cwd: Path, **environ: str) -> AsyncIterator[Server]:
    """Run a server on SQLite in a directory, and kill it at the end if it still runs."""
    with reserved_port() as port:
        own = {
            "AFTERTOUCH_PORT": str(port),
            "AFTERTOUCH_DATABASE_URL": migrated(cwd / "a.sqlite3"),
        }
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
            server = Server(own | environ, cwd, http)
            try:
                await server.start()
                yield server
            finally:
                if server.process is not None and server.process.returncode is None:
                    server.process.kill()
                    await server.process.wait()
