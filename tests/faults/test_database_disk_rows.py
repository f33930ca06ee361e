"""Rows D03 to D05: the disk is full, or the file is none that will do."""

import asyncio
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from ctypes import CDLL
from pathlib import Path
from typing import Any

import pytest

from storage.opening import prepare
from tests.e2e.deployment import until
from tests.e2e.process import Server, environment, serving
from tests.e2e.shop import bot, deliveries, opened
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import drip

# --- D03, D04: the disk is full ---------------------------------------------------------------------

FULL = 65_536
"""Bytes up to which a file of the server's can still be written; its database is longer by far."""


def fill_the_disk(server: Server, limit: int = FULL) -> None:
    """Let no file of the server's grow; what was written stays readable."""
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def free_the_disk(server: Server) -> None:
    fill_the_disk(server, resource.RLIM_INFINITY)


def rows(server: Server, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(server.cwd / "a.sqlite3")) as connection:
        return connection.execute(query).fetchall()


async def test_d03_a_full_disk_refuses_what_comes_says_so_and_passes(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram, serving(tmp_path, **bot(telegram)) as server:
        shop = await opened(server, telegram)
        await shop.joined(1)
        first, second = shop.case(1), shop.case(1) | {"id": "e2", "subject": "t2"}
        assert await shop.tell(first) == "new"

        fill_the_disk(server)
        url = f"{server.url}/v1/events"
        async with server.http.post(url, json=second, headers=shop.headers) as answer:
            refused = answer.status
        unready = await server.get("/readyz")
        health = (await server.get("/healthz")).body
        readable = await server.get("/v1/results", **shop.headers)
        free_the_disk(server)

        async def is_ready() -> bool:
            return (await server.get("/readyz")).status == 200

        await until(is_ready)
        assert await shop.tell(second) == "new"
        again = (await server.get("/healthz")).body
        code = await server.end(signal.SIGTERM)

    assert (health["status"], health["storage"]["state"]) == ("degraded", "red")
    assert again["storage"] == {"state": "ok", "reason": ""}
    assert (refused, unready.status, readable.status, code) == (503, 503, 200, 0)
    assert unready.body["problems"][0].startswith("read-only: ")
    assert "nothing can be stored: read-only until it can" in server.log
    assert "writes are stored again" in server.log
    assert rows(server, "PRAGMA integrity_check") == [("ok",)]
    taken = "SELECT key FROM inbox WHERE source LIKE 'event:%' ORDER BY key"
    assert rows(server, taken) == [("e1",), ("e2",)]


async def test_d04_an_outcome_that_found_the_disk_full_is_unknown_and_not_sent_again(
    tmp_path: Path,
) -> None:
    async with FakeTelegram() as telegram, serving(tmp_path, **bot(telegram)) as server:
        shop = await opened(server, telegram)
        await shop.joined(1)
        telegram.fail("sendMessage", drip(0.01))
        await shop.tell(shop.case(1))

        async def asked() -> bool:
            return bool(shop.questions())

        await until(asked)
        fill_the_disk(server)

        async def not_stored() -> bool:
            return "outcome not stored" in server.log

        await until(not_stored)
        meanwhile = deliveries(server)
        free_the_disk(server)
        await settled(server)
        code = await server.end(signal.SIGTERM)
        await server.start()

    assert (meanwhile["sending"], code) == (1, 0)
    assert len(shop.questions()) == 1
    assert rows(server, "PRAGMA integrity_check") == [("ok",)]


async def settled(server: Server) -> None:
    """Wait until the lease of the lost claim is over: half a minute by the real clock."""
    async with asyncio.timeout(240):
        while "sending" in (states := deliveries(server)):
            await asyncio.sleep(0.2)
    assert states["unknown"] + states["parked"] == 1


# --- D05: a file that won't do ----------------------------------------------------------------------

DAC_OVERRIDE, DAC_READ_SEARCH, DROP = 1, 2, 24  # linux/capability.h, linux/prctl.h


def obey_file_modes() -> None:
    """Let the command about to run as root be bound by file modes, as any other user's is."""
    for capability in (DAC_OVERRIDE, DAC_READ_SEARCH):
        CDLL(None).prctl(DROP, capability)


def serve_once(folder: Path, file: Path) -> subprocess.CompletedProcess[str]:
    given = {"AFTERTOUCH_DATABASE_URL": f"sqlite:///{file}", "AFTERTOUCH_PORT": "0"}
    return subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=folder,
        env=environment(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        preexec_fn=obey_file_modes if os.geteuid() == 0 else None,
    )


def read_only_file(home: Path) -> Path:
    (home / "a.sqlite3").chmod(stat.S_IRUSR)
    return home / "a.sqlite3"


def read_only_folder(home: Path) -> Path:
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    return home / "a.sqlite3"


def missing_folder(home: Path) -> Path:
    return home / "none" / "a.sqlite3"


def no_lock(home: Path) -> Path:
    (home / "a.sqlite3.lock").unlink()
    (home / "a.sqlite3.lock").mkdir()
    return home / "a.sqlite3"


def no_database(home: Path) -> Path:
    (home / "a.sqlite3").write_text("These are my holiday plans. " * 100)
    return home / "a.sqlite3"


def later_file_format(home: Path) -> Path:
    """Set the format version that a reader must know (sqlite.org/fileformat.html, 1.3.3)."""
    with (home / "a.sqlite3").open("r+b") as file:
        file.seek(18)
        file.write(b"\x03\x03")
    return home / "a.sqlite3"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (read_only_file, "a.sqlite3 can't be written by this user"),
        (read_only_folder, "data can't be written by this user"),
        (missing_folder, "there is no directory"),
        (no_lock, "a.sqlite3.lock: Is a directory"),
        (no_database, "no database of ours"),
        (later_file_format, "no database of ours"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_d05_a_file_that_will_not_do_ends_the_start_in_one_line(
    spoil: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    home = tmp_path / "data"
    home.mkdir()
    prepare(f"sqlite:///{home / 'a.sqlite3'}")

    ended = serve_once(tmp_path, spoil(home))
    home.chmod(stat.S_IRWXU)

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith("aftertouch: database URL: ")
    assert said in ended.stderr
