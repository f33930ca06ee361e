"""A wire between an application and a platform, which a test can cut, make stale, or put behind TLS."""

import asyncio
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Relay:
    """Forwards bytes to the server at ``upstream``, from a port of its own that stays the same."""

    def __init__(self, upstream: str, *, tls: ssl.SSLContext | None = None) -> None:
        target = urlsplit(upstream)
        assert target.hostname
        assert target.port
        self._target = (target.hostname, target.port)
        self._rest = target.path
        self._tls = tls
        self._port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._stale: set[asyncio.StreamWriter] = set()
        self.resets = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shut()

    @property
    def url(self) -> str:
        """The upstream URL as it is reached through here."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._port}{self._rest}"

    async def open(self) -> None:
        """Listen (again)."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._port, ssl=self._tls
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Refuse connections from now on and break those that stand."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        self._server = None

    def go_stale(self) -> None:
        """Let every connection that stands look alive, and be reset by the first byte written to it."""
        self._stale |= self._open

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            there, back = await asyncio.open_connection(*self._target)
            answering = asyncio.ensure_future(_pump(there, writer))
            await self._forward(reader, writer, back)
            answering.cancel()
            back.transport.abort()
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        onward: asyncio.StreamWriter,
    ) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                if writer in self._stale:
                    self.resets += 1
                    return
                onward.write(piece)
                await onward.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy answers until the server ends; then end, too."""
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()
