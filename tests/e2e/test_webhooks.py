"""Outgoing webhooks of a whole application: real requests to real receivers, through failures and restarts."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from surveys.model import WebhookState
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.process import Server, aftertouch, serving
from tests.e2e.webchat_chat import WebChat, WebchatPlatform
from tests.fakes.receiver import SECRET, Receiver, receiving

LEASE_AND_MORE = 240  # seconds, on a busy machine
WORDS = "그만"


def config(folder: Path, **urls: str) -> Path:
    """A config file with these destinations in the own network, each told everything."""
    told = ["answer.recorded", "answer.revised", "customer.opted_out", "customer.opted_in"]
    parts = {"secret": SECRET, "events": told, "allow_private": True}
    file = folder / "config.yaml"
    webhooks = {name: {"url": url, **parts} for name, url in urls.items()}
    file.write_text(json.dumps({"webhooks": webhooks}), "utf-8")
    return file


@asynccontextmanager
async def telling(
    database_url: str, folder: Path, **urls: str
) -> AsyncIterator[tuple[Deployment, WebChat]]:
    """A deployment in the present, and a customer in its web chat."""
    async with deployed(database_url, {}, config=config(folder, **urls)) as deployment:
        await deployment.come_to_the_present()
        yield deployment, await WebchatPlatform().join(deployment, "c1", "ko")


def heard(receiver: Receiver, count: int) -> Callable[[], Awaitable[bool]]:
    async def all_there() -> bool:
        return len(receiver.received) >= count

    return all_there


async def asked_admin(deployment: Deployment, what: str, **body: str) -> Any:
    """Call as the command line of this machine does."""
    headers = {
        "x-aftertouch-admin": deployment.app.admin_token,
        "Content-Type": "application/json",
    }
    reply = await deployment.send(f"/admin/{what}", json.dumps(body).encode(), headers)
    assert reply.status == 201, reply
    return reply.body


async def standing(deployment: Deployment, name: str = "crm") -> Any:
    told = await asked_admin(deployment, "webhooks")
    return next(each for each in told["webhooks"] if each["name"] == name)


async def state(deployment: Deployment, message_id: str) -> WebhookState | None:
    message = await deployment.app.storage.read(lambda tx: tx.webhooks.get(message_id))
    return message.state if message else None


# --- what arrives ---------------------------------------------------------------------------------


async def test_an_answer_arrives_signed_within_moments(database_url: str, tmp_path: Path) -> None:
    async with receiving() as crm, telling(database_url, tmp_path, crm=crm.url) as (app, chat):
        at = (app.clock.now() - timedelta(hours=2)).isoformat()
        await app.signed(app.event("c1", time=at))
        (question,) = await seen(chat, 1)
        await chat.press(question, question.token, question.scores[0])
        await until(heard(crm, 1))

        (body,) = crm.bodies
        assert body["type"] == "answer.recorded"
        data = body["data"]
        assert (data["customer_id"], data["occasion"]) == ("c1", "ticket-1")
        assert (data["stage"], data["instrument"], data["question"]) == (
            "retention",
            "ces2",
            "score",
        )
        assert "comment" not in data

        async def is_sent() -> bool:
            return await state(app, crm.ids[0]) is WebhookState.SENT

        await until(is_sent)
        assert (await standing(app))["waiting"] == 0


async def test_a_failed_message_comes_again_under_the_same_id(
    database_url: str, tmp_path: Path
) -> None:
    async with receiving() as crm, telling(database_url, tmp_path, crm=crm.url) as (app, chat):
        answered = asyncio.Event()
        crm.answer(500)
        crm.answers.append(answered)
        await chat.type(WORDS)

        async def is_failing() -> bool:
            health = (await app.get("/healthz")).body
            return bool(health["webhooks"]["crm"] == {"state": "failing", "reason": "http_500"})

        await until(is_failing)
        answered.set()
        await until(heard(crm, 2))
        assert len(set(crm.ids)) == 1
        assert [body["type"] for body in crm.bodies] == ["customer.opted_out"] * 2


async def test_a_restart_loses_nothing_that_waits(database_url: str, tmp_path: Path) -> None:
    async with receiving() as crm, telling(database_url, tmp_path, crm=crm.url) as (app, chat):
        crm.answer(503)
        await chat.type(WORDS)
        await until(heard(crm, 1))
        await app.restart()
        await until(heard(crm, 2))

    assert len(set(crm.ids)) == 1


async def test_a_slow_destination_delays_no_other(database_url: str, tmp_path: Path) -> None:
    """Neither another destination nor a customer; its own queue goes on when it has answered."""
    async with (
        receiving() as slow,
        receiving() as quick,
        telling(database_url, tmp_path, slow=slow.url, quick=quick.url) as (app, chat),
    ):
        answered = asyncio.Event()
        slow.answers.append(answered)
        await chat.type(WORDS)
        await until(heard(slow, 1))
        await until(heard(quick, 1))
        for number in range(2, 5):
            other = await WebchatPlatform().join(app, f"c{number}", "ko")
            await other.type(WORDS)
            await until(heard(quick, number))

        assert len(slow.received) == 1
        answered.set()
        await until(heard(slow, 4))
        assert len(set(slow.ids)) == 4


# --- staff ----------------------------------------------------------------------------------------


async def test_a_destination_that_wants_no_more_is_shown_and_can_be_enabled(
    database_url: str, tmp_path: Path
) -> None:
    async with receiving() as crm, telling(database_url, tmp_path, crm=crm.url) as (app, chat):
        crm.answer(410)

        async def is_disabled() -> bool:
            health = (await app.get("/healthz")).body
            disabled = {"state": "disabled", "reason": "http_410"}
            return bool((health["status"], health["webhooks"]["crm"]) == ("degraded", disabled))

        with capture_logs() as logs:

            async def is_told() -> bool:
                return any(line["log_level"] == "error" for line in logs)

            await chat.type(WORDS)
            await until(is_disabled)
            await until(is_told)
        (alarm,) = [line for line in logs if line["log_level"] == "error"]
        assert (alarm["destination"], alarm["reason"]) == ("crm", "http_410")
        shown = await standing(app)
        assert (shown["state"], shown["waiting"], shown["last_error"]) == (
            "disabled",
            1,
            "http_410",
        )
        assert shown["to"] == crm.url.removesuffix("/hook")
        assert await asked_admin(app, "webhooks/enable", name="crm") == {"waiting": 1}
        await until(heard(crm, 2))
        assert len(set(crm.ids)) == 1


async def test_a_test_message_is_sent_once_and_its_outcome_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with receiving() as crm, telling(url, tmp_path, crm=crm.url) as (app, _):
        crm.answer(500)
        refused = await asked_admin(app, "webhooks/test", name="crm")
        taken = await asked_admin(app, "webhooks/test", name="crm")

        assert refused == {"accepted": False, "reason": "http_500"}
        assert taken == {"accepted": True, "reason": None}
        assert [b["type"] for b in crm.bodies] == ["webhook.test"] * 2
        assert (await standing(app))["waiting"] == 0


@pytest.mark.parametrize("what", ["webhooks", "webhooks/enable", "webhooks/test"])
async def test_nobody_without_the_admin_token_is_heard(tmp_path: Path, what: str) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with receiving() as crm, telling(url, tmp_path, crm=crm.url) as (app, _):
        reply = await app.post(f"/admin/{what}", {"name": "crm"})

    assert reply.status == 403
    assert crm.received == []


@pytest.mark.parametrize("what", ["webhooks/enable", "webhooks/test"])
async def test_an_unknown_destination_is_named(tmp_path: Path, what: str) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with telling(url, tmp_path) as (app, _):
        token = {"x-aftertouch-admin": app.app.admin_token, "Content-Type": "application/json"}
        unknown = await app.send(f"/admin/{what}", b'{"name": "crm"}', token)
        nameless = await app.send(f"/admin/{what}", b"{}", token)

    assert (unknown.status, nameless.status) == (404, 400)
    assert "there is no webhook 'crm'" in unknown.body["detail"]


async def test_the_commands_list_test_and_enable(tmp_path: Path) -> None:
    async with receiving() as crm:
        config(tmp_path, crm=crm.url, bi=crm.url)
        async with serving(tmp_path) as server:

            async def run(*arguments: str) -> tuple[int, str, str]:
                told = ("webhooks", *arguments)
                return await aftertouch(*told, cwd=tmp_path, environ=server.environ)

            crm.answer(410)
            refused, taken = await run("test", "crm"), await run("test", "crm")
            code, table, _ = await run()
            _, lines, _ = await run("--json")
            enabled, unknown = await run("enable", "crm"), await run("enable", "nobody")
        without = await run()

    assert refused == (1, "crm: http_410\n", "")
    assert taken == (0, "crm: accepted\n", "")
    head, *rows = table.splitlines()
    assert (code, head.split()[:3]) == (0, ["name", "state", "waiting"])
    assert [row.split()[:4] for row in rows] == [[n, "active", "0", "0"] for n in ("bi", "crm")]
    assert [json.loads(line)["name"] for line in lines.splitlines()] == ["bi", "crm"]
    assert enabled == (0, "crm: enabled, 0 waiting\n", "")
    assert (unknown[0], "there is no webhook 'nobody'" in unknown[2]) == (1, True)
    assert (without[0], without[1], without[2].count("\n")) == (1, "", 1)


# --- killed ---------------------------------------------------------------------------------------


async def stops(server: Server, name: str) -> None:
    """A customer joins by web chat and stops everything, over HTTP."""
    wanted = ("key", "create", "--scope", "customers:write")
    code, key, err = await aftertouch(*wanted, cwd=server.cwd, environ=server.environ)
    assert code == 0, err
    bearer = {"Authorization": f"Bearer {key.strip()}"}
    await post(server, "/v1/customers", {"id": name}, bearer)
    links = await post(server, f"/v1/customers/{name}/links", {}, bearer)
    opened = await post(server, "/chat/api/open", {"token": links["webchat"]["token"]}, {})
    act = {"client_msg_id": "m1", "client_seq": 1, "act": {"text": WORDS}}
    session = {"Authorization": f"Bearer {opened['session']}"}
    await post(server, "/chat/api/act", act, session)


async def post(server: Server, path: str, body: Any, headers: dict[str, str]) -> Any:
    async with server.http.post(server.url + path, json=body, headers=headers) as answer:
        assert answer.status in (200, 202), await answer.text()
        return await answer.json()


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
async def test_a_server_killed_in_mid_request_sends_it_again_under_the_same_id(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    environ = {}
    if database == "postgres":
        environ["AFTERTOUCH_DATABASE_URL"] = request.getfixturevalue("postgres_url_factory")()
    async with receiving() as crm:
        crm.answers.append(asyncio.Event())
        config(tmp_path, crm=crm.url)
        async with serving(tmp_path, **environ) as server:
            await stops(server, "c1")
            await until(heard(crm, 1))
            await server.end(signal.SIGKILL)
            await server.start()
            async with asyncio.timeout(LEASE_AND_MORE):
                while len(crm.received) < 2:
                    await asyncio.sleep(0.1)
            code = await server.end(signal.SIGTERM)

    assert code == 0
    assert len(set(crm.ids)) == 1
