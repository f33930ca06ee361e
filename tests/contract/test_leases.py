"""surveys.ports.Leases and surveys.ports.Bell, where the database is ours alone and where it is shared."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from storage import lines
from storage.peers import Peers, peers_at
from surveys.errors import StorageBusy
from tests.e2e.deployment import until

NewUrl = Callable[[], str]
SOON = 8
"""Seconds, on a busy machine; a psycopg left to itself waits ten for a silent server."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.sqlite3"
    new_url: NewUrl = request.getfixturevalue("postgres_url_factory")
    return new_url()


@pytest.fixture
def peers(url: str) -> Peers:
    return peers_at(url)


async def test_a_lease_has_one_holder_until_it_is_released(peers: Peers) -> None:
    first = await peers.leases.take("bot")
    other = await peers.leases.take("another bot")
    assert first is not None
    assert other is not None
    assert await peers.leases.take("bot") is None

    await first.release()
    again = await until(lambda: peers.leases.take("bot"))  # the server ends the session in its time
    assert await peers.leases.take("another bot") is None
    await again.release()
    await again.release()
    await other.release()


async def test_a_lease_that_is_held_is_not_lost(peers: Peers) -> None:
    lease = await peers.leases.take("bot")
    assert lease is not None
    losing = asyncio.ensure_future(lease.lost())
    await asyncio.sleep(0.1)

    assert not losing.done()
    losing.cancel()
    await lease.release()


@pytest.mark.postgres
async def test_two_processes_share_the_leases(postgres_url_factory: NewUrl) -> None:
    url = postgres_url_factory()
    ours, theirs = peers_at(url), peers_at(url)
    lease = await ours.leases.take("bot")
    assert lease is not None
    assert await theirs.leases.take("bot") is None

    await lease.release()

    taken = await until(lambda: theirs.leases.take("bot"))
    await taken.release()


@pytest.mark.postgres
async def test_a_lease_whose_session_ended_is_lost(postgres_url_factory: NewUrl) -> None:
    """As when the server restarts, or hangs up on a process that was frozen."""
    url = postgres_url_factory()
    lease = await peers_at(url).leases.take("bot")
    assert lease is not None
    hang_up_on_others(url)

    async with asyncio.timeout(4 * (lines.PING + lines.ANSWER)):
        await lease.lost()
    again = await until(lambda: peers_at(url).leases.take("bot"))
    await lease.release()
    await again.release()


async def test_a_holder_knows_of_the_loss_before_the_server_acts_on_it() -> None:
    assert lines.PING + lines.ANSWER < lines.IDLE < 20


@pytest.mark.postgres
async def test_the_server_hangs_up_on_a_holder_that_pings_no_more(
    postgres_url_factory: NewUrl,
) -> None:
    lease = await peers_at(url := postgres_url_factory()).leases.take("bot")
    assert lease is not None
    with psycopg.connect(url, autocommit=True) as other:
        told = other.execute("SHOW idle_session_timeout").fetchone()
        held = other.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
    assert (told, held) == (("0",), (1,)), "only the lease's own session ends when it is idle"

    async def free() -> object:
        return await peers_at(url).leases.take("bot")

    taken = await until(free)  # nobody awaits lost(), so nobody pings
    await taken.release()
    await lease.release()


@asynccontextmanager
async def frozen(url: str) -> AsyncIterator[lines.Line]:
    """A line to a server that stands still, as one whose machine or network has."""
    line = await lines.connected(url)
    server = line.info.backend_pid
    os.kill(server, signal.SIGSTOP)
    try:
        yield line
    finally:
        os.kill(server, signal.SIGCONT)
        await line.close()


@pytest.mark.postgres
async def test_a_silent_server_is_given_up_when_its_time_is_over(
    postgres_url_factory: NewUrl,
) -> None:
    """Not when it has confirmed the cancelling, or failed to: by then another process has the lease."""
    async with frozen(postgres_url_factory()) as line, asyncio.timeout(SOON):
        with pytest.raises(psycopg.OperationalError):
            await lines.ping(line, within=0.2)


@pytest.mark.postgres
async def test_who_stops_waits_for_no_silent_server(postgres_url_factory: NewUrl) -> None:
    async with frozen(postgres_url_factory()) as line:
        asking = asyncio.ensure_future(lines.ping(line))
        await asyncio.sleep(0.2)
        asking.cancel()
        async with asyncio.timeout(SOON):
            await asyncio.wait({asking})
        assert asking.cancelled()


async def test_a_database_that_does_not_answer_grants_nothing() -> None:
    with pytest.raises(StorageBusy, match="does not answer"):
        await peers_at("postgresql://me@127.0.0.1:1/a").leases.take("bot")


# --- the bell -------------------------------------------------------------------------------------


class Ear:
    """Counts what a process hears."""

    def __init__(self, peers: Peers, tasks: asyncio.TaskGroup) -> None:
        self.heard = 0
        self.listening = tasks.create_task(peers.bell.run(self._hear))

    def _hear(self) -> None:
        self.heard += 1

    async def hears(self, more_than: int) -> None:
        async def does() -> bool:
            return self.heard > more_than

        await until(does)


async def test_ringing_alone_is_heard_by_nobody(url: str) -> None:
    async with asyncio.TaskGroup() as tasks:
        peers = peers_at(url)
        ear = Ear(peers, tasks)
        begun = int(url.startswith("postgresql"))  # to listen to a server counts as being rung at
        if begun:
            await ear.hears(0)
        peers.bell.ring()
        await asyncio.sleep(0.3)
        ear.listening.cancel()

    assert ear.heard == begun


@pytest.mark.postgres
async def test_a_ring_is_heard_by_every_other_process(postgres_url_factory: NewUrl) -> None:
    url = postgres_url_factory()
    async with asyncio.TaskGroup() as tasks:
        ours = peers_at(url)
        ears = [Ear(peers, tasks) for peers in (ours, peers_at(url), peers_at(url))]
        for ear in ears:
            await ear.hears(0)
        before = [ear.heard for ear in ears]
        for _ in range(100):
            ours.bell.ring()
        await ears[1].hears(before[1])
        await ears[2].hears(before[2])
        for ear in ears:
            ear.listening.cancel()

    assert ears[0].heard == before[0]
    assert all(ear.heard - was < 10 for ear, was in zip(ears, before, strict=True)), "100 are one"


@pytest.mark.postgres
async def test_a_bell_whose_lines_were_cut_rings_again(postgres_url_factory: NewUrl) -> None:
    url = postgres_url_factory()
    async with asyncio.TaskGroup() as tasks:
        ours, theirs = peers_at(url), peers_at(url)
        ears = [Ear(ours, tasks), Ear(theirs, tasks)]
        for ear in ears:
            await ear.hears(0)
        before = [ear.heard for ear in ears]
        hang_up_on_others(url)
        for ear, was in zip(ears, before, strict=True):
            await ear.hears(was)  # listening again, it may have missed something

        async def ringing() -> bool:
            ours.bell.ring()
            return ears[1].heard > before[1] + 1

        await until(ringing)
        for ear in ears:
            ear.listening.cancel()


def hang_up_on_others(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
