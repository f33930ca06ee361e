"""``aftertouch program diff | apply | export | versions | revert``: plans first, exit codes for CI, refusals in a sentence."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fcntl import F_ADD_SEALS, F_SEAL_SHRINK, F_SEAL_WRITE, fcntl
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from surveys.errors import (
    BaseMoved,
    InvalidInput,
    NotFound,
    PlannedAlready,
    ProgramFault,
    UnfitTime,
)
from surveys.program import default_program_text, load_program
from surveys.program.patching import edit, with_header
from tests.sqlite import migrated

Type = Callable[..., Result]
TEXT = default_program_text()


def typed(database: str, *arguments: str) -> Result:
    env = {"AFTERTOUCH_DATABASE_URL": database, "AFTERTOUCH_LANG": "en"}
    return CliRunner().invoke(app, ["program", *arguments], env=env)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def type_in(home: Path) -> Type:
    """Types a ``program`` command on a database whose version 1 is what ships."""
    database = migrated(home / "a.sqlite3")
    env = {"AFTERTOUCH_DATABASE_URL": database}
    started = CliRunner().invoke(app, ["key", "create", "--scope", "admin"], env=env)
    assert started.exit_code == 0

    def run(*arguments: str, code: int = 0) -> Result:
        result = typed(database, *arguments)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run


def written(home: Path, part: str, changes: Mapping[str, Any], text: str = TEXT) -> str:
    file = home / "program.yaml"
    file.write_text(edit(text, part, changes).text, "utf-8")
    return str(file)


def test_an_export_is_the_program_in_force_with_its_comments(type_in: Type) -> None:
    exported = type_in("export").stdout

    assert exported == with_header(TEXT, 1)


def test_a_diff_tells_what_changes_and_says_so_to_ci(type_in: Type, home: Path) -> None:
    file = written(home, "trigger:delivery", {"after": "2h"})

    shown = type_in("diff", file, code=2).stdout
    assert (
        "~ changed: Trigger Delivery (delivery)  [trigger:delivery]\n    Wait: 1 day → 2 hours\n"
        in shown
    )
    assert json.loads(type_in("diff", file, "--json", code=2).stdout)["in_force"] == 1

    (home / "same.yaml").write_text(TEXT + "# more\n", "utf-8")
    assert "Only comments differ" in type_in("diff", str(home / "same.yaml"), code=2).stdout


def test_nothing_is_applied_unasked(type_in: Type, home: Path) -> None:
    file = written(home, "trigger:delivery", {"after": "2h"})

    refused = type_in("apply", file, code=1)

    assert isinstance(refused.exception, InvalidInput)
    assert "--yes" in str(refused.exception)
    assert [row["number"] for row in json.loads(type_in("versions", "--json").stdout)] == [1]


def test_what_is_applied_is_exported_and_taken_back(type_in: Type, home: Path) -> None:
    file = written(home, "trigger:delivery", {"after": "2h"}, type_in("export").stdout)

    applied = type_in("apply", file, "--yes", "--note", "봄맞이").stdout
    assert "Version 2 is in force" in applied
    assert Path(file).read_text("utf-8") == type_in("export").stdout, "the file knows its version"
    assert "Nothing changes" in type_in("apply", file).stdout
    assert type_in("diff", file).exit_code == 0

    type_in("revert", "1", "--yes")
    assert type_in("export").stdout == with_header(TEXT, 3)
    assert type_in("export", "--version", "2").stdout == Path(file).read_text("utf-8")
    listed = type_in("versions").stdout.splitlines()
    assert "back to version 1" in listed[0]
    assert "봄맞이" in listed[1]
    assert "Setup (system)" in listed[2]
    assert [row["reverts"] for row in json.loads(type_in("versions", "--json").stdout)] == [
        1,
        None,
        None,
    ]


def test_a_file_keeps_its_line_breaks_and_its_mark_when_it_learns_its_version(
    type_in: Type, home: Path
) -> None:
    file = Path(written(home, "trigger:delivery", {"after": "2h"}, type_in("export").stdout))
    before = b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n")
    file.write_bytes(before)

    type_in("apply", str(file), "--yes")

    assert file.read_bytes() == before.replace(b"version 1\r\n", b"version 2\r\n")


def test_what_cannot_be_written_back_is_in_force_all_the_same(type_in: Type) -> None:
    text = edit(type_in("export").stdout, "trigger:delivery", {"after": "2h"}).text
    sealed = os.memfd_create("program", os.MFD_ALLOW_SEALING)
    os.write(sealed, text.encode())
    fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK)

    applied = type_in("apply", f"/proc/self/fd/{sealed}", "--yes")

    os.close(sealed)
    assert "Version 2 is in force" in applied.stdout
    assert "begin the next change with --base 2" in applied.stderr


def test_a_file_is_planned_for_a_time_and_nothing_is_in_force_before(
    type_in: Type, home: Path
) -> None:
    tomorrow = f"{datetime.now(ZoneInfo('Asia/Seoul')) + timedelta(days=1):%Y-%m-%dT%H:%M}"
    exported = type_in("export").stdout
    file = written(home, "trigger:cart", {"after": "2h"}, exported)
    for wrong in ("soon", "2020-01-01T09:00"):
        refused = type_in("apply", file, "--yes", "--at", wrong, code=1).exception
        assert isinstance(refused, UnfitTime)
    told = type_in("apply", file, "--yes", "--at", tomorrow).stdout
    second = type_in("apply", file, "--yes", "--at", tomorrow, "--json", code=1).exception
    other = written(home, "trigger:signup", {"after": "2h"}, exported)
    told_json = json.loads(type_in("apply", other, "--yes", "--at", tomorrow, "--json").stdout)

    assert f"Planned for {tomorrow} (Asia/Seoul)" in told
    assert isinstance(second, PlannedAlready)
    assert (told_json["number"], told_json["planned"]["wall"]) == (1, tomorrow)
    assert type_in("export").stdout == exported
    assert "# aftertouch program version 1\n" in Path(file).read_text("utf-8")


def test_what_comes_through_a_pipe_is_read_once(type_in: Type, home: Path) -> None:
    pipe, text = home / "pipe", edit(TEXT, "trigger:delivery", {"after": "2h"}).text
    os.mkfifo(pipe)
    hand_over = Thread(target=pipe.write_text, args=(with_header(text, 1), "utf-8"))
    hand_over.start()

    assert "Version 2 is in force" in type_in("apply", str(pipe), "--yes").stdout

    hand_over.join()


def test_an_export_that_was_overtaken_is_refused_by_name(type_in: Type, home: Path) -> None:
    exported = type_in("export").stdout
    type_in("apply", written(home, "trigger:cart", {"after": "2h"}), "--yes")

    mine = written(home, "trigger:cart", {"after": "3h"}, exported)
    for command in (
        ("diff", mine),
        ("apply", mine, "--yes"),
        ("apply", mine, "--yes", "--base", "1"),
    ):
        refused = type_in(*command, code=1).exception
        assert isinstance(refused, BaseMoved)
        assert "trigger:cart" in str(refused)

    type_in("apply", mine, "--yes", "--base", "2")


def test_faults_and_unknown_versions_are_refused(type_in: Type, home: Path) -> None:
    (home / "bad.yaml").write_text(TEXT.replace("survey: cart-ces", "survey: none-such"), "utf-8")

    fault = type_in("apply", str(home / "bad.yaml"), "--yes", code=1).exception
    assert isinstance(fault, ProgramFault)
    assert "there is no survey 'none-such'" in str(fault)
    assert isinstance(type_in("revert", "9", "--yes", code=1).exception, NotFound)
    assert isinstance(type_in("export", "--version", "9", code=1).exception, NotFound)
    assert isinstance(type_in("diff", str(home / "no.yaml"), code=1).exception, InvalidInput)
    assert isinstance(
        type_in("apply", str(home / "bad.yaml"), "--json", code=1).exception, ProgramFault
    )


def test_a_new_series_and_the_survey_version_are_told(type_in: Type, home: Path) -> None:
    question = {"ko": "배송 어땠나요?", "en": "How was the delivery?"}
    file = written(home, "survey:delivery-csat", {"question": question, "wording": "d-1"})
    told = type_in("apply", file, "--yes").stdout
    assert "A new series of results begins (wording: standard wording (std1) → d-1)" in told
    assert "Version of the survey: 1 → 2" in told

    other = {"ko": "배송은요?", "en": "And the delivery?"}
    file = written(home, "survey:delivery-csat", {"question": other, "wording": "d-1"})
    assert "d-1 → d-2" in type_in("apply", file, "--yes").stdout

    program = load_program(type_in("export").stdout, "export")
    assert (program.survey("delivery-csat").wording, program.survey("delivery-csat").version) == (
        "d-2",
        3,
    )
    assert "Nothing changes" in type_in("apply", file).stdout


def test_plans_and_refusals_are_told_in_the_language_of_the_command_line(
    type_in: Type, home: Path
) -> None:
    file = written(home, "trigger:delivery", {"after": "2h"})
    shown = type_in("diff", file, "--lang", "ko", code=2).stdout
    assert "~ 변경: 트리거 배송 (delivery)  [trigger:delivery]\n    기다림: 1일 → 2시간\n" in shown
    type_in("apply", file, "--yes")

    late = written(home, "trigger:delivery", {"after": "3h"})
    moved = type_in("diff", late, "--base", "1", "--lang", "ko", code=1).exception
    faulty = written(home, "trigger:delivery", {"after": "soon"})
    fault = type_in("apply", faulty, "--yes", "--lang", "ko", code=1).exception

    assert isinstance(moved, BaseMoved)
    assert "그사이 2판에서 같은 것이 바뀌었습니다(trigger:delivery, 명령줄" in str(moved)
    assert isinstance(fault, ProgramFault)
    assert "triggers.3.after: 30분, 24시간, 14일처럼 적으세요." in str(fault)


def test_what_is_planned_is_listed_and_cancelled_once_somebody_means_it(
    type_in: Type, home: Path
) -> None:
    assert type_in("planned", "--lang", "en").stdout == "No publish is planned.\n"
    at = (datetime.now(ZoneInfo("Asia/Seoul")) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    type_in("apply", written(home, "trigger:delivery", {"after": "2h"}), "--at", at, "--yes")

    (row,) = json.loads(type_in("planned", "--json").stdout)
    shown = {each: type_in("planned", "--lang", each).stdout for each in ("ko", "en")}
    asked = type_in("planned", "cancel", row["id"], "--lang", "en", code=1)
    wrong = type_in("planned", "cancel", "nobodys", "--yes", "--lang", "en", code=1)
    still = json.loads(type_in("planned", "--json").stdout)
    told = type_in("planned", "cancel", row["id"], "--yes", "--lang", "ko").stdout
    again = type_in("planned", "cancel", row["id"], "--yes", code=1)
    (after,) = json.loads(type_in("planned", "--json").stdout)

    assert (row["state"], row["wall"], row["parts"]) == ("waiting", at, ["trigger:delivery"])
    assert all(at.replace("T", " ") in text and row["id"] in text for text in shown.values())
    assert "기다리는 중  트리거 배송 (delivery)" in shown["ko"]
    assert "waiting  Trigger Delivery (delivery)" in shown["en"]
    assert [type(each.exception) for each in (asked, wrong, again)] == [InvalidInput] * 3
    assert "there is nobody to ask" in str(asked.exception) or "--yes" in str(asked.exception)
    assert "nobodys" in str(wrong.exception)
    assert still == [row]
    assert told.endswith("예약을 취소했습니다. 지금 쓰는 프로그램은 그대로입니다.\n")
    assert (after["state"], after["ended_by"]) == ("cancelled", row["author"])
    assert type_in("versions", "--json").stdout.count('"number"') == 1
