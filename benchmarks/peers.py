"""Servers to compare with, each doing one thing only. Run as ``python -m benchmarks.peers KIND PORT [URL]``.

``noop`` answers without looking; ``insert`` commits the body as one row, gathered into shared commits on
SQLite as ours are; ``bolt`` is Slack's own framework acknowledging; ``platform`` stands for Telegram's and
Slack's servers and agrees to everything.
"""

import json
import re
import sqlite3
import sys
import threading
from asyncio import wrap_future
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

BOT, USERNAME = 7001, "bench_bot"
TEAM, BOT_USER = "T0BENCH", "U0BENCHBOT"
SIGNING_SECRET = "bench-signing-secret"  # noqa: S105 nothing real is signed with it
BOT_TOKEN = "xoxb-bench"  # noqa: S105 nothing real takes it
_HEADERS = [(b"content-type", b"application/json")]
Insert = Callable[[bytes], "Future[None]"]


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _reply(send: Send, status: int, body: bytes) -> None:
    headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def noop(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body and accept it, with nothing between us and the server."""
    await _read(receive)
    await _reply(send, 202, b"{}")


def inserting(insert: Insert) -> ASGIApp:
    """Return a Starlette app that answers once the body is committed."""

    async def post(request: Request) -> Response:
        await wrap_future(insert(await request.body()))
        return Response(b"{}", 202)

    return Starlette(routes=[Route("/{path:path}", post, methods=["POST"])])


class GatheringInsert:
    """One thread that writes to SQLite; a commit takes what has gathered while the last one ran."""

    def __init__(self, url: str) -> None:
        self._file = url.removeprefix("sqlite:///")
        self._waiting: SimpleQueue[tuple[bytes, Future[None]]] = SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def __call__(self, body: bytes) -> "Future[None]":
        """Queue the row; the future is done after its commit."""
        future: Future[None] = Future()
        self._waiting.put((body, future))
        return future

    def _serve(self) -> None:
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE taken (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        while True:
            gathered = list(self._gathered())
            connection.execute("BEGIN IMMEDIATE")
            rows = [(body,) for body, _ in gathered]
            connection.executemany("INSERT INTO taken (body) VALUES (?)", rows)
            connection.execute("COMMIT")
            for _, future in gathered:
                future.set_result(None)

    def _gathered(self) -> Iterator[tuple[bytes, "Future[None]"]]:
        yield self._waiting.get()
        while True:
            try:
                yield self._waiting.get_nowait()
            except Empty:
                return


class PooledInsert:
    """Four threads with a PostgreSQL connection each; a row is a transaction."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own = threading.local()
        with self._open() as connection:
            connection.execute("CREATE TABLE taken (number bigserial PRIMARY KEY, body bytea)")
        self._pool = ThreadPoolExecutor(4, initializer=self._connect)

    def __call__(self, body: bytes) -> "Future[None]":
        """Queue the row; the future is done after its commit."""
        return self._pool.submit(self._insert, body)

    def _open(self) -> Any:
        import psycopg  # noqa: PLC0415 SQLite needs none

        return psycopg.connect(self._url)

    def _connect(self) -> None:
        self._own.connection = self._open()

    def _insert(self, body: bytes) -> None:
        self._own.connection.execute("INSERT INTO taken (body) VALUES (%s)", [body])
        self._own.connection.commit()


def bolt() -> ASGIApp:
    """Return a Bolt app that verifies a button press and acknowledges it."""
    from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler  # noqa: PLC0415 an SDK loads where used
    from slack_bolt.async_app import AsyncAck, AsyncApp  # noqa: PLC0415
    from slack_bolt.authorization import AuthorizeResult  # noqa: PLC0415

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=TEAM, bot_user_id=BOT_USER, bot_token=BOT_TOKEN
        )

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize, process_before_response=True)
    app.action(re.compile(""))(acknowledge)
    handler = AsyncSlackRequestHandler(app)
    return Starlette(routes=[Route("/{path:path}", handler.handle, methods=["POST"])])


class Platform:
    """Answers every call of the Bot API and of Slack's Web API as if it had been carried out."""

    def __init__(self) -> None:
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call by its method's name."""
        await _read(receive)
        method = scope["path"].rpartition("/")[2]
        slack = "/api/" in scope["path"]
        reply = self._slack(method) if slack else {"ok": True, "result": self._telegram(method)}
        await _reply(send, 200, json.dumps(reply).encode())

    def _telegram(self, method: str) -> Any:
        if method == "getMe":
            return {"id": BOT, "is_bot": True, "first_name": "Bench", "username": USERNAME}
        if method not in {"sendMessage", "editMessageText"}:
            return True
        chat = {"id": 1, "type": "private", "first_name": "A"}
        return {"message_id": next(self._numbers), "date": 1_800_000_000, "chat": chat, "text": "."}

    def _slack(self, method: str) -> Any:
        if method == "auth.test":
            return {"ok": True, "team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0BENCH"}
        return {"ok": True, "channel": "D0BENCH", "ts": f"1800000000.{next(self._numbers):06}"}


def _insert_into(url: str) -> Insert:
    return GatheringInsert(url) if url.startswith("sqlite:") else PooledInsert(url)


def _main(kind: str, port: str, url: str = "") -> None:
    apps: dict[str, Callable[[], ASGIApp]] = {
        "noop": lambda: noop,
        "insert": lambda: inserting(_insert_into(url)),
        "bolt": bolt,
        "platform": Platform,
    }
    uvicorn.run(apps[kind](), port=int(port), log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    _main(*sys.argv[1:])
