"""Serves an ASGI app on a free loopback port inside the test's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp


@asynccontextmanager
async def serve(app: ASGIApp, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Yield the base URL, without a trailing slash, while the app is served; closes the listener."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, ws="none", log_level="warning", access_log=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.serve(sockets=[listener]))
        while not server.started and not running.done():
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
