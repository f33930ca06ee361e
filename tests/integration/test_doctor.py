"""``aftertouch doctor``: one finding for each check, the same names each time, with what mends it, and no secret."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from typer.testing import CliRunner

from bot.cli import app
from bot.config import load
from bot.doctor import CHECKS, Finding, examine
from bot.doctor.abroad import judged
from bot.slack.manifest import Wanted, scopes
from storage.opening import prepare
from surveys.program import default_program_text
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.telegram import FakeTelegram, Webhook
from tests.fakes.telegram_faults import DROP_BEFORE, SERVER_ERROR, flood
from tests.serving import serve


class Wall:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies lie below the folder that a command is typed in: whoever tests may have made some in theirs."""
    monkeypatch.chdir(tmp_path)


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.scopes = scopes(Wanted())
        yield fake


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A database and a program, which are only read."""
    folder = tmp_path_factory.mktemp("doctor")
    database = f"sqlite:///{folder}/a.sqlite3"
    prepare(database)
    program = folder / "program.yaml"
    own = default_program_text().replace(
        "ko: 초록마켓, en: Green Market}\n", "ko: 하늘, en: Sky}\n"
    )
    program.write_text(own, "utf-8")
    return {"AFTERTOUCH_DATABASE_URL": database, "AFTERTOUCH_PROGRAM": str(program)}


@pytest.fixture
def known(home: dict[str, str], telegram: FakeTelegram, slack: FakeSlack) -> dict[str, str]:
    """The settings of an installation where all is well."""
    return {
        **home,
        "AFTERTOUCH_TELEGRAM_TOKEN": telegram.token,
        "AFTERTOUCH_TELEGRAM_BASE_URL": telegram.base_url,
        "AFTERTOUCH_SLACK_BOT_TOKEN": slack.token,
        "AFTERTOUCH_SLACK_APP_TOKEN": slack.app_token,
        "AFTERTOUCH_SLACK_BASE_URL": slack.base_url,
    }


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in English."""

    state: str
    told: str
    mend: str


async def found(known: dict[str, str], **changes: str) -> dict[str, Told]:
    environ = {**known, **changes}
    findings = await examine(load(environ, None), environ, Wall())
    assert tuple(finding.check for finding in findings) == CHECKS
    assert [each.check for each in findings if each.state != "ok" and each.mend is None] == []
    return {finding.check: in_english(finding) for finding in findings}


def in_english(finding: Finding) -> Told:
    mend = finding.mend.said("en") if finding.mend else ""
    return Told(state=finding.state.value, told=finding.told.said("en"), mend=mend)


async def test_where_all_is_well_nothing_fails_and_what_nobody_knows_is_unknown(
    known: dict[str, str],
) -> None:
    told = await found(known)

    states = {check: finding.state for check, finding in told.items()}
    assert {**states, "sqlite": "ok"} == {
        **dict.fromkeys(CHECKS, "ok"),
        "backups": "unknown",
        "program_in_force": "unknown",
        "public_url": "warn",
    }
    assert told["telegram"].told == "@green_market_bot answers"
    assert told["telegram_webhook"].told == "polling, 0 waiting"
    assert told["slack"].told == "@U0BOT (fake) answers"
    assert told["slack_scopes"].told == "those of the manifest"
    assert told["clock"].told.endswith(" s against 127.0.0.1")


async def test_it_prints_lines_for_people_and_the_same_as_json_for_programs(
    known: dict[str, str], telegram: FakeTelegram, slack: FakeSlack
) -> None:
    async def typed(*more: str, **changes: str) -> tuple[int, str]:
        result = await asyncio.to_thread(
            CliRunner().invoke, app, ["doctor", *more], env={**known, **changes}
        )
        return result.exit_code, result.output

    sound, lines = await typed("--lang", "en")
    _, korean = await typed()
    broken, told = await typed("--json", AFTERTOUCH_TELEGRAM_TOKEN="7001:wrong-token")

    report: dict[str, Any] = json.loads(told)
    assert (sound, broken) == (0, 1)
    assert "unknown  backups: none in backups; those that other tools make" in lines
    assert "\n         -> make one every day: aftertouch backup" in lines
    assert "ok       telegram: @green_market_bot 응답함" in korean
    assert report["ok"] is False
    assert tuple(each["check"] for each in report["checks"]) == CHECKS
    assert {frozenset(each) for each in report["checks"]} == {
        frozenset({"check", "state", "told", "mend"})
    }
    of_telegram = next(each for each in report["checks"] if each["check"] == "telegram")
    assert of_telegram["state"] == "fail"
    assert "@BotFather" in of_telegram["mend"]
    for secret in ("wrong-token", telegram.token, slack.token, slack.app_token):
        assert secret not in told + lines


async def test_what_is_wrong_here_is_named_with_its_mend(
    known: dict[str, str], tmp_path: Path
) -> None:
    long = default_program_text().replace(
        "{ko: 배송 지연, en: It came late}",
        "{ko: 배송이 생각했던 것보다 아주 많이 늦었음, en: It came late}",
        1,
    )
    (tmp_path / "long.yaml").write_text(long, "utf-8")
    (tmp_path / "broken.yaml").write_text("stages: 7\n")

    cut = await found(
        known,
        AFTERTOUCH_PROGRAM=str(tmp_path / "long.yaml"),
        AFTERTOUCH_TELEGRM_TOKEN="7001:mistyped",
        AFTERTOUCH_SLACK_BOT_TOKEN="",
        AFTERTOUCH_SLACK_APP_TOKEN="",
    )
    broken = await found(
        known,
        AFTERTOUCH_PROGRAM=str(tmp_path / "broken.yaml"),
        AFTERTOUCH_DATABASE_URL=f"sqlite:///{tmp_path}/none.sqlite3",
    )

    assert cut["program"].state == "warn"
    assert cut["config"].told == "no setting, and ignored: AFTERTOUCH_TELEGRM_TOKEN"
    assert cut["payloads"].state == "warn"
    assert "delivery-csat (telegram, ko, low): cut '배송이 생각했던" in cut["payloads"].told
    assert (cut["slack"].told, cut["slack_scopes"].told) == ("off: nothing is set", "off")
    states = {check: finding.state for check, finding in broken.items()}
    assert (states["database"], states["program"]) == ("fail", "fail")
    assert (states["payloads"], states["program_in_force"]) == ("unknown", "unknown")
    assert "stages" in broken["program"].told
    assert "aftertouch serve" in broken["database"].mend


async def test_what_telegram_has_against_the_webhook_is_told(
    known: dict[str, str], telegram: FakeTelegram
) -> None:
    hook = {
        "AFTERTOUCH_TELEGRAM_MODE": "webhook",
        "AFTERTOUCH_TELEGRAM_WEBHOOK_SECRET": "webhook-secret_1",
    }
    unset = (await found(known, **hook))["telegram_webhook"]
    telegram.webhook = Webhook(url="https://ask.example.com/telegram/webhook")
    forgotten = (await found(known))["telegram_webhook"]
    telegram.delivery_errors = {
        "last_error_date": int((datetime.now(UTC) - timedelta(days=2)).timestamp()),
        "last_error_message": "SSL error",
    }
    failed = (await found(known, **hook))["telegram_webhook"]

    assert (unset.state, unset.mend) == ("warn", "aftertouch setup telegram")
    assert "and the settings say polling" in forgotten.told
    assert failed.state == "warn"
    assert failed.told.startswith("https://ask.example.com/telegram/webhook, 0 waiting; last error")
    assert failed.told.endswith("UTC: SSL error")


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"pending_update_count": "many"}, "unknown"),
        ({"url": None}, "unknown"),
        ({"last_error_message": "gone", "last_error_date": 10**30}, "warn"),
        ({"last_error_message": "gone", "last_error_date": "today"}, "unknown"),
    ],
)
async def test_a_webhook_that_is_told_otherwise_than_telegram_does_stops_no_other_check(
    known: dict[str, str], telegram: FakeTelegram, said: dict[str, Any], state: str
) -> None:
    telegram.delivery_errors = said

    told = await found(known)

    assert told["telegram_webhook"].state == state
    assert told["slack"].state == "ok"


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("AFTERTOUCH_DATABASE_URL", "mysql://nowhere", "mysql"),
        ("AFTERTOUCH_TELEGRAM_MODE", "pigeon", "telegram.mode"),
    ],
)
def test_settings_that_are_refused_are_a_report_too(
    home: dict[str, str], setting: str, value: str, named: str
) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"], env={**home, setting: value})

    report = json.loads(result.stdout)
    states = {each["check"]: each["state"] for each in report["checks"]}
    assert (result.exit_code, report["ok"]) == (1, False)
    assert states == {**dict.fromkeys(CHECKS, "unknown"), "config": "fail"}
    assert all(each["mend"] for each in report["checks"])
    assert named in report["checks"][0]["told"]


async def test_scopes_that_the_app_lacks_fail_and_ones_too_many_warn(
    known: dict[str, str], slack: FakeSlack
) -> None:
    slack.scopes = ("chat:write",)
    missing = (await found(known))["slack_scopes"]
    slack.scopes = (*scopes(Wanted()), "files:read")
    extra = (await found(known))["slack_scopes"]
    slack.scopes = None
    unknown = (await found(known))["slack_scopes"]

    assert [each.state for each in (missing, extra, unknown)] == ["fail", "warn", "unknown"]
    assert missing.told.startswith("missing: commands, im:history")
    assert extra.told == "not used: files:read"


async def test_platforms_that_are_away_fail_and_what_they_would_tell_is_unknown(
    known: dict[str, str],
) -> None:
    told = await found(
        known,
        AFTERTOUCH_TELEGRAM_BASE_URL="http://127.0.0.1:1/bot",
        AFTERTOUCH_SLACK_BASE_URL="http://127.0.0.1:1/api/",
    )

    states = {check: told[check].state for check in CHECKS[-6:]}
    assert states == {
        "clock": "unknown",
        "telegram": "fail",
        "telegram_webhook": "unknown",
        "slack": "fail",
        "slack_scopes": "unknown",
        "public_url": "warn",
    }


async def test_a_platform_that_wants_a_pause_is_unknown_and_one_that_fails_is_not_our_network(
    known: dict[str, str], telegram: FakeTelegram, slack: FakeSlack
) -> None:
    telegram.fail("getMe", flood(7), SERVER_ERROR, DROP_BEFORE)
    slack.fail("auth.test", Failure.rate_limited("9"), Failure.status(503))
    busy, failing, cut = [await found(known) for _ in range(3)]

    assert (busy["telegram"].state, busy["telegram"].mend) == ("unknown", "look again in 7 s")
    assert (busy["slack"].state, busy["slack"].mend) == ("unknown", "look again in 9 s")
    assert (busy["slack_scopes"].state, busy["slack_scopes"].mend) == (
        "unknown",
        "mend slack first",
    )
    for name, told in (("telegram", "getMe: server_error"), ("slack", "auth.test: http_503")):
        assert (failing[name].state, failing[name].told) == ("fail", f"could not be asked ({told})")
        assert failing[name].mend.startswith("the platform itself fails")
    assert (cut["telegram"].state, cut["slack"].state) == ("fail", "ok")
    assert cut["telegram"].mend == "see that this machine gets out"


async def test_the_public_address_is_asked_for(known: dict[str, str]) -> None:
    async def ready(_: object) -> PlainTextResponse:
        return PlainTextResponse("ok")

    async with serve(Starlette(routes=[Route("/readyz", ready)])) as url:
        here = (await found(known, AFTERTOUCH_PUBLIC_URL=url))["public_url"]
        other = (await found(known, AFTERTOUCH_PUBLIC_URL=f"{url}/elsewhere"))["public_url"]
    gone = (await found(known, AFTERTOUCH_PUBLIC_URL=url))["public_url"]

    assert (here.state, here.told) == ("ok", f"{url} answers")
    assert (other.state, other.told) == ("warn", f"{url}/elsewhere answers 404")
    assert gone.told.startswith(f"{url} cannot be reached from here (")


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "ok"), (-10, "ok"), (11, "warn"), (-120, "warn"), (121, "fail")]
)
def test_a_clock_that_is_off_is_judged_by_how_much(seconds: int, state: str) -> None:
    finding = in_english(judged(timedelta(seconds=seconds), "api.telegram.org"))

    assert finding.state == state
    assert finding.told == f"{seconds:+.0f} s against api.telegram.org"
    assert bool(finding.mend) is (state != "ok")
