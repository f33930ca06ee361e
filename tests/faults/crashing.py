"""Ways to stop a server process in the middle of something, seen from outside."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from storage.engine import parse, writing_engine
from tests.e2e.deployment import until
from tests.e2e.process import Server
from tests.e2e.shop import rows

# Inserting an attempt, so within the claim's transaction, takes for ever (SQLite counts, PostgreSQL sleeps).
_STUCK = {
    "sqlite": (
        """CREATE TRIGGER stuck BEFORE INSERT ON attempt BEGIN
             SELECT count(*) FROM
               (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n);
           END""",
        "DROP TRIGGER stuck",
    ),
    "postgresql": (
        """CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
           CREATE TRIGGER stuck BEFORE INSERT ON attempt FOR EACH ROW EXECUTE FUNCTION stay()""",
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep';
           DROP TRIGGER stuck ON attempt; DROP FUNCTION stay""",
    ),
}


@asynccontextmanager
async def claims_that_never_end(server: Server) -> AsyncIterator[None]:
    """Let whoever claims a delivery stay in mid-transaction until it is killed."""
    engine = writing_engine(parse(server.environ["AFTERTOUCH_DATABASE_URL"]), patience=20, size=1)
    begin, end = _STUCK[engine.dialect.name]
    _run(engine, begin)
    try:
        yield
    finally:
        _run(engine, end)
        engine.dispose()


async def claiming(server: Server) -> None:
    """Wait until a claim is in mid-transaction: nobody else can write, or its session sleeps."""
    engine = writing_engine(parse(server.environ["AFTERTOUCH_DATABASE_URL"]), patience=2, size=1)

    async def seen() -> bool:
        if engine.dialect.name == "postgresql":
            asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            return bool(rows(server, asleep))
        return await asyncio.to_thread(_is_held, engine)

    try:
        await until(seen)
    finally:
        engine.dispose()


def _is_held(engine: Engine) -> bool:
    try:
        with engine.begin():
            return False
    except OperationalError:
        return True


def _run(engine: Engine, statements: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statements)


async def post_unheard(
    server: Server, path: str, body: Any, headers: Mapping[str, str]
) -> asyncio.StreamWriter:
    """Send a request and never read what comes back, as if the answer had got lost; close it later."""
    url = urlsplit(server.url)
    _, writer = await asyncio.open_connection(url.hostname, url.port)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Host": url.netloc, "Content-Length": str(len(raw)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + raw)
    await writer.drain()
    return writer


async def stored(server: Server, query: str) -> None:
    """Wait until the query finds something."""

    async def found() -> bool:
        return bool(rows(server, query))

    await until(found)
