"""What a planned publish still means once other versions came: what its parts were called, whether its share stands.

Walk of one: what was planned and the program in force -> the versions that it was begun on, then its own text, tell what a
part was that is gone -> a page calls it so, and tells of a first share only while the trigger still asks it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from surveys.errors import ProgramFault
from surveys.ports import UnitOfWork
from surveys.program import Program, load_program
from surveys.stored_programs import PlannedPublish

DEPTH: Final = 20
"""How many versions are looked through for what a part was called."""


def former(tx: UnitOfWork, planned: PlannedPublish, program: Program) -> Program | None:
    """Return the program that had the parts which this one lacks; None where it has all, or nobody had them."""
    gone = _gone(planned.parts, program)
    if not gone:
        return None
    return next((each for each in _earlier(tx, planned) if gone <= _named(each)), None)


def last_with(tx: UnitOfWork, parts: Iterable[str], program: Program) -> Program | None:
    """Return the newest of the last versions that had any of the parts which this one lacks; None where none had."""
    gone = _gone(parts, program)
    if not gone:
        return None
    numbers = (each.number for each in tx.program_versions.history(DEPTH))
    versions = (_version(tx, number) for number in numbers)
    return next((each for each in versions if each and gone & _named(each)), None)


def share_stands(tx: UnitOfWork, planned: PlannedPublish, program: Program) -> bool:
    """Return whether the trigger still asks no more than the share that the version before began it with."""
    if planned.first is None or (began := _version(tx, planned.first)) is None:
        return False
    small, now = (_share(each, planned.trigger) for each in (began, program))
    return small is not None and small == now


def _gone(parts: Iterable[str], program: Program) -> set[str]:
    return {part for part in parts if part.startswith(("trigger:", "survey:"))} - _named(program)


def _named(program: Program) -> set[str]:
    """Return the parts that have a name of their own."""
    triggers = {f"trigger:{each.id}" for each in program.triggers}
    return triggers | {f"survey:{each.id}" for each in program.surveys}


def _earlier(tx: UnitOfWork, planned: PlannedPublish) -> Iterator[Program]:
    for number in (planned.first, planned.base):
        if number is not None and (version := _version(tx, number)):
            yield version
    try:
        yield load_program(planned.text, planned.named)
    except ProgramFault:
        return


def _version(tx: UnitOfWork, number: int) -> Program | None:
    version = tx.program_versions.get(number)
    stored = tx.programs.get(version.hash) if version else None
    return Program.from_json(stored) if stored else None


def _share(program: Program, trigger_id: str) -> float | None:
    return next((each.share for each in program.triggers if each.id == trigger_id), None)
