"""Starts the servers that are measured, each a process of its own, and looks at them from outside."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 240.0
_POLL = 0.005
_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server. ``ready_after``: seconds from the start of its process to its first answer."""

    port: int
    pid: int
    ready_after: float

    def rss(self) -> int:
        """Return its resident memory in bytes, as Linux tells it."""
        return rss_of(self.pid)


def rss_of(pid: int | str) -> int:
    """Return the resident memory of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * _KIB if found else 0


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(
    arguments: Sequence[str],
    *,
    port: int,
    path: str = "/",
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[Served]:
    """Run ``python -m <arguments>`` until leaving; it serves once a GET of ``path`` is answered below 500.

    Raises RuntimeError, with what the process said, where it ends before it serves.
    """
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: ASYNC220, S603 it only forks; our own modules
            [sys.executable, "-m", *arguments],
            stdout=log,
            stderr=log,
            env={**os.environ, **(environ or {})},
        )
        try:
            while not await _answers(port, path):
                if process.poll() is not None or time.perf_counter() - begun > _PATIENCE:
                    log.seek(0)
                    raise RuntimeError(f"{arguments} does not serve: {log.read().decode()}")
                await asyncio.sleep(_POLL)
            ready = time.perf_counter() - begun
            yield Served(port=port, pid=process.pid, ready_after=ready)
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait)


@asynccontextmanager
async def peer(kind: str, url: str = "") -> AsyncIterator[Served]:
    """Run one of ``benchmarks.peers``."""
    port = free_port()
    async with serving(["benchmarks.peers", kind, str(port), url], port=port) as served:
        yield served


async def _answers(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n".encode())
        status = (await reader.readline()).split(b" ")
        return len(status) > 1 and status[1] < b"500"
    except OSError:
        return False
    finally:
        writer.close()


async def seconds(arguments: Sequence[str]) -> float:
    """Return how long ``python <arguments>`` takes."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=subprocess.DEVNULL
    )
    if await process.wait():
        raise RuntimeError(f"python {arguments} failed")
    return time.perf_counter() - begun


async def output(arguments: Sequence[str]) -> str:
    """Return what ``python <arguments>`` prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"python {arguments} failed")
    return said.decode()
