import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli_program import app
from surveys.program import default_program_text, json_schema


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner(env={"AFTERTOUCH_LANG": "en"})


def test_a_sound_file_passes(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(default_program_text(), encoding="utf-8")

    result = runner.invoke(app, ["lint", str(file)])

    assert (result.exit_code, result.output) == (0, f"{file}: no faults\n")


def test_a_byte_order_mark_is_no_fault(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(default_program_text(), encoding="utf-8-sig")

    assert runner.invoke(app, ["lint", str(file)]).exit_code == 0


def test_a_faulty_file_fails_naming_each_fault(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    broken = default_program_text().replace("survey: cart-ces", "survey: cart")
    file.write_text(broken, encoding="utf-8")

    result = runner.invoke(app, ["lint", str(file)])

    assert result.exit_code == 1
    assert result.stdout.startswith(f"{file}:")
    assert "triggers.1.survey: there is no survey 'cart'" in result.stdout
    assert result.stderr == f"{file}: 1 fault\n"


def test_faults_come_as_json_too(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text("a: [", encoding="utf-8")

    result = runner.invoke(app, ["lint", "--json", str(file)])

    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert not report["ok"]
    [fault] = report["faults"]
    assert (fault["where"], fault["line"], fault["column"], fault["key"]) == (str(file), 1, 5, "")


def test_a_sound_file_has_an_empty_report(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(default_program_text(), encoding="utf-8")

    result = runner.invoke(app, ["lint", "--json", str(file)])

    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {"ok": True, "faults": [], "warnings": []},
    )


def test_a_noun_that_takes_both_particles_is_a_warning_and_no_fault(
    runner: CliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "program.yaml"
    text = default_program_text().replace("about: {ko: 초록마켓,", "about: {ko: 綠市,", 1)
    file.write_text(text, encoding="utf-8")

    result = runner.invoke(app, ["lint", str(file)])

    assert result.exit_code == 0
    assert "about.ko: how '綠市' ends when read aloud is unknown" in result.stdout
    assert result.stdout.endswith(f"{file}: no faults, 1 warning\n")
    report = json.loads(runner.invoke(app, ["lint", "--json", str(file)]).stdout)
    assert report["ok"]
    assert [warning["key"].rpartition(".")[2] for warning in report["warnings"]] == ["ko"]


def test_a_file_that_is_not_there_is_said_plainly(runner: CliRunner, tmp_path: Path) -> None:
    result = runner.invoke(app, ["lint", str(tmp_path / "nowhere.yaml")])

    assert result.exit_code == 1
    assert "nowhere.yaml:1: cannot be read: No such file or directory" in result.stdout


def test_a_file_in_another_encoding_is_said_plainly(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_bytes("이름".encode("cp949"))

    result = runner.invoke(app, ["lint", str(file)])

    assert result.exit_code == 1
    assert "is not UTF-8: byte 1" in result.stdout


def test_the_schema_is_printed_as_json(runner: CliRunner) -> None:
    result = runner.invoke(app, ["schema"])

    assert (result.exit_code, json.loads(result.stdout)) == (0, json_schema())


def test_the_default_program_is_printed_with_its_comments(runner: CliRunner) -> None:
    result = runner.invoke(app, ["show"])

    assert (result.exit_code, result.stdout) == (0, default_program_text())


def test_faults_are_told_in_the_language_of_the_command_line(
    runner: CliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "program.yaml"
    broken = default_program_text().replace("survey: cart-ces", "survy: cart", 1)
    file.write_text(broken.replace("share: 1", "share: soon"), encoding="utf-8")
    sound = tmp_path / "sound.yaml"
    sound.write_text(default_program_text(), encoding="utf-8")

    korean = runner.invoke(app, ["lint", str(file), "--lang", "ko"])
    english = runner.invoke(app, ["lint", str(file)])
    well = runner.invoke(app, ["lint", str(sound), "--lang", "ko"])
    ours = runner.invoke(app, ["lint", "--json", str(file), "--lang", "ko"])

    assert (korean.exit_code, english.exit_code, well.exit_code) == (1, 1, 0)
    assert "triggers.1.survy: 없는 키입니다. ‘survey’인가요?" in korean.stdout
    assert "triggers.1.survey: 비어 있습니다." in korean.stdout
    assert korean.stderr == f"{file}: 고칠 것 2개\n"
    assert "triggers.1.survey: is missing" in english.stdout
    assert well.output == f"{sound}: 고칠 것이 없습니다\n"
    problems = {fault["problem"] for fault in json.loads(ours.stdout)["faults"]}
    assert "is missing" in problems, "what programs read stays"
