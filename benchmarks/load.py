"""Keeps connections busy with prepared requests, and counts what comes back."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"
_OK = range(200, 300)


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return a whole HTTP request."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END + body


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(
        self, requests: Iterator[bytes], replies: list[bytes], latencies: list[float]
    ) -> None:
        self._requests = requests
        self._replies = replies
        self._latencies = latencies
        self._sent_at = 0.0
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        """Send the next request; without one the connection is done."""
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
        else:
            self._sent_at = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(_END)
        length = _LENGTH.search(head) if end else None
        if length is None or len(rest) < int(length[1]):
            return
        self._buffer = b""
        if int(head[9:12]) not in _OK:
            self._fail(RuntimeError(f"refused: {head.decode()} {rest.decode()}"))
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        self._replies.append(rest)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("the server hung up"))

    def _fail(self, problem: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(problem)


@dataclass(frozen=True, slots=True)
class Driven:
    """A load that was answered: requests a second, what came back, and after how many seconds each."""

    rate: float
    replies: Sequence[bytes]
    latencies: Sequence[float]

    def percentile(self, percent: float) -> float:
        """Return the milliseconds within which so many of a hundred requests were answered."""
        ordered = sorted(self.latencies)
        place = min(len(ordered) - 1, int(len(ordered) * percent / 100))
        return ordered[place] * 1000


async def drive(port: int, requests: Sequence[bytes], connections: int) -> Driven:
    """Send all requests over so many connections. Raises RuntimeError for a reply that is not 2xx."""
    loop = asyncio.get_running_loop()
    waiting, replies, latencies = iter(requests), list[bytes](), list[float]()

    def opened() -> _Connection:
        return _Connection(waiting, replies, latencies)

    lines = [
        (await loop.create_connection(opened, "127.0.0.1", port))[1] for _ in range(connections)
    ]
    begun = time.perf_counter()
    for line in lines:
        line.send()
    await asyncio.gather(*(line.done for line in lines))
    rate = len(replies) / (time.perf_counter() - begun)
    return Driven(rate, replies, latencies)
