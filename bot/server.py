"""``aftertouch serve``: opens the storage, builds the application and serves it until told to stop."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
import uvicorn

from bot.app import App, build
from bot.config import ALL_ROLES, Settings
from bot.heart import BeatFile
from bot.program_file import read_configured
from storage.opening import open_storage
from surveys.errors import InvalidInput

LAST_REQUESTS_SECONDS = 3
# Longer than what common HTTP clients keep a connection for, so that they close it, not we in mid-request.
KEEP_ALIVE_SECONDS = 75
_log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """Stops on SIGTERM or SIGINT; uvicorn's own then raises the signal again, which would end us at once.

    ``leaving`` is called at the signal itself: the last HTTP requests may take their seconds, and a request to a
    platform that begins meanwhile might not end in time.
    """

    def __init__(self, config: uvicorn.Config, leaving: Callable[[], None]) -> None:
        super().__init__(config)
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._leaving()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen for the two signals while serving."""
        before = {s: signal.signal(s, self.handle_exit) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; then stop taking work in, finish what is under way, and return."""
    _check_roles(settings)
    program = read_configured(settings.program)
    async with (
        open_storage(settings.database_url) as storage,
        build(settings, storage=storage, program=program, beat=beat_file(settings)) as app,
    ):
        with listening(settings.host, settings.port) as listener:
            port = listener.getsockname()[1]
            with admin_file(settings, port, app.admin_token):
                _log.info("serving", url=f"http://{settings.host}:{port}")
                settle()
                await run(app, listener)


def settle() -> None:
    """Keep what was loaded out of the garbage collector's way: it stays until the end.

    Looking through it all takes 0.1 s, in which no request is answered, and was due every few dozen pages.
    """
    gc.collect()
    gc.freeze()


def _check_roles(settings: Settings) -> None:
    if settings.roles != ALL_ROLES and settings.database_url.startswith("sqlite"):
        problem = "on SQLite one process does everything: leave roles out, or use PostgreSQL"
        raise InvalidInput("roles", problem)


async def run(
    app: App, listener: socket.socket, *also: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Serve HTTP on the open socket with the application's own work, and ``also``, beside it."""
    config = uvicorn.Config(
        app.asgi,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = _Server(config, leaving=app.leave)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(part()) for part in (app.run, *also)]
        try:
            await server.serve(sockets=[listener])
        finally:
            for part in work:
                part.cancel()


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open the listening socket, or say in one line that the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        raise InvalidInput("port", f"{host}:{port} can't be used: {exc.strerror}") from exc
    with listener:
        yield listener


@contextmanager
def admin_file(settings: Settings, port: int, token: str) -> Iterator[None]:
    """Leave a note for the command line of this machine: where we listen, and the admin token (0600)."""
    path = admin_path(settings)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"port": port, "token": token}, file)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def admin_path(settings: Settings) -> Path:
    """Return where that note lies: beside the SQLite file, else here, named after the port."""
    file = _sqlite_file(settings)
    return (
        file.with_name(f"{file.name}.admin") if file else Path(f".aftertouch-{settings.port}.admin")
    )


def beat_file(settings: Settings) -> BeatFile | None:
    """Return where the beat is kept: beside the SQLite file, hidden, so that what copies that by its name leaves it."""
    file = _sqlite_file(settings)
    return BeatFile(file.with_name(f".{file.name}.beat")) if file else None


def _sqlite_file(settings: Settings) -> Path | None:
    prefix = "sqlite:///"
    is_file = settings.database_url.startswith(prefix)
    return Path(settings.database_url.removeprefix(prefix)) if is_file else None
