"""A third language is one folder: a copy of the code with one more of them speaks it, and nothing else changes."""

import json
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import surveys

ROOT = Path(surveys.__file__).parent.parent
FOLDER = "ja"

TALK = """
import json
from bot.console.texts import preferred, say as staff
from bot.slack.team.texts import say as team
from bot.telegram.commands import commands
from bot.webchat.assets import preferred_language
from surveys.language.texts import languages, say
from surveys.program import load_program
from surveys.rendering import Page, render

program = load_program(open("program.yaml", encoding="utf-8").read(), "program.yaml")
survey = program.surveys[0]
page = Page(program=program, survey=survey, language="ja", token="t")
question = render(page, "question", {})
print(json.dumps({
    "languages": languages(),
    "hint": question.hint,
    "labels": [button.spoken for button in question.scale],
    "menu": [command.description for command in commands("ja")],
    "browser": [preferred("ja-JP"), preferred_language("ja-JP,en;q=0.5")],
    "map": staff("ja", "title"),
    "share": team("ja", "share"),
}))
"""


def written_for_japan(catalogue: Path) -> bytes:
    """Return the compiled Japanese catalogue: the English one with every sentence marked."""
    with catalogue.open("rb") as file:
        english = read_po(file)
    japanese = Catalog(locale=FOLDER)
    for message in english:
        if message.id:
            japanese.add(str(message.id), f"《{message.string}》")
    compiled = BytesIO()
    write_mo(compiled, japanese)
    return compiled.getvalue()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("third")
    for package in ("bot", "surveys", "storage", "scheduler"):
        shutil.copytree(
            ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    locale = root / "surveys" / "language" / "locale"
    folder = locale / FOLDER / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for name in ("aftertouch", "console", "team", "webchat"):
        english = locale / "en" / "LC_MESSAGES" / f"{name}.po"
        (folder / f"{name}.mo").write_bytes(written_for_japan(english))
    text = (root / "surveys" / "default_program.yaml").read_text("utf-8")
    program = text.replace("languages: [ko, en]", "languages: [ko, en, ja]").replace(
        "en: ", "ja: 日本語, en: "
    )
    (root / "program.yaml").write_text(on_own_lines(program), encoding="utf-8")
    return root


def on_own_lines(program: str) -> str:
    """Give ``en: text`` lines outside braces a Japanese neighbour of their own."""
    lines = []
    for line in program.splitlines():
        bare = line.strip()
        if bare.startswith("ja: 日本語, en: ") and not bare.endswith("}"):
            indent = line[: len(line) - len(line.lstrip())]
            lines += [f"{indent}ja: 日本語", line.replace("ja: 日本語, ", "")]
        else:
            lines.append(line)
    return "\n".join(lines)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, "-m", "bot", "program", "lint", "program.yaml", "--lang", "en")


def test_a_program_in_the_third_language_is_sound(copy: Path) -> None:
    done = lint(copy)

    assert (done.returncode, done.stdout) == (0, "program.yaml: no faults\n")


def test_every_part_speaks_it(copy: Path) -> None:
    talked = run(copy, "-c", TALK)

    assert talked.returncode == 0, talked.stderr
    spoken = json.loads(talked.stdout)

    assert spoken["languages"] == ["ko", "en", "ja"]
    assert spoken["browser"] == ["ja", "ja"]
    for part in (
        spoken["hint"],
        spoken["map"],
        spoken["share"],
        *spoken["labels"],
        *spoken["menu"],
    ):
        assert part.startswith("《"), part


def test_a_catalogue_that_lacks_a_sentence_is_named(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "lacking"
    shutil.copytree(copy, other)
    stored = other / "surveys" / "language" / "locale" / FOLDER / "LC_MESSAGES" / "aftertouch.mo"
    lacking, compiled = Catalog(locale=FOLDER), BytesIO()
    lacking.add("chosen", "《{score}》")
    write_mo(compiled, lacking)
    stored.write_bytes(compiled.getvalue())

    done = lint(other)

    assert done.returncode == 1
    assert "languages.2: the catalogue of 'ja' lacks" in done.stdout
