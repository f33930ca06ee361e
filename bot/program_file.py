"""Reads the program file that the settings name, else the default program."""

from pathlib import Path

from surveys.errors import InvalidInput
from surveys.program import Program, default_program, load_program


def read_program(path: Path | None) -> Program:
    """Return the program; raises ProgramFault with every fault, or InvalidInput where it can't be read."""
    if path is None:
        return default_program()
    try:
        return load_program(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(str(path), f"cannot be read: {exc}") from exc
