"""A scanned code, a browser that listens, and processes that share the work: from the picture to the answer."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.e2e.process import Server, aftertouch, serving
from tests.fakes.telegram import FakeTelegram

NewUrl = Callable[[], str]
PATIENCE = 60
"""Seconds for any one thing on a busy machine."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def front(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Server, str]]:
    """The process that browsers talk to, and its database; on PostgreSQL another one does the asking."""
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/a.sqlite3"
            yield await stack.enter_async_context(serving(tmp_path)), url
            return
        url = request.getfixturevalue("postgres_url_factory")()
        servers = []
        for role in ("intake,console", "worker"):
            home = tmp_path / role[:6]
            home.mkdir()
            own = {"AFTERTOUCH_DATABASE_URL": url, "AFTERTOUCH_ROLES": role}
            servers.append(await stack.enter_async_context(serving(home, **own)))
        yield servers[0], url


async def post(server: Server, path: str, body: Any, session: str = "") -> Any:
    headers = {"Authorization": f"Bearer {session}"} if session else {}
    url = f"{server.url}/chat/api/{path}"
    async with server.http.post(url, json=body, headers=headers) as reply:
        assert reply.status == 200, await reply.text()
        return await reply.json()


async def events(reply: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in reply.content:
        if line.startswith(b"event: "):
            yield line.decode().strip().removeprefix("event: ")


async def test_whoever_scans_is_told_of_the_question_and_no_stream_outlives_the_server(
    front: tuple[Server, str], tmp_path: Path
) -> None:
    server, url = front
    environ = {"AFTERTOUCH_DATABASE_URL": url, "AFTERTOUCH_PUBLIC_URL": "https://ask.example.com"}
    picture = tmp_path / "delivery.png"
    drawn = await aftertouch("qr", "delivery", "--out", str(picture), cwd=tmp_path, environ=environ)
    address, _, code = drawn[1].strip().partition("#q=")
    assert (drawn[0], address) == (0, "https://ask.example.com/chat")
    assert picture.read_bytes().startswith(b"\x89PNG")

    async with asyncio.timeout(3 * PATIENCE):
        body = {"code": code, "scan_id": "s" * 32, "language": "en"}
        session = (await post(server, "scan", body))["session"]
        bearer = {"Authorization": f"Bearer {session}"}
        async with server.http.get(f"{server.url}/chat/api/stream", headers=bearer) as reply:
            told = events(reply)
            assert await anext(told) == "hello"
            assert await anext(told) == "news"
            (question,) = (await post(server, "pull", {}, session))["bubbles"]
            assert "the delivery of your order" in question["prompt"]["text"]
            tap = {"tap": {"token": question["prompt"]["token"], "value": "5"}}
            await post(server, "act", {"client_msg_id": "m1", "client_seq": 1, "act": tap}, session)

            assert await server.end(signal.SIGTERM) == 0

            assert (await reply.content.read()).endswith(b"event: bye\ndata:\n\n")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["nowhere"], "there is no 'nowhere'; there are signup"),
        (["delivery", "--channel", "slack"], "must be telegram or webchat"),
        (["delivery", "--channel", "telegram"], "telegram.token"),
    ],
)
async def test_a_code_that_cannot_be_drawn_is_refused_in_a_line(
    tmp_path: Path, asked: list[str], said: str
) -> None:
    environ = {"AFTERTOUCH_DATABASE_URL": f"sqlite:///{tmp_path}/a.sqlite3"}
    code, out, err = await aftertouch("qr", *asked, cwd=tmp_path, environ=environ)

    assert (code, out) == (1, "")
    assert said in err


async def test_a_telegram_code_opens_the_bot(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        environ = {
            "AFTERTOUCH_DATABASE_URL": f"sqlite:///{tmp_path}/a.sqlite3",
            "AFTERTOUCH_TELEGRAM_TOKEN": telegram.token,
            "AFTERTOUCH_TELEGRAM_BASE_URL": telegram.base_url,
        }
        code, out, err = await aftertouch(
            "qr", "support", "--channel", "telegram", cwd=tmp_path, environ=environ
        )

    assert code == 0
    assert out.startswith("<?xml")
    link, _, payload = err.strip().partition("?start=")
    assert link.startswith("https://t.me/")
    assert (len(payload), payload[0]) == (23, "q")
