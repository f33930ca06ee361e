"""The command line as an operator uses it: what it prints, what it refuses, how it exits."""

import asyncio
import csv
import io
import json
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.config import load
from storage.lock import FileLock
from storage.opening import open_storage
from surveys.errors import InvalidInput
from surveys.program import default_program_text
from tests.e2e.deployment import daytime_zone
from tests.e2e.process import aftertouch
from tests.sqlite import migrated
from tests.world import World

Run = Callable[..., tuple[int, str, str]]
ANSWERS = (1, 3, 5, 6, 7, 7)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command in an empty directory; return exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environ: str) -> tuple[int, str, str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["aftertouch", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


# --- init and settings ----------------------------------------------------------------------------


def test_init_writes_a_private_file_that_loads(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("init")

    file = tmp_path / "config.yaml"
    settings = load({}, file)
    secret = settings.events_secret
    assert (code, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
    assert secret is not None
    assert secret.get_secret_value().startswith("whsec_")
    assert secret.get_secret_value() not in out
    assert "aftertouch serve" in out


def test_init_overwrites_nothing_unless_told_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("port: 1")

    refused = run("init")
    forced, _, _ = run("init", "--force")

    assert refused == (1, "", "aftertouch: config.yaml: exists already; --force overwrites it\n")
    assert forced == 0
    assert "events_secret" in (tmp_path / "config.yaml").read_text()


def test_every_commented_setting_of_init_exists(run: Run, tmp_path: Path) -> None:
    run("init")
    file = tmp_path / "config.yaml"
    lines = file.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("# telegram:"))
    shown = [line.removeprefix("# ") for line in lines[start:] if line.startswith("# ")]
    told = [line for line in shown if line.startswith(" ") or line.rstrip().endswith(":")]
    file.write_text("\n".join(told))

    settings = load({}, file)

    assert settings.telegram.mode == "polling"
    assert settings.slack.app_token is not None
    assert list(settings.hooks) == ["shop"]


FAULTS = {
    "telgram: {}": "telgram: there is no such setting",
    "telegram: {tokn: x}": "telegram.tokn: there is no such setting",
    "port: many": "port: Input should be a valid integer",
    "port: 70000": "port: Input should be less than or equal to 65535",
    "hooks: {Shop: {secret: x}}": "hooks.Shop",
    "- a": "must hold settings by name",
    "port: [1\nhost: x": "config.yaml:2: is not YAML",
    "telegram: {mode: pigeon}": "telegram.mode: Input should be 'polling' or 'webhook'",
}


@pytest.mark.parametrize("text", list(FAULTS))
def test_a_faulty_config_is_one_line_that_names_the_key(
    run: Run, tmp_path: Path, text: str
) -> None:
    (tmp_path / "config.yaml").write_text(text)

    code, out, err = run("results")

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("aftertouch: config.yaml")
    assert FAULTS[text] in err


def test_all_faults_of_a_config_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("colour: red\nport: x\nslack: {token: y}")

    with pytest.raises(InvalidInput) as fault:
        load({}, file)

    assert [key in str(fault.value) for key in ("colour:", "port:", "slack.token:")] == [True] * 3


def test_a_config_that_is_not_there_is_one_line(run: Run) -> None:
    code, _, err = run("serve", "--config", "nowhere.yaml")

    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("aftertouch: nowhere.yaml: cannot be read")


def test_the_environment_wins_and_completes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "port: 1\ntelegram:\nslack: {bot_token: from-file}\nhooks: {shop: {vendor: stripe}}"
    )

    settings = load(
        {
            "AFTERTOUCH_PORT": "2",
            "AFTERTOUCH_TELEGRAM_TOKEN": "1:a",
            "AFTERTOUCH_SLACK_BOT_TOKEN": "xoxb",
            "AFTERTOUCH_HOOK_SHOP_SECRET": "s",
            "AFTERTOUCH_HOOK_PAY_SECRET": "p",
            "AFTERTOUCH_SERVICE_HOST": "10.0.0.1",
        },
        file,
    )

    assert settings.port == 2
    assert settings.telegram.token is not None
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb"
    hooks = {name: (hook.vendor, hook.secret is not None) for name, hook in settings.hooks.items()}
    assert hooks == {"shop": ("stripe", True), "pay": (None, True)}


# --- the program ----------------------------------------------------------------------------------


def test_a_program_fault_names_file_line_and_key_and_serve_refuses_it(
    run: Run, tmp_path: Path
) -> None:
    text = default_program_text().replace("survey: cart-ces", "survey: cart", 1)
    file = tmp_path / "program.yaml"
    file.write_text(text)
    line = 1 + text[: text.index("survey: cart\n")].count("\n")

    linted, out, _ = run("program", "lint", "program.yaml")
    served, _, err = run("serve", AFTERTOUCH_PROGRAM="program.yaml")

    assert (linted, served) == (1, 1)
    assert out.startswith(f"program.yaml:{line}:")
    assert "triggers.1.survey" in out
    assert f"program.yaml:{line}" in err
    assert not (tmp_path / "aftertouch.sqlite3").exists()


# --- results and why ------------------------------------------------------------------------------


async def seed(url: str) -> None:
    """Six customers were asked about their support cases in web chat, and answered."""
    async with open_storage(url) as storage:
        world = World(storage)
        world.clock.at = datetime.now(UTC) - timedelta(hours=3)
        sessions = []
        for number in range(len(ANSWERS)):
            person = await world.customer(f"c{number}", timezone=daytime_zone())
            sessions.append(await world.browser(person))
            await world.happens("support.solved", f"c{number}", f"ticket-{number}")
        await world.later(hours=2)
        for session, score in zip(sessions, ANSWERS, strict=True):
            await world.taps(session, str(score))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = migrated(tmp_path_factory.mktemp("seeded") / "a.sqlite3")
    asyncio.run(seed(url))
    return url


def test_results_as_json_have_the_agreed_columns(run: Run, seeded: str) -> None:
    asked = ("results", "--by", "stage", "--since", "90d", "--format", "json")
    code, out, err = run(*asked, AFTERTOUCH_DATABASE_URL=seeded)

    assert (code, err) == (0, "")
    (row,) = [row for row in json.loads(out)["rows"] if row["stage"] == "retention" and row["n"]]
    agreed = ["stage", "touchpoint", "instrument", "n", "score", "ci_low", "ci_high", "ci_method"]
    agreed += ["invited", "delivered", "answered", "response_rate", "distribution", "suppressed"]
    assert set(agreed) <= set(row)
    assert (row["n"], row["touchpoint"], row["suppressed"]) == (6, None, False)
    assert row["score"] == pytest.approx(400 / 6)
    assert row["ci_low"] < row["score"] < row["ci_high"]


def test_results_as_csv_and_as_a_table_say_the_same(run: Run, seeded: str) -> None:
    environ = {"AFTERTOUCH_DATABASE_URL": seeded}
    _, as_csv, _ = run("results", "--by", "touchpoint", "--format", "csv", **environ)
    _, table, _ = run("results", "--by", "touchpoint", "--lang", "en", **environ)

    rows = [row for row in csv.DictReader(io.StringIO(as_csv)) if row["n"] == "6"]
    assert [row["touchpoint"] for row in rows] == ["support"]
    (line,) = [line for line in table.splitlines() if "Customer support" in line]
    assert "Retention" in line
    assert "67" in line


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("--by", "moon"), "by"),
        (("--since", "yesterday"), "since"),
        (("--period", "2026"), "period"),
    ],
)
def test_a_wrong_option_of_results_is_named(
    run: Run, seeded: str, given: tuple[str, str], named: str
) -> None:
    code, out, err = run("results", *given, AFTERTOUCH_DATABASE_URL=seeded)

    assert (code, out) == (2, "")
    assert named in err


@pytest.mark.parametrize(("language", "word"), [("ko", "질문 보냄"), ("en", "asked")])
def test_why_explains_a_customer_and_an_event(
    run: Run, seeded: str, language: str, word: str
) -> None:
    by_customer = run("why", "c1", "--lang", language, AFTERTOUCH_DATABASE_URL=seeded)
    by_occasion = run("why", "ticket-1", "--lang", language, AFTERTOUCH_DATABASE_URL=seeded)

    assert by_customer == by_occasion
    code, out, _ = by_customer
    assert code == 0
    assert "support.solved · ticket-1" in out
    assert word in out


def test_why_as_json_and_about_nobody(run: Run, seeded: str) -> None:
    _, told, _ = run("why", "c1", "--json", AFTERTOUCH_DATABASE_URL=seeded)
    code, out, _ = run("why", "nobody", "--lang", "en", AFTERTOUCH_DATABASE_URL=seeded)

    told_of: list[Any] = json.loads(told)
    (decision,) = told_of[0]["decisions"]
    assert (decision["trigger"], decision["state"]) == ("support", "asked")
    assert (code, out) == (1, "No customer or event matches: nobody\n")


@pytest.mark.parametrize("command", [("results",), ("why", "c1")])
def test_reading_where_nothing_was_ever_stored_is_one_line(
    run: Run, command: tuple[str, ...], tmp_path: Path
) -> None:
    code, out, err = run(*command)

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "there is no database" in err
    assert list(tmp_path.iterdir()) == []


# --- keys and the demo ----------------------------------------------------------------------------


def test_a_key_of_an_unknown_scope_is_refused(run: Run) -> None:
    code, out, err = run("key", "create", "--scope", "everything")

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "events:write" in err


async def test_the_demo_checks_itself(tmp_path: Path) -> None:
    code, out, err = await aftertouch("demo", "--smoke", "--json", "--days", "14", cwd=tmp_path)

    assert (code, out.count("\n")) == (0, 1), err
    report = json.loads(out)
    assert report["ok"] is True


@pytest.mark.parametrize("again", ["--smoke", "--reset"])
async def test_a_running_demos_data_is_left_alone(tmp_path: Path, again: str) -> None:
    folder = tmp_path / ".demo"
    folder.mkdir()
    data = folder / "demo.sqlite3"
    data.touch()
    running = FileLock(folder / "demo")
    try:
        code, out, err = await aftertouch("demo", again, cwd=tmp_path)
    finally:
        running.release()

    assert (code, out, err.count("\n"), data.exists()) == (1, "", 1, True)
    assert "a demo is running here" in err


async def test_a_running_demo_says_that_it_takes_no_commands(tmp_path: Path) -> None:
    data = tmp_path / "demo.sqlite3"
    running = FileLock(data)
    try:
        url = {"AFTERTOUCH_DATABASE_URL": f"sqlite:///{data}"}
        words = ("key", "create", "--scope", "results:read")
        code, out, err = await aftertouch(*words, cwd=tmp_path, environ=url)
    finally:
        running.release()

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "the demo takes none, `aftertouch serve` does" in err
    assert str(tmp_path) not in err


async def test_a_demo_removes_its_data_when_told_to(tmp_path: Path) -> None:
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "demo.sqlite3").touch()

    code, _, err = await aftertouch("demo", "--reset", cwd=tmp_path)

    assert (code, (tmp_path / ".demo").exists()) == (0, False), err
