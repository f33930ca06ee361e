"""Several processes on one PostgreSQL: who polls, who takes over, what each role answers, and how it ends."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from bot.app import App, Outside, build
from bot.config import load
from scheduler.alarm import ApsAlarm
from storage.opening import open_storage
from surveys.model import CustomerHint, Event
from tests.contract.test_leases import hang_up_on_others
from tests.e2e.deployment import deployed, until
from tests.e2e.process import Server, aftertouch, serving
from tests.e2e.shop import deliveries, opened
from tests.e2e.slack_chat import slack
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import slow
from tests.programs import standard

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


# --- the bell -------------------------------------------------------------------------------------


@asynccontextmanager
async def running(url: str, roles: str) -> AsyncIterator[App]:
    """Run an application in this process, which never wakes up by itself."""
    settings = load({"AFTERTOUCH_DATABASE_URL": url, "AFTERTOUCH_ROLES": roles}, None)
    outside = Outside(alarm=lambda: ApsAlarm(sweep_seconds=3600))
    async with (
        open_storage(url) as storage,
        build(settings, storage=storage, program=standard(), outside=outside) as app,
        asyncio.TaskGroup() as tasks,
    ):
        work = tasks.create_task(app.run())
        yield app
        work.cancel()


@pytest.mark.postgres
async def test_an_event_that_one_process_takes_in_wakes_the_worker_in_another(
    postgres_url_factory: NewUrl,
) -> None:
    """Also after PostgreSQL has hung up on everybody, as it does when it restarts.

    Five times in a row: the worker also wakes by itself now and then.
    """
    url = postgres_url_factory()
    async with running(url, "intake") as intake, running(url, "worker") as worker:

        async def wakes() -> bool:
            before = worker.loop.ran_at
            event = Event(
                source="/shop",
                id="e1",
                type="order.paid",
                subject="o1",
                time=intake.ctx.now(),
                customer=CustomerHint(id="c1"),
            )
            await intake.desk.accept([event])
            for _ in range(50):
                await asyncio.sleep(0.02)
                if worker.loop.ran_at != before:
                    return True
            return False

        async def wakes_every_time() -> bool:
            return all([await wakes() for _ in range(5)])

        for _ in range(2):
            await until(wakes_every_time)
            hang_up_on_others(url)


# --- the end --------------------------------------------------------------------------------------

MIXES = {"each role apart": ALL, "two of everything": [",".join(ALL)] * 2}


@pytest.mark.postgres
@pytest.mark.parametrize("mix", MIXES)
async def test_every_mix_of_roles_ends_in_time_and_leaves_nothing_unknown(
    mix: str, postgres_url_factory: NewUrl, tmp_path: Path
) -> None:
    many = 24
    async with (
        FakeTelegram() as telegram,
        fleet(postgres_url_factory(), tmp_path, MIXES[mix], telegram) as servers,
    ):
        shop = await opened(servers[0], telegram)
        await shop.joined(many)
        telegram.fail("sendMessage", *[slow(0.4)] * many)
        told = [await shop.tell(shop.case(number)) for number in range(1, many + 1)]

        async def some_asked() -> bool:
            return len(shop.questions()) > 2

        await until(some_asked)
        codes = await asyncio.gather(*(server.end(signal.SIGTERM) for server in servers))
        states = deliveries(servers[0])
        telegram._faults.clear()
        await asyncio.gather(*(server.start() for server in servers))

        async def all_asked() -> bool:
            return len(shop.questions()) >= many

        await until(all_asked)

    assert told == ["new"] * many
    assert set(codes) == {0}
    assert set(states) <= {"sent", "pending"}
    assert len({call.arguments["chat_id"] for call in shop.questions()}) == many
    assert len(shop.questions()) == many


# --- tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["xoxe.xoxb-1-Mi0y", "xoxe-1-My0x"])
async def test_sl14_a_token_that_rotates_is_refused_and_none_is_ever_refreshed(
    token: str, tmp_path: Path
) -> None:
    """Two workers can't burn a refresh token that no deployment has (docs/decisions: a token that stays)."""
    structlog.reset_defaults()
    async with slack(socket=False) as workspace:
        workspace.slack.token = token
        with capture_logs() as logs:
            async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", workspace.environ) as running:
                health = (await running.get("/healthz")).body["channels"]["slack"]

    (off,) = [line for line in logs if line["event"] == "channel off"]
    assert off["problem"].startswith("AFTERTOUCH_SLACK_BOT_TOKEN is one that expires")
    assert "\n" not in off["problem"]
    assert token not in off["problem"]
    assert health == {"state": "red", "reason": off["problem"]}
    assert workspace.slack.journal == []
