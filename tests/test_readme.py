"""The README is true: its first five minutes are walked, and it names every setting, command and path."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import typer
from ruamel.yaml import YAML
from standardwebhooks.webhooks import Webhook

from bot.cli import app
from bot.config import Settings, WebhookSettings, load
from bot.intake.registry import load_vendors
from bot.intake.vendors import shopify, stripe
from surveys.model import WebhookType
from surveys.program import default_program

ROOT = Path(__file__).parent.parent
ENGLISH = (ROOT / "README.md").read_text("utf-8")
KOREAN = (ROOT / "docs" / "README.ko.md").read_text("utf-8")
BOTH = pytest.mark.parametrize("text", [ENGLISH, KOREAN], ids=["en", "ko"])
FIXED_PATHS = (
    "/v1/events",
    "/v1/hooks/{vendor}/{connection}",
    "/v1/customers",
    "/v1/customers/{id}/links",
    "/v1/customers/{id}",
    "/mydata",
    "/v1/results",
    "/v1/analyses",
    "/v1/alerts",
    "/v1/answers",
    "/v1/exports/answers",
    "/telegram/webhook",
    "/slack/events",
    "/chat",
    "/console",
    "/metrics",
    "/healthz",
    "/readyz",
)
PATIENCE = 180
"""Seconds for a server to come up on a busy machine."""


# --- what it names --------------------------------------------------------------------------------


@BOTH
def test_every_setting_is_in_the_table(text: str) -> None:
    for variable, key in _settings():
        assert f"| `{variable}` | `{key}` |" in text
    assert "`AFTERTOUCH_HOOK_<CONNECTION>_SECRET`" in text
    assert "`AFTERTOUCH_WEBHOOK_<NAME>_SECRET`" in text
    assert [part for part in WebhookSettings.model_fields if f".{part}`" not in text] == []
    assert "`webchat.origins`" in text


@BOTH
def test_no_setting_is_named_that_does_not_exist(text: str) -> None:
    known = {"AFTERTOUCH_LANG", *(variable for variable, _ in _settings())}
    named = set(re.findall(r"AFTERTOUCH_[A-Z_]+", text))

    ours = ("AFTERTOUCH_HOOK_", "AFTERTOUCH_WEBHOOK_")
    assert {n for n in named if not n.startswith(ours)} <= known


@BOTH
def test_every_command_is_named(text: str) -> None:
    for command in _commands():
        assert f"`aftertouch {command}" in text


@BOTH
def test_every_type_of_webhook_is_named(text: str) -> None:
    assert [kind.value for kind in WebhookType if f"`{kind.value}`" not in text] == []


@pytest.mark.skipif(
    shutil.which("openssl") is None and os.environ.get("CI") != "true",
    reason="openssl is not installed",
)
def test_its_command_prints_the_signature_of_a_webhook(tmp_path: Path) -> None:
    section = ENGLISH.partition("## Telling other systems")[2].partition("\n## ")[0]
    (check,) = _blocks(section, "sh")
    secret = next(iter(re.findall(r"whsec_\w+", section)))
    body, at = '{"type":"answer.recorded","data":{"comment":"늦었어요"}}', datetime.now(UTC)
    (tmp_path / "body.json").write_text(body, "utf-8")
    sent = {"WEBHOOK_ID": "msg_1", "WEBHOOK_TIMESTAMP": str(int(at.timestamp()))}
    ran = subprocess.run(  # noqa: S603 the README's own words
        ["/usr/bin/env", "bash", "-euc", check],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SECRET": secret, **sent},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == Webhook(secret).sign("msg_1", at, body)


@BOTH
def test_every_path_scope_and_default_event_is_named(text: str) -> None:
    triggers = default_program().triggers
    events = {t.on for t in triggers if t.on} | {e for t in triggers for e in t.withdrawn_by}
    scopes = {"events:write", "customers:write", "results:read", "answers:read", "admin"}

    assert [name for name in (*FIXED_PATHS, *events, *scopes) if name not in text] == []


@BOTH
def test_every_vendor_and_topic_is_named(text: str) -> None:
    topics = (*shopify._TOPICS, *stripe._TOPICS)

    assert [t for t in topics if f"`{t}`" not in text] == []
    assert [v for v in load_vendors() if f"`{v}`" not in text] == []


@BOTH
def test_its_hooks_are_a_config_that_loads(text: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("".join(_blocks(text, "yaml")), "utf-8")

    settings = load({}, config)

    assert {h.vendor for h in settings.hooks.values()} == set(load_vendors())
    assert list(settings.webhooks) == ["crm"]


@BOTH
def test_every_file_and_target_it_names_exists(text: str) -> None:
    assert [
        f for f in re.findall(r"requirements[a-z-]*\.lock", text) if not (ROOT / f).exists()
    ] == []
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    here = ROOT if text is ENGLISH else ROOT / "docs"
    assert [link for link in links if not (here / link).exists()] == []
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"make (demo|test|lint|check|bench|messages|help)\b", text)
    assert set(named) <= set(targets)


def test_both_languages_show_the_same_commands() -> None:
    for kind in ("sh", "console", "python", "yaml"):
        korean, english = (
            [_without_comments(b) for b in _blocks(t, kind)] for t in (KOREAN, ENGLISH)
        )
        assert korean == english


def test_the_manifest_it_points_to_is_yaml_with_the_scopes_we_call() -> None:
    manifest = YAML(typ="safe").load(ROOT / "docs" / "slack-app.yaml")

    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    assert scopes >= {"chat:write", "im:write", "users:read", "users:read.email"}


# --- the first five minutes -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell in an empty folder, as the reader has it; variables stay from block to block."""

    folder: Path
    port: int

    def run(self, block: str) -> str:
        """Run a block; it must succeed."""
        ran = subprocess.run(  # noqa: S603 the README's own words
            self._command(f"{block}\nexport -p > .variables"),
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    @contextmanager
    def running(self, block: str) -> Iterator[None]:
        """Run a block that stays, until Ctrl-C."""
        with (self.folder / "serve.log").open("w") as log:
            process = subprocess.Popen(  # noqa: S603 the README's own words
                self._command(block.replace("aftertouch serve", "exec aftertouch serve")),
                cwd=self.folder,
                env=self._environ(),
                stdout=log,
                stderr=log,
            )
            try:
                self._await_ready(process)
                yield
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)

    def call(self, path: str, body: object, session: str | None = None) -> Any:
        """Speak as the customer's browser."""
        headers = {"Content-Type": "application/json"}
        if session is not None:
            headers["Authorization"] = f"Bearer {session}"
        url = f"http://127.0.0.1:{self.port}{path}"
        with urlopen(Request(url, json.dumps(body).encode(), headers)) as reply:
            return json.loads(reply.read())

    def addressed(self, text: str) -> str:
        """Return what the README says, with this server's port."""
        return text.replace(":8765", f":{self.port}")

    def _command(self, block: str) -> list[str]:
        told = self.addressed(block)
        script = f"set -euo pipefail -a\n[ ! -e .variables ] || . ./.variables\n{told}\n"
        return ["/usr/bin/env", "bash", "-c", script]

    def _environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AFTERTOUCH_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**kept, "PATH": path, "AFTERTOUCH_PORT": str(self.port)}

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = monotonic() + PATIENCE
        while monotonic() < until and process.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/readyz") as reply:
                    assert reply.status == HTTPStatus.OK
                    return
            except URLError:
                sleep(0.1)
        pytest.fail((self.folder / "serve.log").read_text("utf-8"))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Terminal(tmp_path, free.getsockname()[1])


@pytest.mark.skipif(
    shutil.which("curl") is None and os.environ.get("CI") != "true", reason="curl is not installed"
)
def test_the_first_five_minutes_go_as_told(terminal: Terminal) -> None:
    section = ENGLISH.partition("## The first five minutes")[2].partition("\n## ")[0]
    prepare, serve, customer, links, event, look, sign = _blocks(section, "sh")
    (send,) = _blocks(section, "python")
    (terminal.folder / "send.py").write_text(terminal.addressed(send), "utf-8")

    terminal.run(prepare)
    with terminal.running(serve):
        assert json.loads(terminal.run(customer)) == {"id": "c-1042"}
        token = json.loads(terminal.run(links))["webchat"]["token"]
        session = terminal.call("/chat/api/open", {"token": token})["session"]
        assert _statuses(terminal.run(event)) == ["new"]
        _answer(terminal, session)
        why, _, table = terminal.run(look).partition("Journey map")
        signed = terminal.run(sign)

    assert "[clear]" in why
    assert "checkout" in why
    rows = json.loads(table[table.index("{") :])["rows"]
    assert [(r["invited"], r["delivered"]) for r in rows if r["stage"] == "purchase"] == [(1, 1)]
    assert signed.startswith("202 ")
    assert "skipped" in signed
    assert "[cap]" in signed


def _answer(terminal: Terminal, session: str) -> None:
    """Wait for the question as the page does, and tap the highest score."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        bubbles = terminal.call("/chat/api/pull", {}, session)["bubbles"]
        asked = [b for b in bubbles if b["prompt"]["scale"]]
        if asked:
            prompt = asked[0]["prompt"]
            tap = {"token": prompt["token"], "value": prompt["scale"][-1]["value"]}
            act = {"client_msg_id": "m1", "client_seq": 1, "act": {"tap": tap}}
            terminal.call("/chat/api/act", act, session)
            return
        sleep(0.2)
    pytest.fail("the question never came")


def _statuses(reply: str) -> list[str]:
    return [result["status"] for result in json.loads(reply)["results"]]


# --- reading it -----------------------------------------------------------------------------------


def _blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _without_comments(block: str) -> str:
    return re.sub(r" +# .*", "", block)


def _settings() -> Iterator[tuple[str, str]]:
    """Yield each setting that the environment can give, and its key in the file."""
    for name, field in Settings.model_fields.items():
        parts = getattr(field.annotation, "model_fields", None)
        if parts is None and name not in {"hooks", "webhooks", "digests"}:
            yield f"AFTERTOUCH_{name.upper()}", name
        if parts is not None and name != "webchat":
            for part in parts:
                yield f"AFTERTOUCH_{name}_{part}".upper(), f"{name}.{part}"


def _commands() -> Iterator[str]:
    group = typer.main.get_command(app)
    for name, command in sorted(getattr(group, "commands", {}).items()):
        below = getattr(command, "commands", None)
        yield from [f"{name} {child}" for child in below] if below else [name]
