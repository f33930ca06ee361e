"""Reads the program file that the settings name, else the default program."""

from pathlib import Path

from surveys.errors import InvalidInput
from surveys.program import Program, default_program_text, load_program
from surveys.program.emitting import write_program
from surveys.service.starting import Configured


def read_program(path: Path | None) -> Program:
    """Return the program; raises ProgramFault with every fault, or InvalidInput where it can't be read."""
    return read_configured(path).program


def read_configured(path: Path | None) -> Configured:
    """Return the program with its text; raises as ``read_program``."""
    text = default_program_text() if path is None else read_text(path)
    where = "default_program.yaml" if path is None else str(path)
    file = "" if path is None else path.name
    return Configured(program=load_program(text, where), text=text, file=file)


def written(program: Program) -> Configured:
    """Return a program that has no file."""
    return Configured(program=program, text=write_program(program))


def read_text(path: Path) -> str:
    """Return a file's text; raises InvalidInput where it can't be read."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(str(path), f"cannot be read: {exc}") from exc
