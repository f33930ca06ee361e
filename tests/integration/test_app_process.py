"""``aftertouch serve`` as a process: starting, being stopped, being killed, sharing a machine."""

import json
import os
import signal
import socket
import stat
from pathlib import Path

from tests.commands import told
from tests.e2e.deployment import until
from tests.e2e.process import Server, aftertouch, reserved_port, serving
from tests.e2e.shop import bot, opened
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import HANG


async def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = await aftertouch("serve", cwd=tmp_path, environ={"AFTERTOUCH_PORT": port})

    assert (code, out) == (1, "")
    assert err == f"aftertouch: port: 127.0.0.1:{port} can't be used: Address already in use\n"


async def test_d11_a_second_server_on_the_same_file_is_refused_in_one_sentence(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as first:
        with reserved_port() as port:
            other = {**first.environ, "AFTERTOUCH_PORT": str(port)}
            code, out, err = await aftertouch("serve", cwd=tmp_path, environ=other)
        assert (await first.get("/readyz")).status == 200

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("aftertouch: ")
    assert "another process" in err.lower()


async def test_a_key_is_made_by_the_running_server_or_without_one(tmp_path: Path) -> None:
    """Its note with the admin token is private, does no harm when it is killed, and goes when it ends."""
    note = tmp_path / "a.sqlite3.admin"
    async with serving(tmp_path) as server:
        mode = stat.S_IMODE(note.stat().st_mode)
        by_server = await key(server)
        await server.end(signal.SIGKILL)
        left = note.exists()
        alone = await key(server)
        await server.start()
        read = [await results(server, token) for token in (by_server, alone)]
        code = await server.end(signal.SIGTERM)

    assert (mode, left, code, note.exists()) == (0o600, True, 0, False)
    assert {json.loads(line)["event"] for line in server.log.splitlines()} == {"serving"}
    assert read == [200, 200]


async def key(server: Server) -> str:
    wanted = ("key", "create", "--scope", "results:read")
    code, token, err = await told(*wanted, environ=server.environ)
    assert (code, err) == (0, "")
    return token.strip()


async def results(server: Server, token: str) -> int:
    return (await server.get("/v1/results", Authorization=f"Bearer {token}")).status


# --- customers in the middle of it ----------------------------------------------------------------


async def test_a_hanging_platform_does_not_hold_the_end_up(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram, serving(tmp_path, **bot(telegram)) as server:
        shop = await opened(server, telegram)
        await shop.joined(1)
        telegram.fail("sendMessage", HANG)
        await shop.tell(shop.case(1))

        async def asked() -> bool:
            return bool(shop.questions())

        await until(asked)
        code = await server.end(signal.SIGTERM)

    assert code == 0
    assert "a request to a platform hung" in server.log


HANGING_NAMES = """
import socket, time
real = socket.getaddrinfo
def hang(host, *rest, **named):
    if host == "hangs.example":
        open("asked", "w").close()
        time.sleep(600)
    return real(host, *rest, **named)
socket.getaddrinfo = hang
"""


async def test_a_name_server_that_hangs_delays_no_exit(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HANGING_NAMES)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    telegram = {
        "AFTERTOUCH_TELEGRAM_TOKEN": "1234567:" + "A" * 35,
        "AFTERTOUCH_TELEGRAM_BASE_URL": "http://hangs.example",
    }
    async with serving(tmp_path, PYTHONPATH=path, **telegram) as server:

        async def asked() -> bool:
            return (tmp_path / "asked").exists()

        await until(asked)
        assert await server.end(signal.SIGTERM) == 0
