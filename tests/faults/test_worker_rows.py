"""Several processes on one PostgreSQL: who polls, who takes over, what each role answers, and how it ends."""

import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.deployment import until
from tests.e2e.process import Server, aftertouch, serving
from tests.fakes.telegram import FakeTelegram

FREEZING = [signal.SIGKILL, signal.SIGSTOP]
ALL = ["intake", "worker", "console"]
NewUrl = Callable[[], str]


@asynccontextmanager
async def fleet(
    url: str, home: Path, roles: Sequence[str], telegram: FakeTelegram
) -> AsyncIterator[list[Server]]:
    """Run a process for each entry of ``roles``, on one database and for one bot."""
    own = {
        "AFTERTOUCH_DATABASE_URL": url,
        "AFTERTOUCH_TELEGRAM_TOKEN": telegram.token,
        "AFTERTOUCH_TELEGRAM_BASE_URL": telegram.base_url,
    }
    async with AsyncExitStack() as stack:
        servers = []
        for number, each in enumerate(roles):
            cwd = home / str(number)
            cwd.mkdir()
            server = serving(cwd, **own, AFTERTOUCH_ROLES=each)
            servers.append(await stack.enter_async_context(server))
        yield servers


async def telegram_of(server: Server) -> Any:
    return (await server.get("/healthz")).body["channels"]["telegram"]


async def who_polls(servers: Sequence[Server]) -> Server | None:
    """Return the one that receives updates, once all have found out."""
    states = [(await telegram_of(server))["state"] for server in servers]
    settled = sorted(states) == ["ok"] + ["standby"] * (len(servers) - 1)
    return servers[states.index("ok")] if settled else None


@pytest.mark.postgres
@pytest.mark.parametrize("how", FREEZING, ids=lambda how: how.name)
async def test_of_two_workers_one_polls_and_the_other_takes_over(
    how: signal.Signals, postgres_url_factory: NewUrl, tmp_path: Path
) -> None:
    """Killed or frozen: the server hangs up on whoever pings no more (bound: 20 s and a try)."""
    async with (
        FakeTelegram() as telegram,
        fleet(postgres_url_factory(), tmp_path, ["worker"] * 2, telegram) as servers,
    ):
        holder = await until(lambda: who_polls(servers))
        (other,) = [server for server in servers if server is not holder]
        waiting = await telegram_of(other)
        assert holder.process is not None
        holder.process.send_signal(how)

        async def taken_over() -> bool:
            return bool((await telegram_of(other))["state"] == "ok")

        await until(taken_over)
        await telegram.user(1).say("hello")

        async def answered() -> bool:
            return bool(telegram.messages)

        await until(answered)

    assert waiting == {
        "state": "standby",
        "reason": "standing by to receive updates: another process does this",
    }


@pytest.mark.postgres
async def test_each_role_answers_its_own_paths_and_is_ready(
    postgres_url_factory: NewUrl, tmp_path: Path
) -> None:
    paths = ("/chat", "/console", "/metrics")
    async with (
        FakeTelegram() as telegram,
        fleet(postgres_url_factory(), tmp_path, ALL, telegram) as servers,
    ):
        found = [[(await server.get(path)).status for path in paths] for server in servers]
        health = [(await server.get("/healthz")).body for server in servers]
        ready = [(await server.get("/readyz")).body for server in servers]
        codes = [await server.end(signal.SIGTERM) for server in servers]

    assert found == [[200, 404, 200], [404, 404, 200], [404, 200, 200]]
    assert [told["roles"] for told in health] == [["intake"], ["worker"], ["console"]]
    assert [(told["ready"], told["problems"]) for told in ready] == [(True, [])] * 3
    elsewhere = {"state": "off", "reason": "not run in this process"}
    assert [told["channels"]["webchat"]["state"] for told in health] == ["ok", "off", "off"]
    assert health[2]["channels"]["telegram"] == elsewhere
    assert codes == [0, 0, 0]


async def test_sqlite_is_one_process_with_every_role(tmp_path: Path) -> None:
    code, out, err = await aftertouch("serve", "--roles", "intake,worker", cwd=tmp_path)

    problem = "on SQLite one process does everything: leave roles out, or use PostgreSQL"
    assert (code, out, err) == (1, "", f"aftertouch: roles: {problem}\n")


@pytest.mark.parametrize("roles", ["worker,chef", ""])
async def test_an_unknown_role_is_one_line(roles: str, tmp_path: Path) -> None:
    code, out, err = await aftertouch("serve", "--roles", roles, cwd=tmp_path)

    what = "chef is no role" if roles else "no role is named"
    told = f"aftertouch: settings: roles: {what}; choose from intake, worker, console\n"
    assert (code, out, err) == (1, "", told)
