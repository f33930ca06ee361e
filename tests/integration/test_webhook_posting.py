"""One request to a real receiver: what it carries, what its answer means, and where it never goes."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.responses import RedirectResponse

from bot.clock import SystemClock
from bot.names import LookUp, look_up
from bot.webhooks.posting import Endpoint, Letter, Poster, read_answer, seconds_of
from surveys.model import Reception, ReceptionKind
from tests.fakes.receiver import SECRET, endless, receiving

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LETTER = Letter(
    id="msg_1", type="answer.recorded", at=NOW, data={"score": 2, "comment": "늦었어요"}
)
ACCEPTED = Reception(kind=ReceptionKind.ACCEPTED)


def failed(reason: str) -> Reception:
    return Reception(kind=ReceptionKind.FAILED, reason=reason)


@asynccontextmanager
async def poster(ask: LookUp = look_up) -> AsyncIterator[Poster]:
    async with Poster(SystemClock(), look_up=ask) as opened:
        yield opened


def near(url: str, *secrets: str) -> Endpoint:
    """An endpoint in the own network."""
    return Endpoint(url=url, secrets=secrets or (SECRET,), allow_private=True)


def far(url: str) -> Endpoint:
    return Endpoint(url=url, secrets=(SECRET,))


# --- what it carries ------------------------------------------------------------------------------


async def test_a_message_carries_the_standard_shape_and_a_signature_that_fits() -> None:
    async with receiving() as receiver, poster() as post:
        assert await post.post(near(receiver.url), LETTER) == ACCEPTED

    (received,) = receiver.received
    assert received.id == "msg_1"
    assert received.headers["content-type"] == "application/json"
    assert received.body == {
        "type": "answer.recorded",
        "timestamp": "2026-11-22T03:00:00Z",
        "data": {"score": 2, "comment": "늦었어요"},
    }


async def test_while_a_secret_is_changed_both_signatures_are_sent() -> None:
    new = "whsec_" + "A" * 32
    for held in (SECRET, new):
        async with receiving(held) as receiver, poster() as post:
            assert await post.post(near(receiver.url, SECRET, new), LETTER) == ACCEPTED
        assert len(receiver.received) == 1


# --- what an answer means -------------------------------------------------------------------------

ANSWERS: list[tuple[int, str | None, Reception]] = [
    (200, None, ACCEPTED),
    (204, None, ACCEPTED),
    (299, None, ACCEPTED),
    (302, None, failed("http_302")),
    (400, None, failed("http_400")),
    (404, "60", failed("http_404")),
    (410, None, Reception(kind=ReceptionKind.GONE, reason="http_410")),
    (429, None, failed("http_429")),
    (429, "soon", failed("http_429")),
    (429, "-5", failed("http_429")),
    (429, "30", Reception(kind=ReceptionKind.PAUSED, reason="http_429", retry_after=30)),
    (429, "0", Reception(kind=ReceptionKind.PAUSED, reason="http_429", retry_after=1)),
    (429, "1" * 9, Reception(kind=ReceptionKind.PAUSED, reason="http_429", retry_after=3600)),
    (500, None, failed("http_500")),
    (503, "30", Reception(kind=ReceptionKind.FAILED, reason="http_503", retry_after=30)),
]


@pytest.mark.parametrize(("status", "retry_after", "meant"), ANSWERS)
def test_only_2xx_is_accepted(status: int, retry_after: str | None, meant: Reception) -> None:
    assert read_answer(status, retry_after, NOW) == meant


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Sun, 22 Nov 2026 03:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 02:00:00 GMT", 1),
        ("Sun, 22 Nov 2099 03:00:00 GMT", 3600),
        ("Sun, 22 Nov 2026 03:02:00", None),
        ("Sun, 99 Nov 2026 03:02:00 GMT", None),
        ("", None),
        (None, None),
        ("१२", None),
    ],
)
def test_a_time_to_wait_may_be_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, NOW) == seconds


async def test_the_answer_of_a_real_receiver_is_read() -> None:
    async with receiving() as receiver, poster() as post:
        receiver.answer(429, Retry_After="7")
        receiver.answer(500)
        receptions = [await post.post(near(receiver.url), LETTER) for _ in range(3)]

    paused = Reception(kind=ReceptionKind.PAUSED, reason="http_429", retry_after=7)
    assert receptions == [paused, failed("http_500"), ACCEPTED]
    assert receiver.ids == ["msg_1"] * 3


async def test_a_body_without_end_is_not_read() -> None:
    async with receiving() as receiver, poster() as post:
        receiver.answers.append(endless)
        async with asyncio.timeout(60):
            assert await post.post(near(receiver.url), LETTER) == ACCEPTED


async def test_nobody_there_and_no_such_name_are_told_apart() -> None:
    def unknown(host: str, port: int, family: int) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with poster(unknown) as post:
        assert await post.post(near(f"http://127.0.0.1:{port}/"), LETTER) == failed("connect")
        assert await post.post(far("https://crm.example/"), LETTER) == failed("dns")


async def test_a_receiver_that_hangs_up_has_perhaps_got_it() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, poster() as post:
        port = server.sockets[0].getsockname()[1]
        found = await post.post(near(f"http://127.0.0.1:{port}/"), LETTER)
    assert found == failed("connection_lost")


async def test_a_receiver_without_proper_tls_gets_nothing() -> None:
    async with receiving() as receiver, poster() as post:
        url = receiver.url.replace("http://", "https://")
        assert await post.post(near(url), LETTER) == failed("tls")
    assert receiver.received == []


# --- where it never goes --------------------------------------------------------------------------


class Trap:
    """Somebody in the own network who must not be called; counts who connects."""

    def __init__(self) -> None:
        self.calls = 0

    def heard(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()


@asynccontextmanager
async def trap() -> AsyncIterator[tuple[Trap, int]]:
    trapped = Trap()
    server = await asyncio.start_server(trapped.heard, "127.0.0.1", 0)
    async with server:
        yield trapped, server.sockets[0].getsockname()[1]


def at(*addresses: str) -> LookUp:
    """A name server that gives every name these addresses."""

    def answer(host: str, port: int, family: int) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in addresses
        ]

    return answer


@pytest.mark.parametrize(
    "url",
    [
        "http://{me}/",
        "https://127.0.0.1:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://[::1]:{port}/",
        "https://0.0.0.0:{port}/",
        "https://127.1:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f000001:{port}/",
        "https://017700000001:{port}/",
        "https://127.0.0.1.:{port}/",
        "https://localhost:{port}/",
        "https://LOCALHOST.:{port}/",
    ],
)
async def test_x04_no_way_of_writing_it_leads_into_the_own_network(url: str) -> None:
    async with trap() as (trapped, port), poster() as post:
        target = url.format(me=f"127.0.0.1:{port}", port=port)
        reception = await post.post(far(target), LETTER)

    assert reception.kind is ReceptionKind.FAILED
    assert trapped.calls == 0


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("::ffff:127.0.0.1",),
        ("10.0.0.1",),
        ("169.254.169.254",),
        ("fd00::1",),
        ("8.8.8.8", "127.0.0.1"),
    ],
    ids=str,
)
async def test_x04_a_name_that_leads_into_the_own_network_is_refused(
    addresses: tuple[str, ...],
) -> None:
    async with trap() as (trapped, port), poster(at(*addresses)) as post:
        reception = await post.post(far(f"https://crm.example:{port}/"), LETTER)

    assert reception == failed("private_address")
    assert trapped.calls == 0


async def test_x04_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    """A second look-up would be the one that a rebinding name server answers otherwise."""
    asked: list[str] = []

    async with receiving() as receiver:
        here = at("127.0.0.1")

        def once(host: str, port: int, family: int) -> list[Any]:
            asked.append(host)
            return here(host, port, family) if len(asked) == 1 else at("10.9.9.9")(host, port, 0)

        async with poster(once) as post:
            url = receiver.url.replace("127.0.0.1", "crm.example")
            found = await post.post(near(url), LETTER)

    assert found == ACCEPTED
    assert asked == ["crm.example"]
    assert receiver.received[0].headers["host"].startswith("crm.example:")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_x04_a_redirect_is_not_followed(status: int) -> None:
    async with trap() as (trapped, port), receiving() as receiver, poster() as post:
        elsewhere = f"http://127.0.0.1:{port}/"
        receiver.answers.append(lambda: RedirectResponse(elsewhere, status))
        reception = await post.post(near(receiver.url), LETTER)

    assert reception == failed(f"http_{status}")
    assert trapped.calls == 0


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with trap() as (trapped, port), receiving() as receiver, poster() as post:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        assert await post.post(near(receiver.url), LETTER) == ACCEPTED
    assert trapped.calls == 0


async def test_a_name_server_that_hangs_holds_up_no_other_name() -> None:
    release = threading.Event()

    def hang(host: str, port: int, family: int) -> list[Any]:
        if host == "slow.example":
            release.wait(30)
        return at("127.0.0.1")(host, port, family)

    async with receiving() as receiver, Poster(SystemClock(), look_up=hang) as post:
        slow, quick = (receiver.url.replace("127.0.0.1", f"{n}.example") for n in ("slow", "quick"))
        waiting = asyncio.ensure_future(post.post(near(slow), LETTER))
        assert await post.post(near(quick), LETTER) == ACCEPTED
        assert not waiting.done()
        release.set()
        assert await waiting == ACCEPTED
