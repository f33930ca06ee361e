"""The staff list from the command line, without a server and with one."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.doors import ADMIN_HEADER
from storage.opening import open_storage
from surveys.errors import InvalidInput, NotFound
from tests.commands import Run, refuse, running_on
from tests.contract.test_program_versions import planned
from tests.e2e.deployment import deployed
from tests.sqlite import migrated


@pytest.fixture
def database(tmp_path: Path) -> str:
    return migrated(tmp_path / "a.sqlite3")


@pytest.fixture
def run(database: str) -> Run:
    return running_on(database)


def staff(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("staff", "list", "--json").splitlines()]


def test_members_are_added_changed_and_listed(run: Run, database: str) -> None:
    link = run("staff", "add", "Minji@Example.com", "--role", "admin", "--name", "민지")
    run("staff", "add", "jun@example.com")
    run("staff", "role", "jun@example.com", "operator")
    run("staff", "disable", "JUN@example.com")

    assert link.startswith("http://127.0.0.1:8765/console/login?once=")
    told = [(m["email"], m["name"], m["role"], m["state"], m["login"]) for m in staff(run)]
    assert told == [
        ("minji@example.com", "민지", "admin", "active", "link"),
        ("jun@example.com", "jun", "operator", "disabled", "link"),
    ]
    assert "jun@example.com" in run("staff", "list")
    assert run("staff", "enable", "jun@example.com") == "jun@example.com: active\n"


def test_a_password_comes_from_a_pipe_and_never_from_the_line(run: Run, database: str) -> None:
    run("staff", "add", "minji@example.com")
    env = {"AFTERTOUCH_DATABASE_URL": database}
    command = ("staff", "password", "minji@example.com")

    done = CliRunner().invoke(app, command, env=env, input="correct horse battery\n")
    short = CliRunner().invoke(app, command, env=env, input="short\n")

    assert (done.exit_code, done.stdout) == (0, "minji@example.com: the password is set\n")
    assert str(short.exception) == "password: must have 12 to 256 characters"
    assert staff(run)[0]["login"] == "password,link"


def test_what_will_not_do_is_refused_with_its_reason(run: Run, database: str) -> None:
    run("staff", "add", "minji@example.com", "--role", "admin")

    for arguments, kind, told in (
        (("add", "MINJI@example.com"), InvalidInput, "is on the staff list already"),
        (("add", "minji"), InvalidInput, "must be an e-mail address"),
        (("add", "a\x00b@example.com"), InvalidInput, "must be an e-mail address"),
        (("add", "a@example.com", "--role", "root"), InvalidInput, "viewer, operator, admin"),
        (("add", "a@example.com", "--language", "xx"), InvalidInput, "must be one of ko, en"),
        (("role", "minji@example.com", "viewer"), InvalidInput, "is the last admin"),
        (("disable", "minji@example.com"), InvalidInput, "is the last admin"),
        (("link", "nobody@example.com"), NotFound, "there is no member"),
        (("disable", "host"), NotFound, "there is no member"),
    ):
        refusal = refuse(database, "staff", *arguments)
        assert isinstance(refusal, kind), arguments
        assert told in str(refusal), arguments
    assert len(staff(run)) == 1


async def test_a_running_server_carries_the_commands_out(tmp_path: Path) -> None:
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", {}) as deployment:
        admin = {ADMIN_HEADER: deployment.app.admin_token}

        async def say(**said: str) -> Any:
            body = json.dumps({"by": "cli:minji", **said}).encode()
            return await deployment.send("/admin/staff", body, admin)

        added = await say(act="add", who="a@example.com", role="admin")
        unnamed = await deployment.send("/admin/staff", b'{"act":"add"}', admin)
        refused = await say(act="disable", who="a@example.com")
        unknown = await say(act="promote", who="a@example.com")
        trail = await deployment.app.storage.read(lambda tx: tx.audit.newest(2))

    url = deployment.settings.base
    assert added.status == 201
    assert added.body["done"]["url"].startswith(f"{url}/console/login?once=")
    assert (unnamed.status, refused.status, unknown.status) == (400, 400, 400)
    assert "last admin" in refused.body["detail"]
    assert [(deed.by, deed.act) for deed in trail] == [
        ("cli:minji", "staff_link"),
        ("cli:minji", "staff_add"),
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [("ko", "예약한 게시 1건은 정한 시각에 그대로"), ("en", "still made at their time: 1")],
)
def test_what_a_member_planned_is_told_when_she_is_let_in_no_longer(
    run: Run, database: str, language: str, said: str
) -> None:
    async def plan() -> None:
        async with open_storage(database) as storage:
            mine = replace(planned("p-1", 9), author="staff:jun@example.com")
            await storage.write(lambda tx: tx.planned_publishes.add(mine))

    for name in ("jun", "mina"):
        run("staff", "add", f"{name}@example.com")
    asyncio.run(plan())

    told = run("staff", "disable", "jun@example.com", "--lang", language)
    other = run("staff", "disable", "mina@example.com", "--lang", language)

    assert told.startswith("jun@example.com: disabled\n")
    assert said in told
    assert other == "mina@example.com: disabled\n"
