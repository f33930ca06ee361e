"""One installation under test: its database, its clock, its port; the application in it stops and starts."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from standardwebhooks.webhooks import Webhook

from bot import doors
from bot.app import App, Outside, build
from bot.config import Settings, load
from bot.reading import explain, results
from storage.opening import open_storage
from surveys.model import DeliveryState
from surveys.ports import UnitOfWork
from surveys.program import Program, default_program
from surveys.results import parse_query
from tests.serving import serve
from tests.sqlite import migrated

SECRET = "whsec_" + base64.b64encode(b"the secret of our events").decode()
HOURS_BEHIND = 3
PATIENCE = 150  # seconds, on a busy machine
BUSY = 503
CLOUD = "application/cloudevents+json"
_FILE = "sqlite:///"


class Wall:
    """The wall clock, set back at first so that a test can move it past a delay, up to the present."""

    def __init__(self, behind: timedelta = timedelta(hours=HOURS_BEHIND)) -> None:
        self.behind = behind

    def now(self) -> datetime:
        return datetime.now(UTC) - self.behind


def daytime_zone() -> str:
    """Return a zone where it is late morning by a clock set back, so early afternoon in the end."""
    east = 11 - (datetime.now(UTC) - timedelta(hours=HOURS_BEHIND)).hour
    east = east + 24 if east < -12 else east
    return f"Etc/GMT{-east:+d}"  # POSIX counts westward


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    body: Any


@dataclass(slots=True)
class Deployment:
    """Speaks HTTP to its application, which ``stop`` and ``start`` take down and up again."""

    settings: Settings
    listener: socket.socket
    http: aiohttp.ClientSession
    tasks: asyncio.TaskGroup
    clock: Wall = field(default_factory=Wall)
    outside: Outside = field(default_factory=Outside)
    program: Program = field(default_factory=default_program)
    key: str = ""
    _app: App | None = None
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[None] | None = None

    @property
    def app(self) -> App:
        assert self._app is not None, "it is stopped"
        return self._app

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    # --- up and down ---

    async def start(self) -> None:
        """Open the storage, build, serve."""
        started = asyncio.Event()
        self._closing = asyncio.Event()
        self._running = self.tasks.create_task(self._run(started))
        await started.wait()

    async def stop(self) -> None:
        """Stop serving, close the application and its storage."""
        self._closing.set()
        if self._running is not None:
            await self._running
        self._app = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def _run(self, started: asyncio.Event) -> None:
        async with (
            open_storage(self.settings.database_url) as storage,
            build(
                self.settings,
                storage=storage,
                program=self.program,
                outside=replace(self.outside, clock=self.clock),
            ) as app,
            serve(app.asgi, self.listener.dup()),
            asyncio.TaskGroup() as tasks,
        ):
            self._app = app
            self.key = self.key or await doors.create_key(storage, app.ctx, ["admin"])
            work = tasks.create_task(app.run())
            started.set()
            await self._closing.wait()
            work.cancel()

    async def come_to_the_present(self, *, kept: int = 0) -> None:
        """Do what is due by now, let the hours pass by which the clock was set back, and wake whoever waits.

        A reply that has not gone out yet would be hours late, and rightly never be sent; so many are ``kept``
        because nothing may go out.
        """
        await self.at_rest(kept=kept)
        self.clock.behind = timedelta()
        self.app.loop.wake()

    async def pass_time(self, **span: float) -> None:
        """Do what is due by now, let this much time pass, and wake whoever waits.

        What is under way while a clock jumps looks as old as the jump is long, and is rightly called lost.
        """
        await self.at_rest()
        self.clock.behind -= timedelta(**span)
        self.app.loop.wake()

    async def at_rest(self, *, kept: int = 0) -> None:
        """Wait until nothing is due or under way, but for so many replies that are ``kept`` from going out."""
        await until(partial(self._nothing_due, kept))

    async def _nothing_due(self, kept: int) -> bool:
        def look(tx: UnitOfWork) -> bool:
            now = self.clock.now()
            sending = tx.deliveries.in_state(DeliveryState.SENDING, 1)
            pending = tx.deliveries.in_state(DeliveryState.PENDING, 100)
            due = [each for each in pending if each.due_at is None or each.due_at <= now]
            return not (tx.inbox.unhandled(now, 1) or sending or len(due) > kept)

        return await self.app.storage.read(look)

    # --- HTTP ---

    async def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post bytes and read the answer."""
        async with self.http.post(self.url + path, data=BytesIO(body), headers=headers) as answer:
            return Reply(answer.status, json.loads(await answer.text() or "null"))

    async def hand_in(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post bytes until the database of a busy machine has answered in time, as every sender does."""

        async def answered() -> Reply | None:
            reply = await self.send(path, body, headers)
            return None if reply.status == BUSY else reply

        reply: Reply = await until(answered)
        return reply

    async def post(self, path: str, body: Any, **headers: str) -> Reply:
        """Hand in JSON with the admin's key."""
        auth = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return await self.hand_in(path, json.dumps(body).encode(), auth | headers)

    async def get(self, path: str, **headers: str) -> Reply:
        """Get JSON with the admin's key."""
        auth = {"Authorization": f"Bearer {self.key}"} | headers
        async with self.http.get(self.url + path, headers=auth) as answer:
            return Reply(answer.status, await answer.json(content_type=None))

    async def customer(self, name: str, **fields: Any) -> None:
        """Tell of a customer, in a zone where it is day."""
        body = {"id": name, "timezone": daytime_zone()} | fields
        reply = await self.post("/v1/customers", body)
        assert reply.status == 200, reply

    def consent(self) -> dict[str, str]:
        """A consent as a company hands it in."""
        at = self.clock.now().isoformat()
        said = {"purpose": "service_survey", "granted_at": at}
        return said | {"source": "web", "text_version": "1"}

    async def links(self, name: str) -> Any:
        reply = await self.post(f"/v1/customers/{name}/links", None)
        assert reply.status == 200, reply
        return reply.body

    def event(self, customer: str, **fields: Any) -> dict[str, Any]:
        """An event of now, as CloudEvents JSON: a solved case unless told otherwise."""
        known = {"specversion": "1.0", "id": "e1", "source": "/desk", "type": "support.solved"}
        about = {"subject": "ticket-1", "time": self.clock.now().isoformat()}
        return known | about | {"data": {"customer": {"id": customer}}} | fields

    async def signed(self, event: Mapping[str, Any], *, once: bool = False) -> Reply:
        """Hand in an event, signed after Standard Webhooks; ``once``: whatever the answer is."""
        body, now = json.dumps(event), self.clock.now()
        headers = {
            "Content-Type": CLOUD,
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign("msg_1", now, body),
        }
        hand_in = self.send if once else self.hand_in
        return await hand_in("/v1/events", body.encode(), headers)

    # --- what staff see ---

    async def results(self, **query: str) -> Any:
        """Return the API's rows, which the command line must repeat."""
        asked = {"by": "stage", "since": "90d"} | query
        reply = await self.get(f"/v1/results?{urlencode(asked)}")
        table = await results(self.settings, parse_query(asked), self.clock)
        assert reply.status == 200, reply
        terminal = json.loads(json.dumps(table.to_json()))
        assert terminal | {"as_of": reply.body["as_of"]} == reply.body
        return reply.body["rows"]

    async def verdicts(self, query: str) -> list[tuple[str, str, str]]:
        """Return (trigger, kind, rule) as ``aftertouch why`` tells them, oldest first."""
        lines, _ = await explain(self.settings, query, language="ko", as_json=True)
        return [
            (decision["trigger"], verdict["kind"], verdict["rule"])
            for told in json.loads("\n".join(lines))
            for decision in told["decisions"]
            for verdict in decision["verdicts"]
        ]


@asynccontextmanager
async def deployed(
    database_url: str,
    environ: Mapping[str, str],
    *,
    prepare: Callable[[str], None] | None = None,
    config: Path | None = None,
    outside: Outside | None = None,
    program: Program | None = None,
) -> AsyncIterator[Deployment]:
    """Run an application on a port of its own; ``prepare`` is told its URL before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        given = {
            "AFTERTOUCH_DATABASE_URL": database_url,
            "AFTERTOUCH_PUBLIC_URL": url,
            "AFTERTOUCH_EVENTS_SECRET": SECRET,
        }
        settings = load(given | dict(environ), config)
        if database_url.startswith(_FILE):
            migrated(Path(database_url.removeprefix(_FILE)))
        if prepare is not None:
            prepare(url)
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
            asyncio.TaskGroup() as tasks,
        ):
            deployment = Deployment(
                settings,
                listener,
                http,
                tasks,
                outside=outside or Outside(),
                program=program or default_program(),
            )
            await deployment.start()
            try:
                yield deployment
            finally:
                await deployment.stop()


async def until(fact: Callable[[], Awaitable[Any]]) -> Any:
    """Return the first truthy answer of a fact that has to come true."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await fact()):
            await asyncio.sleep(0.02)
        return found
