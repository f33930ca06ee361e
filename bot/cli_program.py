"""The ``program`` commands: check a program file, print its JSON Schema, print the default program."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from surveys.program import Fault

app = typer.Typer(
    name="program",
    help="Check and print the program file: what is asked, when and whom.",
    no_args_is_help=True,
)


@app.command("lint")
def lint_command(
    file: Annotated[Path, typer.Argument(help="The program file (YAML).")],
    *,
    lang: Lang = KOREAN,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of text.")
    ] = False,
) -> None:
    """Name file, line and key of every fault. Exits 0 when there is none, else 1.

    Warnings name what may be used and yet reads badly; they change nothing about the exit.
    """
    faults, warned = _looked_over(file)
    if as_json:
        report = {
            "ok": not faults,
            "faults": [asdict(fault) for fault in faults],
            "warnings": [asdict(fault) for fault in warned],
        }
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(faults, warned, file, lang)
    raise typer.Exit(1 if faults else 0)


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of the program file, for completion in editors.

    Save it as program.schema.json beside the program and start the program with the line
    "# yaml-language-server: $schema=./program.schema.json".
    """
    from surveys.program import json_schema  # noqa: PLC0415 what --help need not wait for

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command("show")
def show_command() -> None:
    """Print the default program with its comments, to start your own from."""
    from surveys.program import default_program_text  # noqa: PLC0415 see above

    typer.echo(default_program_text(), nl=False)


def _looked_over(file: Path) -> "tuple[tuple[Fault, ...], tuple[Fault, ...]]":
    """Return the faults and the warnings."""
    from surveys.program import lint, warnings  # noqa: PLC0415 see above

    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        return (_unreadable(file, f"cannot be read: {exc.strerror or exc}"),), ()
    except UnicodeDecodeError as exc:
        problem = f"is not UTF-8: byte {exc.start + 1} is no part of a character"
        return (_unreadable(file, problem),), ()
    return lint(text, str(file)), warnings(text, str(file))


def _unreadable(file: Path, problem: str) -> "Fault":
    from surveys.program import Fault  # noqa: PLC0415 see above

    return Fault(where=str(file), line=1, column=1, key="", problem=problem)


def _print(faults: "tuple[Fault, ...]", warned: "tuple[Fault, ...]", file: Path, lang: str) -> None:
    from bot.program_refusals import fault_in_words  # noqa: PLC0415 see above
    from bot.program_texts import say  # noqa: PLC0415

    for fault in faults:
        typer.echo(str(fault_in_words(fault, lang)))
    for warning in warned:
        typer.echo(f"{warning} {say(lang, 'lint.warning')}")
    summary = _counted(len(faults), "faults", lang) if faults else say(lang, "lint.sound")
    if warned:
        summary += f", {_counted(len(warned), 'warnings', lang)}"
    typer.echo(f"{file}: {summary}", err=bool(faults))


def _counted(count: int, what: str, lang: str) -> str:
    from bot.program_texts import say  # noqa: PLC0415 see above

    return say(lang, f"lint.{what}.{'one' if count == 1 else 'many'}", count=str(count))
